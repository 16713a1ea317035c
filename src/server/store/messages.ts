/**
 * Placing messages in their rooms' logs, many at once: one question finds what decides about all of them, one statement
 * writes those that are taken. The rules hold inside the transaction: an id that was used before is answered as it was
 * the first time, before anything else is looked at (the answer may have been lost on its way, and the room moved on
 * since); then the device must be in the room, and must have handled the newest commit.
 */
import { UserError } from "../../shared/errors.ts"
import type { MessageId, RoomId } from "../../shared/ids.ts"
import type { Session } from "../session.ts"
import type { Connection, Value } from "./connection.ts"
import { column, nullable, rowReader } from "./rows.ts"

/** Where in the log something stands, and since when. `first`: it was stored now, not when it was said before. */
export interface Placed {
  readonly seq: number
  readonly at: number
  readonly first: boolean
}

export interface NewMessage {
  readonly session: Session
  readonly id: MessageId
  readonly room: RoomId
  /** The seq of the newest commit that the sender has handled. */
  readonly after: number
  readonly body: Uint8Array
  readonly at: number
}

/** What the database knows about one message before it is placed. */
export const FACTS = `SELECT asked.key AS position, rooms.commit_seq, rooms.head, cursors.seq AS cursor,
    earlier.room AS earlier_room, earlier.seq AS earlier_seq, earlier.at AS earlier_at, earlier.kind AS earlier_kind
  FROM json_each(?) AS asked
  LEFT JOIN rooms ON rooms.id = asked.value ->> 0
  LEFT JOIN cursors ON cursors.room = asked.value ->> 0 AND cursors.device_id = asked.value ->> 1 AND left_seq IS NULL
  LEFT JOIN log AS earlier ON earlier.device_id = asked.value ->> 1 AND earlier.message_id = asked.value ->> 2
  ORDER BY asked.key`

const readFacts = rowReader({
  position: column.integer,
  commit_seq: nullable(column.integer),
  head: nullable(column.integer),
  cursor: nullable(column.integer),
  earlier_room: nullable(column.text),
  earlier_seq: nullable(column.integer),
  earlier_at: nullable(column.integer),
  earlier_kind: nullable(column.text),
})
type Facts = ReturnType<typeof readFacts>

/** What is known about each of these messages, in their order. */
export async function factsOf(
  connection: Connection,
  asked: readonly Pick<NewMessage, "room" | "session" | "id">[],
): Promise<readonly Facts[]> {
  const keys = asked.map(({ room, session, id }) => [room, session.device, id])
  return (await connection.all(FACTS, [JSON.stringify(keys)])).map(readFacts)
}

/** The first answer, when this id was placed before; UserError `id_reused` when that was something else. */
export function earlierAnswer(facts: Facts, room: RoomId, kind: string): Placed | UserError | undefined {
  const { earlier_seq: seq, earlier_at: at } = facts
  if (seq === null || at === null) return undefined
  if (facts.earlier_room !== room || facts.earlier_kind !== kind) return new UserError("id_reused")
  return { seq, at, first: false }
}

// Measured against json_each with hex, one statement a row, and slices of one blob: for groups of 10 to 200 messages of
// the usual size, bound values are the fastest, and they never copy a body into text.
const COLUMNS = "room, seq, at, kind, account_id, device_id, message_id, body"
const ROW = "(?, ?, ?, ?, ?, ?, ?, ?)"

/** One row of the log, for `insertEntries`. */
export interface NewEntry {
  readonly message: NewMessage
  readonly seq: number
  readonly kind: string
}

/** Writes entries with one statement; at most 4,095 (SQLite binds 32,766 values). */
export async function insertEntries(connection: Connection, entries: readonly NewEntry[]): Promise<void> {
  const values = entries.flatMap(({ message: { room, at, session, id, body }, seq, kind }): Value[] => {
    return [room, seq, at, kind, session.account.id, session.device, id, body]
  })
  await connection.run(`INSERT INTO log (${COLUMNS}) VALUES ${entries.map(() => ROW).join(", ")}`, values)
}

/**
 * Places messages; see the head of this file. The answers stand in the order of the messages: where it stands, or the
 * UserError (`not_a_member`, `stale`, `id_reused`) that refused it.
 */
export async function placeMessages(
  connection: Connection,
  messages: readonly NewMessage[],
): Promise<readonly (Placed | UserError)[]> {
  const facts = await factsOf(connection, messages)
  const heads = new Map<RoomId, number>()
  const placed = new Map<string, Placed & { readonly room: RoomId }>()
  const entries: NewEntry[] = []
  const answers = messages.map((message, index): Placed | UserError => {
    const known = facts[index]
    if (known === undefined) return new UserError("internal")
    const { room, session, id } = message
    const key = `${session.device} ${id}`
    const inGroup = placed.get(key)
    if (inGroup !== undefined)
      return inGroup.room === room ? { seq: inGroup.seq, at: inGroup.at, first: false } : new UserError("id_reused")
    const refused = earlierAnswer(known, room, "message") ?? refusal(known, message)
    if (refused !== undefined) return refused
    const seq = (heads.get(room) ?? known.head ?? 0) + 1
    heads.set(room, seq)
    entries.push({ message, seq, kind: "message" })
    placed.set(key, { seq, at: message.at, first: true, room })
    return { seq, at: message.at, first: true }
  })
  if (entries.length > 0) await insertEntries(connection, entries)
  for (const [room, head] of heads) await connection.run("UPDATE rooms SET head = ? WHERE id = ?", [head, room])
  return answers
}

function refusal({ commit_seq: newest, cursor }: Facts, message: NewMessage): UserError | undefined {
  // A room that one is not in is answered like one that does not exist.
  if (newest === null || cursor === null) return new UserError("not_a_member")
  return message.after === newest ? undefined : new UserError("stale", { seq: newest })
}
