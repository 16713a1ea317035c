/**
 * The lines of a conversation as they are kept: numbered by the log (`000000000418.000`, the second number for several lines
 * of one entry), so that the order of the keys is the order of the log. Messages that are not in the log yet have positions
 * that begin with `~` and sort after all others.
 */

import type { Schema } from "../../shared/schema.ts"
import { type ItemRecord, itemPrefix, itemRecord, readRecord, writeRecord } from "./records.ts"
import type { RecordChange, SealedVault } from "./sealed-vault.ts"
import type { RoomId } from "./types.ts"

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

/** The line that is kept at a position. */
export async function readLine(vault: SealedVault, room: RoomId, position: string): Promise<ItemRecord | undefined> {
  const stored = await vault.get(itemPrefix(room) + position)
  return stored === undefined ? undefined : readRecord(schema, stored)
}

/** At most `limit` lines that are kept, oldest first: those that follow a position, or the newest before one, or of all. */
export async function readLines(
  vault: SealedVault,
  room: RoomId,
  { before, after, limit }: { readonly before?: string; readonly after?: string; readonly limit: number },
): Promise<ItemRecord[]> {
  const prefix = itemPrefix(room)
  const range = after === undefined ? { before: prefix + (before ?? "~") } : { after: prefix + after }
  return (await vault.list(prefix, { ...range, limit })).map(({ value }) => readRecord(schema, value))
}

export type { ItemRecord }
