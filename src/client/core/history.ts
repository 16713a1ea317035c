/**
 * The lines of a conversation as they are kept: numbered by the log (`000000000418.000`, the second number for several lines
 * of one entry), so that the order of the keys is the order of the log. Messages that are not in the log yet have positions
 * that begin with `~` and sort after all others.
 */

import { type Schema, type TypeOf, union } from "../../shared/schema.ts"
import { itemPrefix, namedRecord, problemRecord, readRecord, rosterRecord, textRecord, writeRecord } from "./records.ts"
import type { RecordChange, SealedVault } from "./sealed-vault.ts"
import type { AccountName, Item, NamedItem, ProblemItem, RoomId, RosterItem, TextItem } from "./types.ts"

const SEQ_DIGITS = 12
const INDEX_DIGITS = 3
/** From this index on stand lines that this device adds: keys that changed, and where it lost the room. */
export const OWN_LINES = 900

const itemRecord = union({ text: textRecord, roster: rosterRecord, named: namedRecord, problem: problemRecord })
export type ItemRecord = TypeOf<typeof itemRecord>
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
}

/** The newest lines before a position (all, when there is none), at most `limit`, oldest first. */
export async function readItems(reading: Reading, before: string | undefined, limit: number): Promise<Item[]> {
  const prefix = itemPrefix(reading.room)
  const found = await reading.vault.list(prefix, { before: prefix + (before ?? "~"), limit })
  return found.map(({ value }) => itemOf(readRecord(schema, value), reading))
}

/** Turns a record into what the interface shows. */
export function itemOf(record: ItemRecord, { self, delivered }: Pick<Reading, "self" | "delivered">): Item {
  if (record.type === "text") return textItem(record, self, delivered)
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

function textItem(record: TypeOf<typeof textRecord>, self: AccountName, delivered: number): TextItem {
  const { position, at, id, sender, accountKey, text } = record
  const mine = sender === self
  const state = mine && seqOf(position) > delivered ? "sent" : "delivered"
  return { kind: "text", position, at, id, sender, accountKey, mine, text, state, reason: undefined }
}
