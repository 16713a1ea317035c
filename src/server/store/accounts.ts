/** Accounts, and the browsers they have logged in from: one function for each question. */
import { UserError } from "../../shared/errors.ts"
import { type AccountName, type DeviceId, deviceId } from "../../shared/ids.ts"
import { LIMITS } from "../../shared/limits.ts"
import { type Connection, SqliteError, type Value } from "./connection.ts"
import { retireDevice } from "./devices.ts"
import { column, nullable, rowReader } from "./rows.ts"
import type { Writer } from "./writer.ts"

/** What is stored of a password; see schema.ts for each column. */
export interface PasswordRecord {
  readonly salt: Uint8Array
  readonly iterations: number
  readonly verifier: Uint8Array
  readonly verifierSalt: Uint8Array
  readonly verifierCost: string
  readonly wrappedKey: Uint8Array
}

/** What is stored of a recovery code. */
export interface RecoveryRecord {
  readonly recoveryVerifier: Uint8Array
  readonly recoveryWrappedKey: Uint8Array
}

/** What is stored of an account besides its name. */
export interface AccountRecord extends PasswordRecord, RecoveryRecord {
  readonly accountKey: Uint8Array
}

export interface StoredAccount extends AccountRecord {
  readonly id: number
  /** When it got its key anew, in milliseconds. */
  readonly resetAt: number | null
}

export interface ResetFacts {
  /** When the code was made; one that is not newer than the last reset is worthless. */
  readonly madeAt: number
  readonly now: number
  /** The statement for those who share a room with a device that ends. */
  readonly noticeFor: (device: DeviceId) => Uint8Array
}

const readAccount = rowReader({
  id: column.integer,
  account_key: column.blob,
  salt: column.blob,
  iterations: column.integer,
  verifier: column.blob,
  verifier_salt: column.blob,
  verifier_cost: column.text,
  wrapped_key: column.blob,
  recovery_verifier: column.blob,
  recovery_wrapped_key: column.blob,
  reset_at: nullable(column.integer),
})
const readId = rowReader({ id: column.integer })
const readDevice = rowReader({ device: column.text })

/** Who logs in over and over without keeping the cookie must not fill the disk. */
const BROWSERS_MAX = 50
const FORGET_OLD_BROWSERS = `DELETE FROM browsers WHERE account_id = ? AND token_hash NOT IN
  (SELECT token_hash FROM browsers WHERE account_id = ? ORDER BY created_at DESC, expires_at DESC LIMIT ?)`

const isTaken = (error: unknown): boolean => error instanceof SqliteError && /UNIQUE.*accounts\./.test(error.message)

const SET_PASSWORD = `UPDATE accounts SET salt = ?, iterations = ?, verifier = ?, verifier_salt = ?, verifier_cost = ?,
  wrapped_key = ? WHERE id = ?`
const SET_RECOVERY = "UPDATE accounts SET recovery_verifier = ?, recovery_wrapped_key = ? WHERE id = ?"
const END_OTHERS = "DELETE FROM sessions WHERE account_id = ? AND device_id <> ? RETURNING device_id AS device"
const SET_KEY = "UPDATE accounts SET account_key = ?, reset_at = ? WHERE id = ? AND coalesce(reset_at, 0) < ?"
const DEVICES_OF = "SELECT id AS device FROM devices WHERE account_id = ? AND retired_at IS NULL"

function passwordValues(record: PasswordRecord): Value[] {
  const { salt, iterations, verifier, verifierSalt, verifierCost, wrappedKey } = record
  return [salt, iterations, verifier, verifierSalt, verifierCost, wrappedKey]
}

async function reset(
  connection: Connection,
  account: number,
  record: AccountRecord,
  { madeAt, now, noticeFor }: ResetFacts,
): Promise<DeviceId[] | undefined> {
  const values = [record.accountKey, Math.max(now, madeAt), account, madeAt]
  if ((await connection.run(SET_KEY, values)) === 0) return undefined
  await connection.run(SET_PASSWORD, [...passwordValues(record), account])
  await connection.run(SET_RECOVERY, [record.recoveryVerifier, record.recoveryWrappedKey, account])
  await connection.run("DELETE FROM browsers WHERE account_id = ?", [account])
  const rows = await connection.all(DEVICES_OF, [account])
  const devices = rows.map((row) => deviceId.parse(readDevice(row).device, "stored device"))
  for (const device of devices) await retireDevice(connection, device, noticeFor(device), now)
  return devices
}

export function accountQueries(reader: Connection, writer: Writer) {
  return {
    /** Makes an account; resolves to its number. Throws UserError `name_taken` (also for a key that exists). */
    async create(name: AccountName, record: AccountRecord, now: number): Promise<number> {
      const insert = `INSERT INTO accounts (name, account_key, salt, iterations, verifier, verifier_salt, verifier_cost,
        wrapped_key, recovery_verifier, recovery_wrapped_key, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`
      const own = [name, record.accountKey, ...passwordValues(record)]
      try {
        return await writer.write(async (connection) => {
          const values = [...own, record.recoveryVerifier, record.recoveryWrappedKey, now]
          const [row] = await connection.all(insert, values)
          return readId(row).id
        })
      } catch (error) {
        if (isTaken(error)) throw new UserError("name_taken")
        throw error
      }
    },

    async find(name: AccountName): Promise<StoredAccount | undefined> {
      const [row] = await reader.all("SELECT * FROM accounts WHERE name = ?", [name])
      if (row === undefined) return undefined
      const found = readAccount(row)
      return {
        id: found.id,
        accountKey: found.account_key,
        salt: found.salt,
        iterations: found.iterations,
        verifier: found.verifier,
        verifierSalt: found.verifier_salt,
        verifierCost: found.verifier_cost,
        wrappedKey: found.wrapped_key,
        recoveryVerifier: found.recovery_verifier,
        recoveryWrappedKey: found.recovery_wrapped_key,
        resetAt: found.reset_at,
      }
    },

    /** Sets another password, and ends the sessions of all devices but one; resolves to those whose session it ended. */
    setPassword(account: number, record: PasswordRecord, except: DeviceId): Promise<DeviceId[]> {
      return writer.write(async (connection) => {
        await connection.run(SET_PASSWORD, [...passwordValues(record), account])
        const rows = await connection.all(END_OTHERS, [account, except])
        return rows.map((row) => deviceId.parse(readDevice(row).device, "stored device"))
      })
    },

    async setRecovery(account: number, { recoveryVerifier, recoveryWrappedKey }: RecoveryRecord): Promise<void> {
      const values = [recoveryVerifier, recoveryWrappedKey, account]
      await writer.write((connection) => connection.run(SET_RECOVERY, values))
    },

    /**
     * Gives an account another key, and ends all its devices for good; resolves to those. Resolves to undefined, and does
     * nothing, when the account was reset since the code was made. Throws UserError `bad_request` for a key that is in use.
     */
    async reset(account: number, record: AccountRecord, facts: ResetFacts): Promise<DeviceId[] | undefined> {
      try {
        return await writer.write((connection) => reset(connection, account, record, facts))
      } catch (error) {
        if (isTaken(error)) throw new UserError("bad_request")
        throw error
      }
    },

    /** Remembers that this browser has logged in to this account; the newest BROWSERS_MAX of an account are kept. */
    async rememberBrowser(tokenHash: Uint8Array, account: number, now: number): Promise<void> {
      const values = [tokenHash, account, now, now + LIMITS.browserFor]
      await writer.write(async (connection) => {
        await connection.run("INSERT INTO browsers VALUES (?, ?, ?, ?)", values)
        await connection.run(FORGET_OLD_BROWSERS, [account, account, BROWSERS_MAX])
      })
    },

    /** Whether this browser has logged in to this account before. */
    async knowsBrowser(tokenHash: Uint8Array, account: number, now: number): Promise<boolean> {
      const rows = await reader.all(
        "SELECT 1 FROM browsers WHERE token_hash = ? AND account_id = ? AND expires_at > ?",
        [tokenHash, account, now],
      )
      return rows.length > 0
    },
  }
}
export type AccountQueries = ReturnType<typeof accountQueries>
