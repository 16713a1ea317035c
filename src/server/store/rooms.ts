/**
 * Rooms and the rule of order, inside the transactions that make it true: a commit is taken only from a device that has
 * handled the newest commit of the log, together with the GroupInfo it leads to, the Welcome for those it adds, and the
 * cursors of those it adds and removes. A commit that was taken before gets its first answer again.
 *
 * Whom a commit adds and removes is its maker's word, and decides about delivery only: members believe the commit itself. So
 * a device that was removed keeps the right to come back by an external commit, which the members take or refuse.
 */
import { sameBytes } from "../../shared/bytes.ts"
import { UserError } from "../../shared/errors.ts"
import type { DeviceId, RoomId } from "../../shared/ids.ts"
import { LIMITS } from "../../shared/limits.ts"
import { oneOf } from "../../shared/schema.ts"
import { ROOM_KINDS, type RoomKind } from "../../shared/wire.ts"
import type { Session } from "../session.ts"
import type { Connection } from "./connection.ts"
import { keepWelcome } from "./invitations.ts"
import { earlierAnswer, factsOf, insertEntries, type NewMessage, type Placed, placeMessages } from "./messages.ts"
import { column, rowReader } from "./rows.ts"
import type { Writer } from "./writer.ts"

/** Devices that a commit adds, with the Welcome for them. */
export interface Added {
  readonly devices: readonly DeviceId[]
  readonly welcome: Uint8Array | undefined
}

export interface NewCommit extends NewMessage {
  readonly groupInfo: Uint8Array
  /** An external commit lets its device in; any other needs a device that is in. */
  readonly external: boolean
  readonly added: Added
  readonly removed: readonly DeviceId[]
}

export interface NewRoom {
  readonly session: Session
  readonly room: RoomId
  readonly kind: RoomKind
  /** The accounts that may always enter it. */
  readonly parties: readonly number[]
  readonly groupInfo: Uint8Array
  readonly added: Added
  readonly at: number
}

const roomKind = oneOf(...ROOM_KINDS)
const readGroupInfo = rowReader({ commit_seq: column.integer, group_info: column.blob })
const readBody = rowReader({ body: column.blob })
const readKind = rowReader({ kind: column.text })
const readCount = rowReader({ count: column.integer })
const readAccount = rowReader({ account_id: column.integer })

/** The account of a device that may be added to a room: a private chat takes those of its two accounts only. */
export const OWNER = `SELECT account_id FROM devices WHERE id = ? AND retired_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM rooms WHERE rooms.id = ? AND kind = 'private'
    AND NOT EXISTS (SELECT 1 FROM parties WHERE room = rooms.id AND parties.account_id = devices.account_id))`
const SELECT_GROUP_INFO = "SELECT commit_seq, group_info FROM rooms WHERE id = ?"
const PUT_CURSOR =
  "INSERT OR REPLACE INTO cursors (room, device_id, account_id, seq, joined_seq) VALUES (?, ?, ?, ?, ?)"
export const IS_OF_ACCOUNT = `SELECT 1 FROM cursors WHERE account_id = ? AND room = ?
  UNION ALL SELECT 1 FROM parties WHERE account_id = ? AND room = ? LIMIT 1`
export const IS_IN = "SELECT 1 FROM cursors WHERE device_id = ? AND room = ? AND left_seq IS NULL"
export const ROOMS_OF = "SELECT count(*) AS count FROM cursors WHERE device_id = ? AND left_seq IS NULL"

async function found(connection: Connection, founding: NewRoom): Promise<boolean> {
  const { session, room, kind, parties, groupInfo, added, at } = founding
  const [row] = await connection.all(SELECT_GROUP_INFO, [room])
  if (row === undefined) {
    await connection.run("INSERT INTO rooms VALUES (?, ?, 0, 0, ?, ?, ?)", [room, kind, groupInfo, at, session.device])
    for (const account of parties) await connection.run("INSERT INTO parties VALUES (?, ?)", [room, account])
    await putIn(connection, room, 0, session.device, session.account.id)
    await add(connection, room, { seq: 0, at }, added)
    return true
  }
  // The founder whose answer was lost asks again with the same bytes, which hold his signature: no one else has them yet.
  const { commit_seq, group_info } = readGroupInfo(row)
  const isFounder = await connection.all("SELECT 1 FROM rooms WHERE id = ? AND founder = ?", [room, session.device])
  if (commit_seq !== 0 || isFounder.length === 0 || !sameBytes(group_info, groupInfo))
    throw new UserError("room_exists")
  return false
}

/** Throws UserError `bad_request` for a device that is in as many rooms as it may be. */
async function putIn(connection: Connection, room: RoomId, seq: number, device: DeviceId, account: number) {
  await connection.run(PUT_CURSOR, [room, device, account, seq, seq])
  const [row] = await connection.all(ROOMS_OF, [device])
  if (readCount(row).count > LIMITS.roomsPerDevice) throw new UserError("bad_request")
}

/**
 * Puts devices into a room, each with the Welcome that waits for it. Throws UserError `bad_request` for one that is
 * unknown, has ended, or is of a third account in a private chat, and as putIn does.
 */
async function add(
  connection: Connection,
  room: RoomId,
  { seq, at }: Pick<Placed, "seq" | "at">,
  { devices, welcome }: Added,
): Promise<void> {
  if (welcome === undefined) return
  for (const device of devices) {
    const [owner] = await connection.all(OWNER, [device, room])
    if (owner === undefined) throw new UserError("bad_request")
    await putIn(connection, room, seq, device, readAccount(owner).account_id)
  }
  await keepWelcome(connection, { room, seq, at, devices, body: welcome })
}

/** Ends the delivery of a room to devices, and whatever waited for them there. */
async function remove(
  connection: Connection,
  room: RoomId,
  { seq, at }: Pick<Placed, "seq" | "at">,
  devices: readonly DeviceId[],
): Promise<void> {
  for (const device of devices) {
    const leave = "UPDATE cursors SET left_seq = ?, left_at = ? WHERE room = ? AND device_id = ? AND left_seq IS NULL"
    await connection.run(leave, [seq, at, room, device])
    await connection.run("DELETE FROM departures WHERE room = ? AND device_id = ?", [room, device])
    await connection.run("DELETE FROM invitations WHERE room = ? AND device_id = ?", [room, device])
  }
}

async function takeCommit(connection: Connection, commit: NewCommit): Promise<Placed> {
  const { session, room, groupInfo, external, added, removed, at } = commit
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
  if (external) await putIn(connection, room, seq, session.device, session.account.id)
  await remove(connection, room, { seq, at }, removed)
  await add(connection, room, { seq, at }, added)
  return { seq, at, first: true }
}

export function roomQueries(reader: Connection, writer: Writer) {
  return {
    /** Founds a room with its first devices; resolves to false when it was said before. Throws UserError `room_exists`. */
    found(room: NewRoom): Promise<boolean> {
      const size = room.groupInfo.length + (room.added.welcome?.length ?? 0)
      return writer.write((connection) => found(connection, room), { size })
    },

    /** The kind of a room; undefined for one that does not exist. */
    async kind(room: RoomId): Promise<RoomKind | undefined> {
      const [row] = await reader.all("SELECT kind FROM rooms WHERE id = ?", [room])
      return row === undefined ? undefined : roomKind.parse(readKind(row).kind, "stored kind")
    },

    /** Whether an account may enter a room: any device of it is in there, or was, or it is a private chat of its own. */
    async isOfAccount(room: RoomId, account: number): Promise<boolean> {
      return (await reader.all(IS_OF_ACCOUNT, [account, room, account, room])).length > 0
    },

    /** Whether a device is in a room. */
    async isIn(room: RoomId, device: DeviceId): Promise<boolean> {
      return (await reader.all(IS_IN, [device, room])).length > 0
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
      const size = commit.body.length + commit.groupInfo.length + (commit.added.welcome?.length ?? 0)
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
