/**
 * Devices: whose they are, what their people call them, when they were here last, and which have ended for good. A device
 * that has ended keeps its row for ever, so that its id opens nothing again.
 */
import { UserError } from "../../shared/errors.ts"
import { type AccountName, type DeviceId, deviceId } from "../../shared/ids.ts"
import { LIMITS } from "../../shared/limits.ts"
import type { Connection } from "./connection.ts"
import { column, rowReader } from "./rows.ts"
import type { Writer } from "./writer.ts"

export interface StoredDevice {
  readonly device: DeviceId
  readonly name: string
  readonly createdAt: number
  readonly lastSeenAt: number
}

const readOwner = rowReader({ account_id: column.integer, retired: column.integer })
const readCount = rowReader({ count: column.integer })
const readDevice = rowReader({
  id: column.text,
  name: column.text,
  created_at: column.integer,
  last_seen_at: column.integer,
})
const readSeen = rowReader({ name: column.text, at: column.integer })

const OWNER = "SELECT account_id, retired_at IS NOT NULL AS retired FROM devices WHERE id = ?"
const COUNT = "SELECT count(*) AS count FROM devices WHERE account_id = ? AND retired_at IS NULL"
const INSERT = "INSERT INTO devices (id, account_id, name, created_at, last_seen_at) VALUES (?, ?, ?, ?, ?)"
export const LIST_DEVICES = `SELECT id, name, created_at, last_seen_at FROM devices
  WHERE account_id = ? AND retired_at IS NULL ORDER BY last_seen_at DESC, id`
export const LAST_SEEN = `SELECT accounts.name, max(devices.last_seen_at) AS at FROM accounts
  JOIN devices ON devices.account_id = accounts.id
  WHERE accounts.name IN (SELECT value FROM json_each(?)) GROUP BY accounts.id`
const DEPART = `INSERT OR REPLACE INTO departures (room, device_id, statement, at)
  SELECT room, device_id, ?, ? FROM cursors WHERE device_id = ? AND left_seq IS NULL`

export function deviceQueries(reader: Connection, writer: Writer) {
  return {
    /**
     * Notes that an account uses a device, new or known, under this name. Throws UserError `device_taken` when it is
     * another account's, `device_retired` when it has ended, `too_many_devices` past LIMITS.devicesPerAccount.
     */
    use(account: number, device: DeviceId, name: string, now: number): Promise<void> {
      return writer.write(async (connection) => {
        const [row] = await connection.all(OWNER, [device])
        if (row !== undefined) {
          const owner = readOwner(row)
          if (owner.account_id !== account) throw new UserError("device_taken")
          if (owner.retired !== 0) throw new UserError("device_retired")
          await connection.run("UPDATE devices SET last_seen_at = ?, name = ? WHERE id = ?", [now, name, device])
          return
        }
        const [count] = await connection.all(COUNT, [account])
        if (readCount(count).count >= LIMITS.devicesPerAccount) throw new UserError("too_many_devices")
        await connection.run(INSERT, [device, account, name, now, now])
      })
    },

    /** Whether a device is some account's, or was. */
    async has(device: DeviceId): Promise<boolean> {
      return (await reader.all("SELECT 1 FROM devices WHERE id = ?", [device])).length > 0
    },

    /** The devices of an account that have not ended, the one seen last first. */
    async list(account: number): Promise<StoredDevice[]> {
      const rows = await reader.all(LIST_DEVICES, [account])
      return rows.map(readDevice).map(({ id, name, created_at, last_seen_at }) => ({
        ...{ device: deviceId.parse(id, "stored device"), name },
        ...{ createdAt: created_at, lastSeenAt: last_seen_at },
      }))
    },

    /** Notes that a device is here. */
    async seen(device: DeviceId, now: number): Promise<void> {
      await writer.write((connection) =>
        connection.run("UPDATE devices SET last_seen_at = max(last_seen_at, ?) WHERE id = ?", [now, device]),
      )
    },

    /** When each of these accounts was here last; those that never were, or do not exist, are left out. */
    async lastSeen(names: readonly AccountName[]): Promise<ReadonlyMap<string, number>> {
      const rows = await reader.all(LAST_SEEN, [JSON.stringify(names)])
      return new Map(rows.map(readSeen).map(({ name, at }) => [name, at]))
    },

    /**
     * Ends a device of an account for good, with a statement for everybody it shares a room with. Once more does it once
     * more. Throws UserError `not_found` for a device that is not the account's.
     */
    retire(account: number, device: DeviceId, statement: Uint8Array, now: number): Promise<void> {
      return writer.write(async (connection) => {
        const [row] = await connection.all(OWNER, [device])
        if (row === undefined || readOwner(row).account_id !== account) throw new UserError("not_found")
        await retireDevice(connection, device, statement, now)
      })
    },
  }
}
export type DeviceQueries = ReturnType<typeof deviceQueries>

/** Ends a device inside a transaction: its session, KeyPackages and Welcomes go, its statement waits in its rooms. */
export async function retireDevice(
  connection: Connection,
  device: DeviceId,
  statement: Uint8Array,
  now: number,
): Promise<void> {
  await connection.run("UPDATE devices SET retired_at = coalesce(retired_at, ?) WHERE id = ?", [now, device])
  for (const table of ["sessions", "key_packages", "invitations"])
    await connection.run(`DELETE FROM ${table} WHERE device_id = ?`, [device])
  await connection.run(DEPART, [statement, now, device])
}
