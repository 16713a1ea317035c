/**
 * A commit of this device's own of which it does not know yet whether the server has taken it, and the group that it leads
 * to; one at a time for each room. Both are stored before the POST. What became of it is found out by the answer, by
 * posting again (the server answers a repetition as it did the first time), or by meeting the commit in the log.
 */
import { API } from "../../shared/api.ts"
import { ParseError } from "../../shared/schema.ts"
import { call } from "./api.ts"
import { decodeGroup, type Group, Refusal } from "./mls/index.ts"
import { type PendingRecord, pendingGroupKey, pendingKey, pendingRecord, readRecord, writeRecord } from "./records.ts"
import type { Surroundings } from "./room-surroundings.ts"
import type { RecordChange } from "./sealed-vault.ts"
import { type AccountName, ClientError, type RoomId, type RoomKind } from "./types.ts"

export interface Pending {
  readonly record: PendingRecord
  readonly group: Group
}

/** This device is in: `seq` is the entry that let it in, 0 for a founding. */
export interface Entered {
  readonly group: Group
  readonly seq: number
  readonly at: number
}

/** What the server is told about a room that is founded. */
export interface Founded {
  readonly kind: RoomKind
  readonly peer: AccountName | null
}

type Around = Pick<Surroundings, "platform" | "vault" | "identity">

export class PendingCommit {
  readonly #room: RoomId
  readonly #around: Around
  #current: Pending | undefined

  private constructor(room: RoomId, around: Around, current: Pending | undefined) {
    this.#room = room
    this.#around = around
    this.#current = current
  }

  static async load(room: RoomId, around: Around): Promise<PendingCommit> {
    return new PendingCommit(room, around, await read(room, around))
  }

  get current(): Pending | undefined {
    return this.#current
  }

  /** The group that a commit with this id leads to, if it is ours and pending. */
  groupFor(id: string): Group | undefined {
    return this.#current?.record.id === id ? this.#current.group : undefined
  }

  async keep(pending: Pending): Promise<Pending> {
    const { record, group } = pending
    await this.#around.vault.write([
      { key: pendingKey(this.#room), value: writeRecord(pendingRecord, record) },
      { key: pendingGroupKey(this.#room), value: group.encode() },
    ])
    this.#current = pending
    return pending
  }

  /** Gives it up: it can't be taken any more, or is of no use. */
  async drop(): Promise<void> {
    await this.#around.vault.write(this.removal())
    this.#current = undefined
  }

  /** What deletes it together with something else; `settled` says afterwards that it is deleted. */
  removal(): RecordChange[] {
    return [pendingKey(this.#room), pendingGroupKey(this.#room)].map((key) => ({ key, value: undefined }))
  }

  settled(): void {
    this.#current = undefined
  }

  /** Posts it. Throws ClientError; see `isTooLate`. */
  async post({ group, record }: Pending, { kind, peer }: Founded): Promise<Entered> {
    const { platform } = this.#around
    const { id, after, commit, groupInfo, added, removed, welcome } = record
    const common = { id, groupInfo, added, ...(welcome.length === 0 ? {} : { welcome }) }
    if (record.kind === "found") {
      const body = { ...common, kind, ...(peer === null ? {} : { peer }) }
      await call(platform, API.found, { room: this.#room, body })
      return { group, seq: 0, at: platform.now() }
    }
    const { seq, at } = await call(platform, API.commit, {
      room: this.#room,
      body: { ...common, after, commit, removed },
    })
    return { group, seq, at }
  }
}

async function read(room: RoomId, { vault, identity }: Around): Promise<Pending | undefined> {
  const [record, group] = await Promise.all([vault.get(pendingKey(room)), vault.get(pendingGroupKey(room))])
  if (record === undefined || group === undefined) return undefined
  try {
    return { record: readRecord(pendingRecord, record), group: decodeGroup(identity, group) }
  } catch (error) {
    // What can't be read is as good as lost: if the commit was taken, this device finds itself outside and joins again.
    if (error instanceof Refusal || error instanceof ParseError) return undefined
    throw error
  }
}

/** Whether a refused commit can never be taken any more. */
export function isTooLate(error: unknown): boolean {
  return error instanceof ClientError && ["stale", "room_exists", "id_reused", "bad_request"].includes(error.code)
}

/** The parts of a record that a commit without Adds and Removes leaves empty. */
export const NO_CHANGES = { added: [], removed: [], welcome: new Uint8Array() } as const
