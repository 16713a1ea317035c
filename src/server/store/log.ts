/** Reading the log by cursor, moving cursors, and letting go of what nobody needs any more. */
import type { AccountName, DeviceId, RoomId } from "../../shared/ids.ts"
import { accountName, deviceId, messageId, roomId } from "../../shared/ids.ts"
import { LIMITS } from "../../shared/limits.ts"
import type { ServerMessageOf } from "../../shared/protocol.ts"
import { oneOf } from "../../shared/schema.ts"
import { ROOM_KINDS, type RoomKind } from "../../shared/wire.ts"
import type { Session } from "../session.ts"
import type { Connection } from "./connection.ts"
import { column, nullable, rowReader } from "./rows.ts"
import type { Writer } from "./writer.ts"

/** One entry of a room's log, as it goes over the wire. */
export type Entry = Omit<ServerMessageOf<"entry">, "type">

/** A device's place in a room. */
export interface Cursor {
  readonly room: RoomId
  readonly kind: RoomKind
  readonly seq: number
  readonly joinedSeq: number
  /** The newest entry that the device gets: the newest there is, or the one that removed it. */
  readonly head: number
  readonly hasLeft: boolean
  /** The seq of the oldest entry that is still kept, or head + 1 when none is. */
  readonly oldest: number
}

const entryKind = oneOf("message", "commit")
const roomKind = oneOf(...ROOM_KINDS)

const readEntry = rowReader({
  seq: column.integer,
  at: column.integer,
  kind: column.text,
  name: column.text,
  device_id: column.text,
  message_id: column.text,
  body: column.blob,
})
const readCursor = rowReader({
  room: column.text,
  kind: column.text,
  left_seq: nullable(column.integer),
  seq: column.integer,
  joined_seq: column.integer,
  head: column.integer,
  oldest: column.integer,
})
const readRoom = rowReader({ room: column.text, kind: column.text })
const readHead = rowReader({ id: column.text, head: column.integer })
const readPlace = rowReader({ room: column.text, device_id: column.text, left_seq: nullable(column.integer) })
const readDevice = rowReader({ id: column.text })
const readSize = rowReader({ size: column.integer })
const readSeq = rowReader({ seq: column.integer })
const readProgress = rowReader({ name: column.text, seq: column.integer })

export const PULL = `SELECT seq, at, kind, accounts.name, device_id, message_id, body FROM log
  JOIN accounts ON accounts.id = log.account_id WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?`

/** What the rows of a pull weigh, before their bodies are read. */
export const SIZES = "SELECT length(body) AS size FROM log WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?"

export const CURSORS = `SELECT cursors.room, kind, cursors.seq, joined_seq, left_seq, coalesce(left_seq, head) AS head,
  coalesce((SELECT min(log.seq) FROM log WHERE log.room = cursors.room), head + 1) AS oldest
  FROM cursors JOIN rooms ON rooms.id = cursors.room
  WHERE device_id = ? AND (left_seq IS NULL OR cursors.seq < left_seq)
  ORDER BY left_seq IS NOT NULL, cursors.room LIMIT ${LIMITS.roomsPerDevice}`

/** Rooms of an account that one of its devices is not in and was not in. */
export const ELSEWHERE = `SELECT DISTINCT cursors.room, kind FROM cursors JOIN rooms ON rooms.id = cursors.room
  WHERE account_id = ? AND left_seq IS NULL
  AND NOT EXISTS (SELECT 1 FROM cursors AS own WHERE own.room = cursors.room AND own.device_id = ?) LIMIT ?`

const LEFT_OUT = `SELECT DISTINCT id FROM devices JOIN cursors ON cursors.account_id = devices.account_id
  WHERE cursors.room = ? AND cursors.device_id IN (SELECT value FROM json_each(?)) AND retired_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM cursors AS own WHERE own.room = cursors.room AND own.device_id = devices.id)`

const HEAD_FOR = `SELECT coalesce(left_seq, head) AS seq FROM cursors JOIN rooms ON rooms.id = cursors.room
  WHERE cursors.room = ? AND device_id = ?`

export const PROGRESS = `SELECT accounts.name, cursors.seq FROM cursors
  JOIN accounts ON accounts.id = cursors.account_id WHERE room = ? ORDER BY seq DESC`

// Every device moves its cursor for every message: one statement for all that do so together.
// A device that was removed holds nothing past the entry that did it, whatever it says.
export const ADVANCE = `UPDATE cursors SET seq = max(cursors.seq, min(said.seq, coalesce(left_seq, said.seq)))
  FROM (SELECT value ->> 0 AS room, value ->> 1 AS device, max(value ->> 2) AS seq FROM json_each(?) GROUP BY 1, 2) AS said
  WHERE cursors.room = said.room AND cursors.device_id = said.device
  RETURNING cursors.room, cursors.device_id, left_seq`

interface Advance {
  readonly room: RoomId
  readonly device: DeviceId
  readonly seq: number
}

/** Whether a device is in a room, was removed from it, or never was there. */
type Standing = "in" | "left" | "stranger"

async function advanceAll(connection: Connection, said: readonly Advance[]): Promise<readonly Standing[]> {
  const values = JSON.stringify(said.map(({ room, device, seq }) => [room, device, seq]))
  const standings = new Map<string, Standing>()
  for (const { room, device_id, left_seq } of (await connection.all(ADVANCE, [values])).map(readPlace))
    standings.set(`${room} ${device_id}`, left_seq === null ? "in" : "left")
  return said.map(({ room, device }) => standings.get(`${room} ${device}`) ?? "stranger")
}

export function logQueries(reader: Connection, writer: Writer) {
  const advance = writer.batched(advanceAll)
  return {
    /**
     * The next entries after `seq`, oldest first: at most `limit` and LIMITS.pullRows, and no more than fit in
     * LIMITS.bufferedPause bytes, but one always.
     */
    async read(room: RoomId, seq: number, limit: number = LIMITS.pullRows): Promise<Entry[]> {
      const sizes = await reader.all(SIZES, [room, seq, Math.min(limit, LIMITS.pullRows)])
      const rows = await reader.all(PULL, [room, seq, countThatFits(sizes.map((row) => readSize(row).size))])
      return rows.map(readEntry).map((row) => ({
        room,
        seq: row.seq,
        at: row.at,
        kind: entryKind.parse(row.kind, "stored kind"),
        sender: accountName.parse(row.name, "stored name"),
        device: deviceId.parse(row.device_id, "stored device"),
        id: messageId.parse(row.message_id, "stored id"),
        message: row.body,
      }))
    },

    /** Every room that a device is in, with its place there. */
    async cursorsOf(device: DeviceId): Promise<Cursor[]> {
      const rows = await reader.all(CURSORS, [device])
      return rows.map(readCursor).map(({ room, kind, joined_seq, left_seq, ...rest }) => ({
        ...rest,
        room: roomId.parse(room, "stored room"),
        kind: roomKind.parse(kind, "stored kind"),
        joinedSeq: joined_seq,
        hasLeft: left_seq !== null,
      }))
    },

    /** Rooms that other devices of an account are in, and this one neither is nor was. */
    async elsewhere({ account, device }: Session): Promise<{ room: RoomId; kind: RoomKind }[]> {
      const rows = await reader.all(ELSEWHERE, [account.id, device, LIMITS.roomsPerDevice])
      return rows.map(readRoom).map(({ room, kind }) => ({
        room: roomId.parse(room, "stored room"),
        kind: roomKind.parse(kind, "stored kind"),
      }))
    },

    /** The devices of the same accounts as these devices of a room that neither are nor were in it. */
    async leftOut(room: RoomId, devices: readonly DeviceId[]): Promise<DeviceId[]> {
      const rows = await reader.all(LEFT_OUT, [room, JSON.stringify(devices)])
      return rows.map(readDevice).map(({ id }) => deviceId.parse(id, "stored device"))
    },

    /** Moves a device's cursor forward, never back; resolves to how it stands to the room. */
    advance(room: RoomId, device: DeviceId, seq: number): Promise<Standing> {
      return advance({ room, device, seq })
    },

    /** How far the devices of two accounts that have come furthest are: the start of delivered.ts after a restart. */
    async furthest(room: RoomId): Promise<{ account: AccountName; seq: number }[]> {
      const best = new Map<string, number>()
      for (const row of await reader.all(`${PROGRESS} LIMIT ${2 * LIMITS.devicesPerAccount}`, [room])) {
        const { name, seq } = readProgress(row)
        if (!best.has(name)) best.set(name, seq)
      }
      return [...best].map(([name, seq]) => ({ account: accountName.parse(name, "stored name"), seq }))
    },

    /**
     * Removes entries that every device that gets them has passed, and those older than retention allows; resolves to how
     * many. A device that was removed is forgotten when that is as long ago.
     */
    async sweep(now: number): Promise<number> {
      const passed = `DELETE FROM log WHERE at < ? AND seq <= coalesce((SELECT min(seq) FROM cursors
        WHERE cursors.room = log.room AND (left_seq IS NULL OR cursors.seq < left_seq)), 0)`
      return writer.write(
        async (connection) =>
          (await connection.run("DELETE FROM log WHERE at < ?", [now - LIMITS.retentionFor])) +
          (await connection.run(passed, [now - LIMITS.passedKeptFor])) +
          (await connection.run("DELETE FROM cursors WHERE left_at < ?", [now - LIMITS.retentionFor])),
      )
    },

    /** Every room with the highest seq of its log. */
    async heads(): Promise<{ room: RoomId; head: number }[]> {
      const rows = await reader.all("SELECT id, head FROM rooms ORDER BY id")
      return rows.map(readHead).map(({ id, head }) => ({ room: roomId.parse(id, "stored room"), head }))
    },

    /** The newest entry of a room that a device gets; undefined for a room that it neither is nor was in. */
    async headFor(room: RoomId, device: DeviceId): Promise<number | undefined> {
      const [row] = await reader.all(HEAD_FOR, [room, device])
      return row === undefined ? undefined : readSeq(row).seq
    },
  }
}

function countThatFits(sizes: readonly number[]): number {
  let bytes = 0
  const tooMany = sizes.findIndex((size, index) => {
    bytes += size
    return index > 0 && bytes > LIMITS.bufferedPause
  })
  return tooMany === -1 ? sizes.length : tooMany
}
export type LogQueries = ReturnType<typeof logQueries>
