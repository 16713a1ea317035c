/** Who was added to a room and has not taken the Welcome yet (RFC 9420 section 12.4.3.1), and those Welcomes. */
import { UserError } from "../../shared/errors.ts"
import { type DeviceId, type RoomId, roomId } from "../../shared/ids.ts"
import { LIMITS } from "../../shared/limits.ts"
import type { Connection } from "./connection.ts"
import { column, rowReader } from "./rows.ts"
import type { Writer } from "./writer.ts"

export interface NewWelcome {
  readonly room: RoomId
  readonly seq: number
  readonly at: number
  readonly devices: readonly DeviceId[]
  readonly body: Uint8Array
}

const readWelcome = rowReader({ seq: column.integer, at: column.integer, body: column.blob })
const readInvitation = rowReader({ room: column.text, seq: column.integer })

const WELCOME = `SELECT welcomes.seq, welcomes.at, body FROM invitations
  JOIN welcomes ON welcomes.room = invitations.room AND welcomes.seq = invitations.seq
  WHERE invitations.device_id = ? AND invitations.room = ?`
const IS_TAKEN = `NOT EXISTS
  (SELECT 1 FROM invitations WHERE invitations.room = welcomes.room AND invitations.seq = welcomes.seq)`
/** Welcomes that nobody waits for, of one room. */
const DELETE_TAKEN = `DELETE FROM welcomes WHERE room = ? AND ${IS_TAKEN}`

const DELETE_EMPTY = `DELETE FROM invitations WHERE NOT EXISTS
  (SELECT 1 FROM welcomes WHERE welcomes.room = invitations.room AND welcomes.seq = invitations.seq)`

/** Keeps a Welcome for the devices that a commit has added; one that waited for an earlier one waits for this. */
export async function keepWelcome(connection: Connection, welcome: NewWelcome): Promise<void> {
  const { room, seq, at, devices, body } = welcome
  await connection.run("INSERT INTO welcomes VALUES (?, ?, ?, ?)", [room, seq, at, body])
  for (const device of devices)
    await connection.run("INSERT OR REPLACE INTO invitations VALUES (?, ?, ?)", [device, room, seq])
  await connection.run(DELETE_TAKEN, [room])
}

export function invitationQueries(reader: Connection, writer: Writer) {
  return {
    /** The Welcome that waits for a device. Throws UserError `not_found`. */
    async welcome(device: DeviceId, room: RoomId) {
      const [row] = await reader.all(WELCOME, [device, room])
      if (row === undefined) throw new UserError("not_found")
      const { seq, at, body } = readWelcome(row)
      return { seq, at, welcome: body }
    },

    /** Rooms of which a Welcome waits for a device, each with the seq of its commit. */
    async waitingFor(device: DeviceId): Promise<ReadonlyMap<RoomId, number>> {
      const rows = await reader.all("SELECT room, seq FROM invitations WHERE device_id = ?", [device])
      return new Map(rows.map(readInvitation).map(({ room, seq }) => [roomId.parse(room, "stored room"), seq]))
    },

    /**
     * Deletes Welcomes as old as the log may be (who comes later joins by an external commit), and those of which the last
     * that waited was removed or has ended. Resolves to how many.
     */
    sweep(now: number): Promise<number> {
      return writer.write(async (connection) => {
        const gone = await connection.run(`DELETE FROM welcomes WHERE at < ? OR ${IS_TAKEN}`, [
          now - LIMITS.retentionFor,
        ])
        if (gone > 0) await connection.run(DELETE_EMPTY)
        return gone
      })
    },

    /** A device needs the Welcome of this commit no more. */
    async taken(device: DeviceId, room: RoomId, seq: number): Promise<void> {
      await writer.write(async (connection) => {
        const values = [device, room, seq]
        await connection.run("DELETE FROM invitations WHERE device_id = ? AND room = ? AND seq = ?", values)
        await connection.run(DELETE_TAKEN, [room])
      })
    },
  }
}
export type InvitationQueries = ReturnType<typeof invitationQueries>
