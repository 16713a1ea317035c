/**
 * Messages that are not in the log yet, one room's, in the order in which they were written. Each is stored before its
 * sender sees it, and goes when its own entry comes back through the log; so it survives a reload, and a lost answer
 * costs nothing: the same id is sent again and answered as before.
 *
 * One message is under way at a time, which keeps the order whatever is refused in between. A ciphertext is stored, with the
 * MLS state it leads to, before it is sent, and belongs to the commit after which it was made: once this device has handled a
 * later one, a message that is still here was never taken, and is encrypted anew under the same id.
 */
import { ERROR_CODES, type ErrorCode } from "../../shared/errors.ts"
import type { MessageId } from "../../shared/ids.ts"
import { type ItemRecord, positionOf } from "./history.ts"
import { type OutboxRecord, outboxPrefix, outboxRecord, readRecord, writeRecord } from "./records.ts"
import type { RecordChange, SealedVault } from "./sealed-vault.ts"
import { type AccountName, ClientError, type Item, type MessageState, type RoomId } from "./types.ts"

/** Messages that may wait; enough for a day offline. */
export const OUTBOX_MAX = 10_000
const DIGITS = 9

/** What makes a message something else than words of a person. */
export type NotText = Pick<OutboxRecord, "what" | "since">

/** Whether a person sees it while it waits. */
export const isShown = ({ what, since }: NotText): boolean => what !== "own" && since === undefined

export class Outbox {
  readonly #vault: SealedVault
  readonly #room: RoomId
  readonly #records = new Map<MessageId, OutboxRecord>()
  /** Those that the server has taken and that have not come back through the log yet. */
  readonly #sent = new Set<MessageId>()
  #nextNumber = 0

  private constructor(vault: SealedVault, room: RoomId) {
    this.#vault = vault
    this.#room = room
  }

  static async load(vault: SealedVault, room: RoomId): Promise<Outbox> {
    const outbox = new Outbox(vault, room)
    for (const { value } of await vault.list(outboxPrefix(room), { limit: OUTBOX_MAX })) {
      const record = readRecord(outboxRecord, value)
      outbox.#records.set(record.id, record)
      outbox.#nextNumber = record.number + 1
    }
    return outbox
  }

  get size(): number {
    return this.#records.size
  }

  /** Stores a new message at the end. Throws ClientError `outbox_full`. */
  async add(id: MessageId, text: string, at: number, more: NotText = {}): Promise<OutboxRecord> {
    if (this.#records.size >= OUTBOX_MAX) throw new ClientError("outbox_full")
    const number = this.#nextNumber++
    const record = { number, id, text, at, message: new Uint8Array(), after: 0, failed: null, ...more }
    await this.#vault.write([this.change(record)])
    this.#records.set(id, record)
    return record
  }

  get(id: string): OutboxRecord | undefined {
    for (const record of this.#records.values()) if (record.id === id) return record
    return undefined
  }

  /** The message to send next. */
  next(): OutboxRecord | undefined {
    for (const record of this.#records.values()) if (record.failed === null && !this.#sent.has(record.id)) return record
    return undefined
  }

  /** All of them, in their order. */
  all(): readonly OutboxRecord[] {
    return [...this.#records.values()]
  }

  /** What stores a record; `keep` says afterwards that it is stored. */
  change(record: OutboxRecord): RecordChange {
    return { key: this.#key(record), value: writeRecord(outboxRecord, record) }
  }

  keep(record: OutboxRecord): void {
    if (this.#records.has(record.id)) this.#records.set(record.id, record)
  }

  /** What deletes a record; `drop` says afterwards that it is deleted. */
  removal(record: OutboxRecord): RecordChange {
    return { key: this.#key(record), value: undefined }
  }

  drop(id: MessageId): void {
    this.#records.delete(id)
    this.#sent.delete(id)
  }

  /** The server has taken it. */
  taken(id: MessageId): void {
    if (this.#records.has(id)) this.#sent.add(id)
  }

  /** After a new connection: what was taken comes back through the log, or is asked for again. */
  forgetTaken(): void {
    this.#sent.clear()
  }

  /** A waiting message as a line of the conversation. */
  item(record: OutboxRecord, self: { readonly name: AccountName; readonly accountKey: Uint8Array }): Item {
    const { id, at, text, failed, what } = record
    if (what === "name") return { kind: "named", position: positionIn(record), at, sender: self.name, text }
    const reason: ErrorCode | undefined = ERROR_CODES.find((code) => code === failed)
    const sending: MessageState = this.#sent.has(id) ? "sent" : "sending"
    const state = failed === null ? sending : "failed"
    const { name: sender, accountKey } = self
    return { kind: "text", position: positionIn(record), at, id, sender, accountKey, mine: true, text, state, reason }
  }

  #key(record: OutboxRecord): string {
    return outboxPrefix(this.#room) + positionIn(record)
  }
}

/** A message of one's own as the line that its entry in the log leads to; none for what is said to one's own devices. */
export function lineOf(
  { id, text, what, since }: OutboxRecord,
  { seq, at }: { readonly seq: number; readonly at: number },
  { name, accountKey }: { readonly name: AccountName; readonly accountKey: Uint8Array<ArrayBuffer> },
): ItemRecord[] {
  if (what === "own") return []
  const common = { position: positionOf(seq, 0), at, id, text, sender: name }
  if (what === undefined) return [{ type: "text", ...common, accountKey }]
  return [{ type: "named", ...common, ...(since === undefined ? {} : { since }) }]
}

/** Sorts after everything that is in the log. */
export const positionIn = ({ number }: OutboxRecord): string => `~${String(number).padStart(DIGITS, "0")}`
