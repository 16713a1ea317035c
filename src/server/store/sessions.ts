/** Sessions: a token's hash, whose it is, on which device, and until when. One session per device. */
import { accountName, type DeviceId, deviceId } from "../../shared/ids.ts"
import { LIMITS } from "../../shared/limits.ts"
import type { Session } from "../session.ts"
import type { Connection } from "./connection.ts"
import { column, rowReader } from "./rows.ts"
import type { Writer } from "./writer.ts"

const readSession = rowReader({ account_id: column.integer, name: column.text, device_id: column.text })

export const FIND_SESSION = `SELECT sessions.account_id, accounts.name, sessions.device_id FROM sessions
  JOIN accounts ON accounts.id = sessions.account_id WHERE token_hash = ? AND expires_at > ?`

export function sessionQueries(reader: Connection, writer: Writer) {
  return {
    /** Starts a session; one that the device had before ends with it. */
    async start(tokenHash: Uint8Array, account: number, device: DeviceId, now: number): Promise<void> {
      const values = [tokenHash, account, device, now, now + LIMITS.sessionFor]
      await writer.write(async (connection) => {
        await connection.run("DELETE FROM sessions WHERE device_id = ?", [device])
        await connection.run("INSERT INTO sessions VALUES (?, ?, ?, ?, ?)", values)
      })
    },

    async find(tokenHash: Uint8Array, now: number): Promise<Session | undefined> {
      const [row] = await reader.all(FIND_SESSION, [tokenHash, now])
      if (row === undefined) return undefined
      const found = readSession(row)
      const name = accountName.parse(found.name, "stored name")
      return { account: { id: found.account_id, name }, device: deviceId.parse(found.device_id, "stored device") }
    },

    async end(tokenHash: Uint8Array): Promise<void> {
      await writer.write((connection) => connection.run("DELETE FROM sessions WHERE token_hash = ?", [tokenHash]))
    },

    /** Forgets sessions and browsers that have expired. */
    async sweep(now: number): Promise<void> {
      await writer.write(async (connection) => {
        await connection.run("DELETE FROM sessions WHERE expires_at <= ?", [now])
        await connection.run("DELETE FROM browsers WHERE expires_at <= ?", [now])
      })
    },
  }
}
export type SessionQueries = ReturnType<typeof sessionQueries>
