/**
 * Rooms, their log, and the epoch rule, inside the transactions that make them true: a commit is taken only when its
 * epoch is the room's, together with the GroupInfo it leads to; a message likewise. An id that was used before is
 * answered as it was the first time, before the epoch is looked at: the answer may have been lost on its way.
 */
import { UserError } from "../../shared/errors.ts"
import type { MessageId, RoomId } from "../../shared/ids.ts"
import type { Session } from "../session.ts"
import type { Connection, Value } from "./connection.ts"
import { column, rowReader } from "./rows.ts"
import type { Writer } from "./writer.ts"

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
  readonly epoch: number
  readonly body: Uint8Array
  readonly at: number
}

export interface NewCommit extends NewMessage {
  readonly groupInfo: Uint8Array
  /** An external commit lets its device in; any other needs a device that is in. */
  readonly external: boolean
}

const readState = rowReader({ epoch: column.integer, head: column.integer })
const readGroupInfo = rowReader({ epoch: column.integer, group_info_seq: column.integer, group_info: column.blob })
const readEarlier = rowReader({ room: column.text, seq: column.integer, at: column.integer, kind: column.text })

export const FIND_EARLIER = "SELECT room, seq, at, kind FROM log WHERE device_id = ? AND message_id = ?"
const INSERT = `INSERT INTO log (room, seq, at, kind, account_id, device_id, message_id, body) VALUES `
const ROW = "(?, ?, ?, ?, ?, ?, ?, ?)"

async function earlier(connection: Connection, kind: string, message: NewMessage): Promise<Placed | undefined> {
  const [row] = await connection.all(FIND_EARLIER, [message.session.device, message.id])
  if (row === undefined) return undefined
  const found = readEarlier(row)
  if (found.room !== message.room || found.kind !== kind) throw new UserError("id_reused")
  return { seq: found.seq, at: found.at, first: false }
}

async function stateOf(connection: Connection, room: RoomId) {
  const [row] = await connection.all("SELECT epoch, head FROM rooms WHERE id = ?", [room])
  if (row === undefined) throw new UserError("not_found")
  return readState(row)
}

async function isMember(connection: Connection, { room, session }: NewMessage): Promise<boolean> {
  const found = await connection.all("SELECT 1 FROM cursors WHERE room = ? AND device_id = ?", [room, session.device])
  return found.length > 0
}

function rowOf({ room, at, session, id, body }: NewMessage, seq: number, kind: string): Value[] {
  return [room, seq, at, kind, session.account.id, session.device, id, body]
}

/** One room's messages of one transaction: placed one after another, then written by one statement. */
class Batch {
  readonly #connection: Connection
  readonly #rooms = new Map<RoomId, { readonly epoch: number; head: number }>()
  readonly #placed = new Map<string, Placed & { readonly room: RoomId }>()
  readonly #values: Value[] = []

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async place(message: NewMessage): Promise<Placed> {
    const key = `${message.session.device} ${message.id}`
    const inBatch = this.#placed.get(key)
    if (inBatch !== undefined && inBatch.room !== message.room) throw new UserError("id_reused")
    const before = inBatch ?? (await earlier(this.#connection, "message", message))
    if (before !== undefined) return { seq: before.seq, at: before.at, first: false }
    if (!(await isMember(this.#connection, message))) throw new UserError("not_a_member")
    const room = this.#rooms.get(message.room) ?? { ...(await stateOf(this.#connection, message.room)) }
    if (message.epoch !== room.epoch) throw new UserError("stale", { epoch: room.epoch })
    room.head += 1
    this.#rooms.set(message.room, room)
    this.#values.push(...rowOf(message, room.head, "message"))
    const placed = { seq: room.head, at: message.at, first: true }
    this.#placed.set(key, { ...placed, room: message.room })
    return placed
  }

  async write(): Promise<void> {
    const rows = this.#values.length / 8
    if (rows === 0) return
    await this.#connection.run(INSERT + Array(rows).fill(ROW).join(", "), this.#values)
    for (const [room, { head }] of this.#rooms)
      await this.#connection.run("UPDATE rooms SET head = ? WHERE id = ?", [head, room])
  }
}

export function roomQueries(reader: Connection, writer: Writer) {
  return {
    /** Founds a room with its first device. Throws UserError `room_exists`. */
    found(session: Session, room: RoomId, kind: string, groupInfo: Uint8Array, now: number): Promise<void> {
      return writer.write(async (connection) => {
        const there = await connection.all("SELECT 1 FROM rooms WHERE id = ?", [room])
        if (there.length > 0) throw new UserError("room_exists")
        await connection.run("INSERT INTO rooms VALUES (?, ?, 0, 0, ?, 0, ?)", [room, kind, groupInfo, now])
        const cursor = [room, session.device, session.account.id]
        await connection.run("INSERT INTO cursors VALUES (?, ?, ?, 0, 0)", cursor)
      })
    },

    /** The newest GroupInfo. Throws UserError `not_found`. */
    async groupInfo(room: RoomId): Promise<{ epoch: number; seq: number; groupInfo: Uint8Array }> {
      const [row] = await reader.all("SELECT epoch, group_info_seq, group_info FROM rooms WHERE id = ?", [room])
      if (row === undefined) throw new UserError("not_found")
      const found = readGroupInfo(row)
      return { epoch: found.epoch, seq: found.group_info_seq, groupInfo: found.group_info }
    },

    /**
     * Places messages in their logs, all in one transaction and one statement. The answers stand in the order of the
     * messages: where it stands, or the UserError (`not_a_member`, `not_found`, `stale`, `id_reused`) that refused it.
     */
    append(messages: readonly NewMessage[]): Promise<readonly (Placed | UserError)[]> {
      return writer.write(async (connection) => {
        const batch = new Batch(connection)
        const answers: (Placed | UserError)[] = []
        for (const message of messages)
          answers.push(
            await batch.place(message).catch((error: unknown) => {
              if (error instanceof UserError) return error
              throw error
            }),
          )
        await batch.write()
        return answers
      })
    },

    /** Takes a commit of the current epoch. Throws UserError `not_found`, `stale`, `not_a_member`, `id_reused`. */
    commit(commit: NewCommit): Promise<Placed & { readonly epoch: number }> {
      return writer.write(async (connection) => {
        const { session, room } = commit
        const before = await earlier(connection, "commit", commit)
        if (before !== undefined) return { ...before, epoch: commit.epoch + 1 }
        const { epoch, head } = await stateOf(connection, room)
        if (!commit.external && !(await isMember(connection, commit))) throw new UserError("not_a_member")
        if (commit.epoch !== epoch) throw new UserError("stale", { epoch })
        const seq = head + 1
        await connection.run(INSERT + ROW, rowOf(commit, seq, "commit"))
        const update = "UPDATE rooms SET epoch = ?, head = ?, group_info = ?, group_info_seq = ? WHERE id = ?"
        await connection.run(update, [epoch + 1, seq, commit.groupInfo, seq, room])
        if (commit.external) {
          const cursor = [room, session.device, session.account.id, seq, seq]
          await connection.run("INSERT OR REPLACE INTO cursors VALUES (?, ?, ?, ?, ?)", cursor)
        }
        return { seq, at: commit.at, first: true, epoch: epoch + 1 }
      })
    },
  }
}
export type RoomQueries = ReturnType<typeof roomQueries>
