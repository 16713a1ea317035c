/**
 * The lines of a conversation as they are kept: numbered by the log (`000000000418.000`, the second number for several lines
 * of one entry), so that the order of the keys is the order of the log. Messages that are not in the log yet have positions
 * that begin with `~` and sort after all others.
 */

import type { Schema, TypeOf } from "../../shared/schema.ts"
import { type ItemRecord, itemPrefix, itemRecord, readRecord, type textRecord, writeRecord } from "./records.ts"
import type { RecordChange, SealedVault } from "./sealed-vault.ts"
import type {
  AccountName,
  Item,
  MessageId,
  MessageState,
  NamedItem,
  Page,
  ProblemItem,
  RoomId,
  RosterItem,
  TextItem,
} from "./types.ts"

const SEQ_DIGITS = 12
const INDEX_DIGITS = 3
/** From this index on stand lines that this device adds: keys that changed, and where it lost the room. */
export const OWN_LINES = 900

const schema: Schema<ItemRecord> = itemRecord

/** The position of the line `index` (0 to 999) that comes from the entry `seq`. */
export const positionOf = (seq: number, index: number): string =>
  `${String(seq).padStart(SEQ_DIGITS, "0")}.${String(index).padStart(INDEX_DIGITS, "0")}`

/** The entry that a line comes from. */
export const seqOf = (position: string): number => Number(position.slice(0, SEQ_DIGITS))

/** What writes a line. */
export function itemChange(room: RoomId, item: ItemRecord): RecordChange {
  return { key: itemPrefix(room) + item.position, value: writeRecord(schema, item) }
}

export interface Reading {
  readonly vault: SealedVault
  readonly room: RoomId
  /** Whose messages are one's own. */
  readonly self: AccountName
  /** Everything up to this seq is delivered to somebody. */
  readonly delivered: number
  /** Everything up to this seq is seen by everybody else. */
  readonly read: number
}

export type { ItemRecord }

/** A message of the outbox as a line. */
export interface Waiting {
  readonly id: MessageId
  readonly item: Item
}

/**
 * At most `limit` lines, oldest first: those that follow a position, or the newest before one, or the newest of all.
 * `waiting` is what is not in the log yet, in its order.
 */
export async function readItems(reading: Reading, page: Page, waiting: readonly Waiting[]): Promise<Item[]> {
  const stored = await readStored(reading, page)
  const { before, after = "", limit } = page
  // One that has arrived while we were reading stands among the others now. Others' ids are theirs to choose, and hide nothing.
  const ids = new Set(stored.map((item) => (item.kind === "text" && item.mine ? item.id : undefined)))
  const isAsked = ({ id, item: { position } }: Waiting): boolean =>
    !ids.has(id) && position > after && (before === undefined || position < before)
  const items = [...stored, ...waiting.filter(isAsked).map(({ item }) => item)]
  return page.after === undefined ? items.slice(-limit) : items.slice(0, limit)
}

async function readStored(reading: Reading, { before, after, limit }: Page): Promise<Item[]> {
  const prefix = itemPrefix(reading.room)
  const range = after === undefined ? { before: prefix + (before ?? "~") } : { after: prefix + after }
  const found = await reading.vault.list(prefix, { ...range, limit })
  return found.map(({ value }) => itemOf(readRecord(schema, value), reading))
}

/** Turns a record into what the interface shows. */
export function itemOf(record: ItemRecord, reading: Pick<Reading, "self" | "delivered" | "read">): Item {
  if (record.type === "text") return textItem(record, reading)
  if (record.type === "roster") {
    const { position, at, change, name, devices, by } = record
    return { kind: change, position, at, name, devices, by } satisfies RosterItem
  }
  if (record.type === "named") {
    const { position, at, sender, text } = record
    return { kind: "named", position, at, sender, text } satisfies NamedItem
  }
  const { position, at, problem, name } = record
  return { kind: "problem", position, at, problem, name: name ?? undefined } satisfies ProblemItem
}

function textItem(
  record: TypeOf<typeof textRecord>,
  { self, delivered, read }: Pick<Reading, "self" | "delivered" | "read">,
): TextItem {
  const { position, at, id, sender, accountKey, text } = record
  const mine = sender === self
  const state = mine ? stateOf(seqOf(position), { delivered, read }) : "delivered"
  return { kind: "text", position, at, id, sender, accountKey, mine, text, state, reason: undefined }
}

function stateOf(seq: number, { delivered, read }: Pick<Reading, "delivered" | "read">): MessageState {
  if (seq > delivered) return "sent"
  return seq <= read ? "read" : "delivered"
}
