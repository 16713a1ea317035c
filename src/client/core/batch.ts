/** Several entries of a room's log applied one after another, so that what they lead to can be stored by one write. */
import type { Alteration } from "./altering.ts"
import { applyEntry, type Entry, type Heard, type Own } from "./apply.ts"
import type { ItemRecord } from "./history.ts"
import type { Group } from "./mls/index.ts"
import type { Entrance } from "./naming.ts"
import type { OutboxRecord, RoomRecord } from "./records.ts"

export interface Batch {
  readonly group: Group
  readonly place: Pick<RoomRecord, "cursor" | "after" | "isFresh">
  readonly items: readonly ItemRecord[]
  /** What becomes of lines that were there before, or among these. */
  readonly alterations: readonly Alteration[]
  /** Messages of the outbox that are in the log now. */
  readonly arrived: readonly OutboxRecord[]
  /** What other devices of this account said to this one. */
  readonly heard: readonly Heard[]
  /** Overwrites the secrets that were used; to be called after the new state is stored. */
  readonly consume: readonly (() => void)[]
  /** Whether a commit was among them: what was encrypted or committed before it is too late. */
  readonly hasCommit: boolean
  /** Somebody came who does not know the group's name: the last one, or those whom this device is to tell it. */
  readonly entrance: Entrance | undefined
  /** Why the batch ended early (`gap`, `rejoin`, `out`), or what has to be done after it (`heal`). */
  readonly next: "gap" | "rejoin" | "out" | "heal" | undefined
}

/** Applies entries from `start` on. Entries that were handled before are skipped; one too far ahead is a gap. */
export async function applyBatch(start: Group, from: RoomRecord, entries: readonly Entry[], own: Own): Promise<Batch> {
  let group = start
  let { cursor, after, isFresh } = from
  const items: ItemRecord[] = []
  const alterations: Alteration[] = []
  const arrived: OutboxRecord[] = []
  const heard: Heard[] = []
  const consume: (() => void)[] = []
  let next: Batch["next"]
  let entrance: Entrance | undefined
  for (const entry of entries) {
    if (entry.seq <= cursor) continue
    if (entry.seq > cursor + 1) next = "gap"
    if (next === "gap" || next === "rejoin" || next === "out") break
    const step = await applyEntry(group, entry, own, isFresh === true)
    items.push(...step.items)
    if (step.consume !== undefined) {
      consume.push(step.consume)
      isFresh = false
    }
    alterations.push(...(step.alterations ?? []))
    if (step.arrived !== undefined) arrived.push(step.arrived)
    if (step.heard !== undefined) heard.push(step.heard)
    if (entry.kind === "commit") after = entry.seq
    if (step.entrance !== undefined)
      entrance = { ...step.entrance, isGuide: step.entrance.isGuide || entrance?.isGuide === true }
    // What a refused commit left behind is mended by the next good one, and by nothing else.
    next = entry.kind === "commit" ? step.next : (step.next ?? next)
    group = step.group
    cursor = entry.seq
  }
  return {
    group,
    place: { cursor, after, isFresh: isFresh === true },
    items,
    alterations,
    arrived,
    heard,
    consume,
    hasCommit: after !== from.after,
    entrance,
    next,
  }
}
