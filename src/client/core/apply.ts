/**
 * One entry of a room's log and what it does here: a pure step from one MLS group to the next, and the lines it adds to the
 * conversation. Nothing is stored and nothing is sent; room.ts does both, all of a step or nothing.
 *
 * The server's word about an entry (who sent it, from which device) is compared with what the message itself proves. An
 * entry that cannot be used never stops the log and never vanishes: it becomes a line that says what happened.
 */
import { sameBytes } from "../../shared/bytes.ts"
import type { ServerMessageOf } from "../../shared/protocol.ts"
import { type Alteration, isAltering } from "./altering.ts"
import { readContent, wordsIn } from "./content.ts"
import { type ItemRecord, OWN_LINES, positionOf } from "./history.ts"
import type { DeviceContent } from "./history-transfer.ts"
import { type Change, changesBetween, type Group, type Member, type Outcome, type RefusalCode } from "./mls/index.ts"
import type { Entrance } from "./naming.ts"
import { newsOf } from "./outbox.ts"
import { peopleOf } from "./people.ts"
import type { OutboxRecord } from "./records.ts"
import { cleanRoomName } from "./room-name.ts"
import type { AccountName, DeviceId, Problem, RoomId } from "./types.ts"

export type Entry = Omit<ServerMessageOf<"entry">, "type">

export interface Heard {
  readonly from: DeviceId
  readonly content: DeviceContent
}

/** What this device knows besides the group. */
export interface Own {
  readonly name: AccountName
  readonly device: DeviceId
  /** Where the devices of this account talk to one another: all of its members are devices of this account. */
  readonly deviceRoom: RoomId
  readonly accountKey: Uint8Array<ArrayBuffer>
  /** The message of the outbox with this id. */
  readonly waiting: (id: string) => OutboxRecord | undefined
  /** The group that a commit of ours with this id leads to. */
  readonly pending: (id: string) => Group | undefined
}

export interface Step {
  readonly group: Group
  readonly items: readonly ItemRecord[]
  readonly consume?: () => void
  /** What becomes of a line that is there already. */
  readonly alterations?: readonly Alteration[]
  /** The message of the outbox that this was. */
  readonly arrived?: OutboxRecord
  /** What another device of this account said to this one. */
  readonly heard?: Heard
  /** Somebody came who does not know the group's name. */
  readonly entrance?: Entrance | undefined
  /**
   * What has to follow: `rejoin`, because this device can't follow the room any more; `out`, because somebody removed it;
   * `heal`, because the log holds a commit that everybody refused, and with it a GroupInfo that lets nobody in.
   */
  readonly next?: "rejoin" | "out" | "heal"
}

/**
 * Applies one entry. Never rejects for what is in it. `isFresh`: this device has read nothing yet since it entered, so when
 * it can't follow a commit it may be the one that is in the wrong place.
 */
export async function applyEntry(group: Group, entry: Entry, own: Own, isFresh: boolean): Promise<Step> {
  const isOwn = entry.sender === own.name && entry.device === own.device
  if (isOwn) return entry.kind === "message" ? ownMessage(group, entry, own) : ownCommit(group, entry, own)
  const outcome = await group.process(entry.message)
  if (outcome.kind === "refused") return refused(group, entry, outcome.reason, isFresh)
  if (outcome.kind === "removed") return removed(group, entry, outcome.by, own)
  if (outcome.kind === "commit") return commit(entry, outcome, own)
  return message(entry, outcome, own)
}

function ownMessage(group: Group, entry: Entry, own: Own): Step {
  const said = own.waiting(entry.id)
  if (said === undefined) return { group, items: [problem(entry, "lost")] }
  return { group, ...newsOf(said, entry, own), arrived: said }
}

function ownCommit(group: Group, entry: Entry, own: Own): Step {
  const reached = own.pending(entry.id)
  if (reached === undefined) return { group, items: [rejoined(entry)], next: "rejoin" }
  const changes = changesBetween(group.members(), reached.members())
  const entrance = entranceIn(changes, entry, () => true)
  return { group: reached, items: rosterItems(entry, changes, reached, own.name), entrance }
}

/** Another copy of this device has taken its place, or this person is not in the room any more. */
function removed(group: Group, entry: Entry, by: Member, own: Own): Step {
  if (by.device === own.device) return { group, items: [rejoined(entry)], next: "rejoin" }
  const [person] = peopleOf([by])
  const line = { position: positionOf(entry.seq, 0), at: entry.at, change: "you-left" as const, name: own.name }
  return { group, items: [{ type: "roster", ...line, devices: 0, by: person?.name ?? entry.sender }], next: "out" }
}

async function message(entry: Entry, outcome: Extract<Outcome, { kind: "message" }>, own: Own): Promise<Step> {
  const { group, consume, sender, plaintext, authenticatedData } = outcome
  if (entry.kind !== "message" || sender.name !== entry.sender || sender.device !== entry.device)
    return { group, consume, items: [problem(entry, "wrong-sender")] }
  const content = await readContent(plaintext, authenticatedData)
  if (typeof content === "string") return { group, consume, items: [problem(entry, content)] }
  const { id, at } = entry
  if (content.type === "ask-history" || content.type === "history") {
    const isOurs = group.roomId === own.deviceRoom && sameBytes(sender.accountKey, own.accountKey)
    if (!isOurs) return { group, consume, items: [problem(entry, "unknown")] }
    return { group, consume, items: [], heard: { from: entry.device, content } }
  }
  const common = { position: positionOf(entry.seq, 0), at, id, sender: entry.sender }
  if (content.type === "name") {
    const { name, type: _, ...since } = content
    const named = { type: "named", ...common, ...since, text: cleanRoomName(name) } as const
    return { group, consume, items: named.text === "" ? [problem(entry, "damaged")] : [named] }
  }
  const accountKey = new Uint8Array(sender.accountKey)
  if (isAltering(content))
    return { group, consume, items: [], alterations: [{ seq: entry.seq, at, by: entry.sender, accountKey, content }] }
  return { group, consume, items: [{ ...common, accountKey, ...content, ...wordsIn(content) }] }
}

function commit(entry: Entry, outcome: Extract<Outcome, { kind: "commit" }>, own: Own): Step {
  const { group, consume, changes, broken, committer } = outcome
  const [person] = peopleOf([committer])
  const items = rosterItems(entry, changes, group, person?.name ?? entry.sender)
  const entrance = entranceIn(changes, entry, (newcomer) => isGuide(newcomer, committer, group, own))
  const step = { group, consume, items, entrance }
  if (!broken) return step
  return { ...step, items: [...step.items, rejoined(entry)], next: "rejoin" }
}

function entranceIn(
  changes: readonly Change[],
  { seq }: Entry,
  isGuide: (newcomer: Member) => boolean,
): Entrance | undefined {
  const newcomer = changes.find(({ kind }) => kind === "joined" || kind === "resynced")?.member
  return newcomer && { seq, isGuide: isGuide(newcomer) }
}

/** Whoever has entered by itself hears the group's name from the first other device of its account, or of all others. */
function isGuide(newcomer: Member, committer: Member, group: Group, own: Own): boolean {
  if (committer.device !== newcomer.device) return false
  const others = group.members().filter(({ device }) => device !== newcomer.device)
  const guide = others.find(({ name }) => name === newcomer.name) ?? others[0]
  return guide?.device === own.device
}

function rosterItems(entry: Entry, changes: readonly Change[], group: Group, by: AccountName): ItemRecord[] {
  const people = peopleOf(group.members())
  return changes.flatMap(({ kind, member }, index) => {
    if (kind !== "joined" && kind !== "removed") return []
    const [{ name } = { name: by }] = peopleOf([member])
    const change = kind === "joined" ? ("joined" as const) : ("left" as const)
    const devices = people.find((person) => person.name === name)?.devices ?? 0
    return [{ type: "roster", position: positionOf(entry.seq, index), at: entry.at, change, name, devices, by }]
  })
}

/** We missed what others followed, or our keys don't fit: only joining again helps. */
const LOST: ReadonlySet<RefusalCode> = new Set(["future_epoch", "broken", "removed"])

function refused(group: Group, entry: Entry, reason: RefusalCode, isFresh: boolean): Step {
  if (LOST.has(reason)) return { group, items: [rejoined(entry)], next: "rejoin" }
  if (entry.kind === "message") return { group, items: [problem(entry, "damaged")] }
  if (isFresh) return { group, items: [problem(entry, "refused"), rejoined(entry)], next: "rejoin" }
  return { group, items: [problem(entry, "refused")], next: "heal" }
}

/** Stands where a device that has lost the room looks for it (room-state.ts). */
const rejoined = (entry: Entry): ItemRecord => problem(entry, "rejoined", OWN_LINES)

function problem(entry: Entry, what: Problem, index = 0): ItemRecord {
  return { type: "problem", position: positionOf(entry.seq, index), at: entry.at, problem: what, name: entry.sender }
}
