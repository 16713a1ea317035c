/**
 * What the database remembers of the session logs: for each room the newest file, and up to which entry the log was whole
 * when that file was begun or ended. The files themselves say more; this counts where they don't: a file that was
 * removed while the server stood still, one that a crash left empty, and the time in which logging was turned off, of
 * which nothing may be written afterwards, because members were told so.
 */
import { type RoomId, roomId } from "../../shared/ids.ts"
import type { Connection } from "./connection.ts"
import { column, nullable, rowReader } from "./rows.ts"
import type { Writer } from "./writer.ts"

/** The newest file of a room ("" when there was none), the last entry before or in it, and the chain after that. */
export interface Noted {
  readonly room: RoomId
  readonly file: string
  readonly seq: number
  readonly chain: string
}

const NO_CHAIN = "none"
const SWITCH = "session logs"

const readNoted = rowReader({
  id: column.text,
  file: nullable(column.text),
  seq: nullable(column.integer),
  chain: nullable(column.text),
})
const readSwitch = rowReader({ value: column.integer })

const SKIP_TO_HEAD = `INSERT INTO session_logs (room, file, seq, chain) SELECT id, '', head, '${NO_CHAIN}' FROM rooms WHERE true
  ON CONFLICT (room) DO UPDATE SET seq = excluded.seq`

export function sessionLogQueries(reader: Connection, writer: Writer) {
  return {
    /** Notes whether logging is on; when it was off until now, what is in the rooms already is not to be logged. */
    turn(on: boolean): Promise<void> {
      return writer.write(async (connection) => {
        const [row] = await connection.all("SELECT value FROM switches WHERE name = ?", [SWITCH])
        const wasOff = row !== undefined && readSwitch(row).value === 0
        if (on && wasOff) await connection.run(SKIP_TO_HEAD)
        await connection.run("INSERT OR REPLACE INTO switches VALUES (?, ?)", [SWITCH, on ? 1 : 0])
      })
    },

    /** What is noted of every room there is. */
    async all(): Promise<Noted[]> {
      const rows = await reader.all(`SELECT rooms.id, session_logs.file, session_logs.seq, session_logs.chain
        FROM rooms LEFT JOIN session_logs ON session_logs.room = rooms.id ORDER BY rooms.id`)
      return rows.map(readNoted).map(({ id, file, seq, chain }) => ({
        room: roomId.parse(id, "stored room"),
        file: file ?? "",
        seq: seq ?? 0,
        chain: chain ?? NO_CHAIN,
      }))
    },

    async note({ room, file, seq, chain }: Noted): Promise<void> {
      const values = [room, file, seq, chain]
      await writer.write((connection) =>
        connection.run("INSERT OR REPLACE INTO session_logs VALUES (?, ?, ?, ?)", values),
      )
    },
  }
}
export type SessionLogQueries = ReturnType<typeof sessionLogQueries>
