/**
 * Rooms and the rule of order, inside the transactions that make it true: a commit is taken only from a device that has
 * handled the newest commit of the log, together with the GroupInfo it leads to. A commit that was taken before gets
 * its first answer again.
 */
import { sameBytes } from "../../shared/bytes.ts"
import { UserError } from "../../shared/errors.ts"
import type { RoomId } from "../../shared/ids.ts"
import type { Session } from "../session.ts"
import type { Connection } from "./connection.ts"
import { earlierAnswer, factsOf, insertEntries, type NewMessage, type Placed, placeMessages } from "./messages.ts"
import { column, rowReader } from "./rows.ts"
import type { Writer } from "./writer.ts"

export interface NewCommit extends NewMessage {
  readonly groupInfo: Uint8Array
  /** An external commit lets its device in; any other needs a device that is in. */
  readonly external: boolean
}

export interface NewRoom {
  readonly session: Session
  readonly room: RoomId
  readonly kind: "general" | "private" | "group"
  readonly groupInfo: Uint8Array
  readonly at: number
}

const readGroupInfo = rowReader({ commit_seq: column.integer, group_info: column.blob })
const readBody = rowReader({ body: column.blob })

const SELECT_GROUP_INFO = "SELECT commit_seq, group_info FROM rooms WHERE id = ?"

async function found(connection: Connection, { session, room, kind, groupInfo, at }: NewRoom): Promise<void> {
  const [row] = await connection.all(SELECT_GROUP_INFO, [room])
  if (row === undefined) {
    await connection.run("INSERT INTO rooms VALUES (?, ?, 0, 0, ?, ?)", [room, kind, groupInfo, at])
    const cursor = [room, session.device, session.account.id]
    await connection.run("INSERT INTO cursors VALUES (?, ?, ?, 0, 0)", cursor)
    return
  }
  // The founder whose answer was lost asks again with the same bytes, which hold his signature: no one else has them yet.
  const { commit_seq, group_info } = readGroupInfo(row)
  const isIn = await connection.all("SELECT 1 FROM cursors WHERE room = ? AND device_id = ? AND joined_seq = 0", [
    room,
    session.device,
  ])
  if (commit_seq !== 0 || isIn.length === 0 || !sameBytes(group_info, groupInfo)) throw new UserError("room_exists")
}

async function takeCommit(connection: Connection, commit: NewCommit): Promise<Placed> {
  const { session, room, groupInfo, external } = commit
  const [facts] = await factsOf(connection, [commit])
  if (facts === undefined) throw new UserError("internal")
  const earlier = earlierAnswer(facts, room, "commit")
  if (earlier instanceof UserError) throw earlier
  if (earlier !== undefined) {
    const [row] = await connection.all("SELECT body FROM log WHERE room = ? AND seq = ?", [room, earlier.seq])
    if (!sameBytes(readBody(row).body, commit.body)) throw new UserError("id_reused")
    return earlier
  }
  const { commit_seq: newest, head, cursor } = facts
  if (newest === null || head === null) throw new UserError("not_found")
  if (!external && cursor === null) throw new UserError("not_a_member")
  if (commit.after !== newest) throw new UserError("stale", { seq: newest })
  const seq = head + 1
  await insertEntries(connection, [{ message: commit, seq, kind: "commit" }])
  const update = "UPDATE rooms SET head = ?, commit_seq = ?, group_info = ? WHERE id = ?"
  await connection.run(update, [seq, seq, groupInfo, room])
  if (external) {
    const joined = [room, session.device, session.account.id, seq, seq]
    await connection.run("INSERT OR REPLACE INTO cursors VALUES (?, ?, ?, ?, ?)", joined)
  }
  return { seq, at: commit.at, first: true }
}

export function roomQueries(reader: Connection, writer: Writer) {
  return {
    /** Founds a room with its first device. Throws UserError `room_exists`. */
    found(room: NewRoom): Promise<void> {
      return writer.write((connection) => found(connection, room), { size: room.groupInfo.length })
    },

    /** The newest GroupInfo. Throws UserError `not_found`. */
    async groupInfo(room: RoomId): Promise<{ seq: number; groupInfo: Uint8Array<ArrayBuffer> }> {
      const [row] = await reader.all(SELECT_GROUP_INFO, [room])
      if (row === undefined) throw new UserError("not_found")
      const { commit_seq, group_info } = readGroupInfo(row)
      return { seq: commit_seq, groupInfo: group_info }
    },

    /** Places a message, with all others that wait: see messages.ts for the rules and the errors. */
    append: appender(writer),

    /**
     * Takes a commit that comes after the newest one. Throws UserError `not_found`, `not_a_member`, `stale`, `id_reused`.
     * `committed` is called after COMMIT, in the order of the log.
     */
    commit(commit: NewCommit, committed: (placed: Placed) => void): Promise<Placed> {
      const size = commit.body.length + commit.groupInfo.length
      return writer.write((connection) => takeCommit(connection, commit), { size, committed })
    },
  }
}
export type RoomQueries = ReturnType<typeof roomQueries>

function appender(writer: Writer) {
  const place = writer.batched(placeMessages)
  return (message: NewMessage, committed: (placed: Placed) => void): Promise<Placed> =>
    place(message, { size: message.body.length, committed })
}
