/** KeyPackages (RFC 9420 section 10): kept for each device, given out once. */
import { UserError } from "../../shared/errors.ts"
import { type AccountName, accountName, type DeviceId, deviceId } from "../../shared/ids.ts"
import { LIMITS } from "../../shared/limits.ts"
import type { Connection } from "./connection.ts"
import { column, rowReader } from "./rows.ts"
import type { Writer } from "./writer.ts"

export interface Claimed {
  readonly account: AccountName
  readonly device: DeviceId
  readonly keyPackage: Uint8Array<ArrayBuffer>
}

const readCount = rowReader({ count: column.integer })
const readDevice = rowReader({ id: column.text, name: column.text })
const readPackage = rowReader({ id: column.integer, last_resort: column.integer, body: column.blob })
const readName = rowReader({ name: column.text })

const COUNT = `SELECT count(*) AS count FROM key_packages
  WHERE device_id = ? AND last_resort = 0 AND created_at >= ?`
const DELETE_OLD = "DELETE FROM key_packages WHERE device_id = ? AND last_resort = 0 AND created_at < ?"
/** The oldest package first, the last resort after all others. */
export const NEXT_PACKAGE =
  "SELECT id, last_resort, body FROM key_packages WHERE device_id = ? ORDER BY last_resort, id LIMIT 1"
const DEVICES = `SELECT devices.id, accounts.name FROM devices JOIN accounts ON accounts.id = devices.account_id
  WHERE accounts.name IN (SELECT value FROM json_each(?)) AND devices.id <> ? AND devices.last_seen_at >= ?
  AND retired_at IS NULL
  ORDER BY accounts.name, devices.created_at`

/** KeyPackages live 30 days from when they were made: older ones are not given out, and make room for others. */
const FRESH_FOR = LIMITS.retentionFor - 24 * 60 * 60 * 1000
/** Devices that were away for longer are not added to rooms any more. */
const ABSENT_AFTER = 90 * 24 * 60 * 60 * 1000

interface HandedIn {
  readonly keyPackages: readonly Uint8Array[]
  readonly lastResort: Uint8Array | undefined
}

async function handIn(connection: Connection, device: DeviceId, { keyPackages, lastResort }: HandedIn, now: number) {
  const insert = "INSERT INTO key_packages (device_id, last_resort, body, created_at) VALUES (?, ?, ?, ?)"
  await connection.run(DELETE_OLD, [device, now - FRESH_FOR])
  const [row] = await connection.all(COUNT, [device, now - FRESH_FOR])
  const room = LIMITS.keyPackagesPerDevice - readCount(row).count
  for (const body of keyPackages.slice(0, room)) await connection.run(insert, [device, 0, body, now])
  if (lastResort !== undefined) {
    await connection.run("DELETE FROM key_packages WHERE device_id = ? AND last_resort = 1", [device])
    await connection.run(insert, [device, 1, lastResort, now])
  }
}

async function claim(connection: Connection, accounts: readonly AccountName[], asking: DeviceId, now: number) {
  const names = JSON.stringify(accounts)
  const known = await connection.all("SELECT name FROM accounts WHERE name IN (SELECT value FROM json_each(?))", [
    names,
  ])
  const found = new Set(known.map((row) => readName(row).name))
  if (accounts.some((name) => !found.has(name))) throw new UserError("not_found")
  const claimed: Claimed[] = []
  for (const row of await connection.all(DEVICES, [names, asking, now - ABSENT_AFTER])) {
    const { id: device, name } = readDevice(row)
    await connection.run(DELETE_OLD, [device, now - FRESH_FOR])
    const [next] = await connection.all(NEXT_PACKAGE, [device])
    if (next === undefined) continue
    const { id, last_resort, body } = readPackage(next)
    if (last_resort === 0) await connection.run("DELETE FROM key_packages WHERE id = ?", [id])
    const owner = { account: accountName.parse(name, "stored name"), device: deviceId.parse(device, "stored device") }
    claimed.push({ ...owner, keyPackage: body })
  }
  return claimed
}

export function keyPackageQueries(reader: Connection, writer: Writer) {
  const left = async (device: DeviceId, now: number): Promise<number> =>
    readCount((await reader.all(COUNT, [device, now - FRESH_FOR]))[0]).count
  return {
    /** How many are left of a device that can still be given out, the last resort not counted. */
    left,

    /** Keeps a device's packages, as many as LIMITS.keyPackagesPerDevice; resolves to how many there are then. */
    async handIn(device: DeviceId, handedIn: HandedIn, now: number): Promise<number> {
      await writer.write((connection) => handIn(connection, device, handedIn, now))
      return left(device, now)
    },

    /**
     * One for every device of these accounts that handed some in, the asking device left out, each given out once. Throws
     * UserError `not_found` for a name that does not exist; nothing is given out then.
     */
    claim(accounts: readonly AccountName[], asking: DeviceId, now: number): Promise<Claimed[]> {
      return writer.write((connection) => claim(connection, accounts, asking, now))
    },

    /** Deletes what nobody may use any more; resolves to how many. */
    sweep(now: number): Promise<number> {
      const before = now - LIMITS.retentionFor
      return writer.write((connection) =>
        connection.run("DELETE FROM key_packages WHERE last_resort = 0 AND created_at < ?", [before]),
      )
    },
  }
}
export type KeyPackageQueries = ReturnType<typeof keyPackageQueries>
