/** How far the accounts of a room have come: what one of their devices has persisted, and what their person has seen. */
import { type AccountName, accountName, type DeviceId, type RoomId } from "../../shared/ids.ts"
import { LIMITS } from "../../shared/limits.ts"
import type { Connection } from "./connection.ts"
import { column, rowReader } from "./rows.ts"
import type { Writer } from "./writer.ts"

export interface Marks {
  readonly account: AccountName
  readonly delivered: number
  readonly read: number
}

const readMarks = rowReader({ name: column.text, delivered: column.integer, read: column.integer })
const readCount = rowReader({ count: column.integer })

const MARKS = `SELECT accounts.name, max(cursors.seq) AS delivered, max(read_seq) AS read FROM cursors
  JOIN accounts ON accounts.id = cursors.account_id WHERE room = ? AND left_seq IS NULL`
const SEE = `UPDATE cursors SET read_seq = max(read_seq, min(?, (SELECT head FROM rooms WHERE id = cursors.room)))
  WHERE room = ? AND device_id = ? AND left_seq IS NULL`

export function markQueries(reader: Connection, writer: Writer) {
  return {
    /** Moves the mark of what a person has seen, forward and to the head at most; resolves to whether the device is in the room. */
    async see(room: RoomId, device: DeviceId, seq: number): Promise<boolean> {
      return (await writer.write((connection) => connection.run(SEE, [seq, room, device]))) > 0
    },

    /** The marks of the accounts in a room, by name. */
    async of(room: RoomId): Promise<Marks[]> {
      const rows = await reader.all(`${MARKS} GROUP BY account_id ORDER BY accounts.name LIMIT ?`, [
        room,
        LIMITS.membersMax,
      ])
      return rows.map(readMarks).map(({ name, ...rest }) => ({ ...rest, account: accountName.parse(name, "name") }))
    },

    /** How many accounts are in a room. */
    async accountsIn(room: RoomId): Promise<number> {
      const count = "SELECT count(DISTINCT account_id) AS count FROM cursors WHERE room = ? AND left_seq IS NULL"
      return readCount((await reader.all(count, [room]))[0]).count
    },
  }
}
export type MarkQueries = ReturnType<typeof markQueries>
