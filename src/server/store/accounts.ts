/** Accounts, and the browsers they have logged in from: one function for each question. */
import { UserError } from "../../shared/errors.ts"
import type { AccountName } from "../../shared/ids.ts"
import { LIMITS } from "../../shared/limits.ts"
import { type Connection, SqliteError } from "./connection.ts"
import { column, rowReader } from "./rows.ts"
import type { Writer } from "./writer.ts"

/** What is stored of an account besides its name; see schema.ts for each column. */
export interface AccountRecord {
  readonly accountKey: Uint8Array
  readonly salt: Uint8Array
  readonly iterations: number
  readonly verifier: Uint8Array
  readonly verifierSalt: Uint8Array
  readonly verifierCost: string
  readonly wrappedKey: Uint8Array
  readonly recoveryVerifier: Uint8Array
  readonly recoveryWrappedKey: Uint8Array
}

export interface StoredAccount extends AccountRecord {
  readonly id: number
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
})
const readId = rowReader({ id: column.integer })

/** Who logs in over and over without keeping the cookie must not fill the disk. */
const BROWSERS_MAX = 50
const FORGET_OLD_BROWSERS = `DELETE FROM browsers WHERE account_id = ? AND token_hash NOT IN
  (SELECT token_hash FROM browsers WHERE account_id = ? ORDER BY created_at DESC, expires_at DESC LIMIT ?)`

const isTaken = (error: unknown): boolean => error instanceof SqliteError && /UNIQUE.*accounts\./.test(error.message)

export function accountQueries(reader: Connection, writer: Writer) {
  return {
    /** Makes an account; resolves to its number. Throws UserError `name_taken` (also for a key that exists). */
    async create(name: AccountName, record: AccountRecord, now: number): Promise<number> {
      const insert = `INSERT INTO accounts (name, account_key, salt, iterations, verifier, verifier_salt, verifier_cost,
        wrapped_key, recovery_verifier, recovery_wrapped_key, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`
      const { accountKey, salt, iterations, verifier, verifierSalt, verifierCost, wrappedKey } = record
      const own = [name, accountKey, salt, iterations, verifier, verifierSalt, verifierCost, wrappedKey]
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
