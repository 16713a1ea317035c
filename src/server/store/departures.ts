/** Statements that a device leaves a room or is gone for good, kept for whoever commits next. */
import { type DeviceId, type RoomId, roomId } from "../../shared/ids.ts"
import type { Connection } from "./connection.ts"
import { column, rowReader } from "./rows.ts"
import type { Writer } from "./writer.ts"

export interface Stated {
  readonly room: RoomId
  readonly device: DeviceId
  readonly statement: Uint8Array
}

export interface Departure {
  readonly room: RoomId
  readonly statement: Uint8Array<ArrayBuffer>
}

const readDeparture = rowReader({ room: column.text, statement: column.blob })
const readRoom = rowReader({ room: column.text })

// In no order: statements that no member acts on can't keep the others from being told for ever.
export const DEPARTURES_FOR = `SELECT departures.room, statement FROM departures
  JOIN cursors ON cursors.room = departures.room AND cursors.device_id = ? AND left_seq IS NULL
  ORDER BY random() LIMIT ?`

const DEPARTURES_OF = "SELECT room, statement FROM departures WHERE room = ? ORDER BY random() LIMIT ?"

const KEEP = "INSERT OR REPLACE INTO departures VALUES (?, ?, ?, ?)"
// One statement: all who write wait for it, and a device may be in a thousand rooms.
const KEEP_EVERYWHERE = `INSERT OR REPLACE INTO departures (room, device_id, statement, at)
  SELECT room, device_id, ?, ? FROM cursors WHERE device_id = ? AND left_seq IS NULL RETURNING room`
const DELETE_DONE = `DELETE FROM departures WHERE NOT EXISTS (SELECT 1 FROM cursors
  WHERE cursors.room = departures.room AND cursors.device_id = departures.device_id AND left_seq IS NULL)`
const IS_IN = "SELECT 1 FROM cursors WHERE device_id = ? AND room = ? AND account_id = ? AND left_seq IS NULL"

function departure(row: unknown): Departure {
  const { room, statement } = readDeparture(row)
  return { room: roomId.parse(room, "stored room"), statement }
}

export function departureQueries(reader: Connection, writer: Writer) {
  return {
    /** Keeps a statement about an account's device in a room; resolves to false when there is no such device in it. */
    keep(account: number, { room, device, statement }: Stated, now: number): Promise<boolean> {
      return writer.write(async (connection) => {
        const isIn = await connection.all(IS_IN, [device, room, account])
        if (isIn.length > 0) await connection.run(KEEP, [room, device, statement, now])
        return isIn.length > 0
      })
    },

    /** Keeps a statement about a device for every room it is in, and takes its Welcomes; resolves to those rooms. */
    keepEverywhere(device: DeviceId, statement: Uint8Array, now: number): Promise<RoomId[]> {
      return writer.write(async (connection) => {
        const rows = await connection.all(KEEP_EVERYWHERE, [statement, now, device])
        await connection.run("DELETE FROM invitations WHERE device_id = ?", [device])
        return rows.map((row) => roomId.parse(readRoom(row).room, "room"))
      })
    },

    /** Deletes statements about devices that are not in the room any more; resolves to how many. */
    sweep(): Promise<number> {
      return writer.write((connection) => connection.run(DELETE_DONE))
    },

    /** Statements about devices of the rooms that a device is in, at most `limit`. */
    async knownTo(device: DeviceId, limit: number): Promise<Departure[]> {
      return (await reader.all(DEPARTURES_FOR, [device, limit])).map(departure)
    },

    /** Statements about devices of a room, at most `limit`. */
    async knownIn(room: RoomId, limit: number): Promise<Departure[]> {
      return (await reader.all(DEPARTURES_OF, [room, limit])).map(departure)
    },
  }
}
export type DepartureQueries = ReturnType<typeof departureQueries>
