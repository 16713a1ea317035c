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
import { type Alteration, isAltering } from "./altering.ts"
import { contentFrom } from "./content.ts"
import { type ItemRecord, positionOf } from "./history.ts"
import type { Line } from "./items.ts"
import { type OutboxRecord, outboxPrefix, outboxRecord, readRecord, writeRecord } from "./records.ts"
import type { RecordChange, SealedVault } from "./sealed-vault.ts"
import { type AccountName, ClientError, type MessageState, type RoomId } from "./types.ts"

/** Messages that may wait; enough for a day offline. */
export const OUTBOX_MAX = 10_000
const DIGITS = 9

export interface Author {
  readonly name: AccountName
  readonly accountKey: Uint8Array<ArrayBuffer>
}

/** Where an entry stands in the log, and since when. */
type Placed = { readonly seq: number; readonly at: number }

/** What is said besides words, or instead of them. */
export type Extra = Pick<OutboxRecord, "what" | "since" | "doc" | "reply">

/** Whether it is a line while it waits. */
export const isLine = ({ what, since }: Extra): boolean => what !== "content" && since === undefined

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
  async add(id: MessageId, text: string, at: number, more: Extra = {}): Promise<OutboxRecord> {
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
  line(record: OutboxRecord, self: Author): Line[] {
    const { id, at, failed } = record
    const reason: ErrorCode | undefined = ERROR_CODES.find((code) => code === failed)
    const sending: MessageState = this.#sent.has(id) ? "sent" : "sending"
    const waiting = { state: failed === null ? sending : "failed", reason } as const
    return recordOf(record, positionIn(record), at, self).map((line) => ({ record: line, waiting }))
  }

  #key(record: OutboxRecord): string {
    return outboxPrefix(this.#room) + positionIn(record)
  }
}

/** A message of one's own as the line that its entry in the log leads to; none for what adds no line. */
export const lineOf = (record: OutboxRecord, { seq, at }: Placed, self: Author): ItemRecord[] =>
  recordOf(record, positionOf(seq, 0), at, self)

/** What stands beside the text of a message, where anything does. */
export const besidesText = ({ doc, reply }: Extra): Extra => ({
  ...(doc === undefined ? {} : { doc }),
  ...(reply === undefined ? {} : { reply }),
})

function recordOf(
  { id, text, what, since, ...more }: OutboxRecord,
  position: string,
  at: number,
  { name, accountKey }: Author,
): ItemRecord[] {
  if (what === "content") return []
  const common = { position, at, id, text, sender: name }
  if (what === "name") return [{ type: "named", ...common, ...(since === undefined ? {} : { since }) }]
  return [{ type: "text", ...common, accountKey, ...besidesText(more) }]
}

/** What a message of one's own changes, once its entry is in the log. */
export function alterationOf(
  { text, what }: OutboxRecord,
  { seq, at }: Placed,
  { name, accountKey }: Author,
): Alteration | undefined {
  const content = what === "content" ? contentFrom(text) : undefined
  return content !== undefined && isAltering(content) ? { seq, at, by: name, accountKey, content } : undefined
}

/** All that a message of one's own leads to. */
export function newsOf(record: OutboxRecord, placed: Placed, self: Author) {
  const alteration = alterationOf(record, placed, self)
  return { items: lineOf(record, placed, self), alterations: alteration === undefined ? [] : [alteration] }
}

/** Sorts after everything that is in the log. */
export const positionIn = ({ number }: OutboxRecord): string => `~${String(number).padStart(DIGITS, "0")}`
