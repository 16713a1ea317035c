/**
 * The store: SQLite behind named questions. One connection writes, through the serial queue of writer.ts; a second one
 * reads beside it, and sees what was committed (WAL). Nothing outside this folder contains SQL.
 *
 * Durability: WAL with `synchronous=FULL`, so a COMMIT that has returned survives a power cut. `secure_delete` overwrites
 * what retention removes.
 */
import { mkdir, open as openFile } from "node:fs/promises"
import path from "node:path"
import type { AccountName } from "../../shared/ids.ts"
import { StartError } from "../start-error.ts"
import { accountQueries } from "./accounts.ts"
import { type Connection, connect } from "./connection.ts"
import { departureQueries } from "./departures.ts"
import { deviceQueries } from "./devices.ts"
import { invitationQueries } from "./invitations.ts"
import { keyPackageQueries } from "./key-packages.ts"
import { logQueries } from "./log.ts"
import { markQueries } from "./marks.ts"
import { roomQueries } from "./rooms.ts"
import { column, rowReader } from "./rows.ts"
import { MIGRATIONS } from "./schema.ts"
import { sessionLogQueries } from "./session-logs.ts"
import { sessionQueries } from "./sessions.ts"
import { Writer } from "./writer.ts"

const FILE = "securechat.db"
/** Held while a server runs: two servers on one folder would not hear of each other's entries. Dies with its process. */
const LOCK = "securechat.lock"
const MODE = 0o600
const BUSY_TIMEOUT = 5_000
/** A server that is just ending may take this long to let go. */
const LOCK_TIMEOUT = 2_000

export interface StoreOptions {
  /** The folder of the database, made when missing, mode 0700. */
  readonly dir: string
  /** Pages of 4 KiB that the file may have; tests make a full disk with it. */
  readonly maxPages?: number
}

/** Opens the database and brings it up to date. Throws StartError with what to do. */
export async function openStore({ dir, maxPages }: StoreOptions) {
  const { lock, writing, reading } = await open(dir, maxPages).catch((error: unknown) => {
    throw error instanceof StartError ? error : new StartError(whatToDo(dir, error))
  })
  const writer = new Writer(writing)
  let closing: Promise<void> | undefined
  const closeAll = async (): Promise<void> => {
    await writer.idle()
    for (const connection of [reading, writing, lock]) await connection.close()
  }
  return {
    accounts: accountQueries(reading, writer),
    devices: deviceQueries(reading, writer),
    sessions: sessionQueries(reading, writer),
    rooms: roomQueries(reading, writer),
    log: logQueries(reading, writer),
    marks: markQueries(reading, writer),
    keyPackages: keyPackageQueries(reading, writer),
    invitations: invitationQueries(reading, writer),
    departures: departureQueries(reading, writer),
    sessionLogs: sessionLogQueries(reading, writer),

    /** Rejects when the database does not answer. */
    async check(): Promise<void> {
      await reading.all("SELECT 1")
    },

    /** Waits for what is being written, then closes the file; once, however often it is asked. */
    close(): Promise<void> {
      closing ??= closeAll()
      return closing
    },

    /** How SQLite would answer a query, a line a step; for the tests that hold the hot queries to their indexes. */
    async plan(sql: string, values: readonly (string | number | Uint8Array)[]): Promise<string[]> {
      const rows = await reading.all(`EXPLAIN QUERY PLAN ${sql}`, values)
      return rows.map((row) => readDetail(row).detail)
    },

    /** Lifts or sets the bound that `maxPages` set. */
    async setMaxPages(pages: number): Promise<void> {
      await writing.script(`PRAGMA max_page_count = ${Math.trunc(pages)}`)
    },
  }
}
/**
 * Whether a name is taken, beside a server that may be running: for commands. Throws StartError when there is no database.
 */
export async function isName(dir: string, name: AccountName): Promise<boolean> {
  const file = path.join(dir, FILE)
  const reading = await connect(file, true).catch((error: unknown) => {
    throw new StartError(whatToDo(dir, error))
  })
  try {
    await reading.script(`PRAGMA busy_timeout = ${BUSY_TIMEOUT};`)
    return (await reading.all("SELECT 1 FROM accounts WHERE name = ?", [name])).length > 0
  } finally {
    await reading.close()
  }
}

export type Store = Awaited<ReturnType<typeof openStore>>

const readDetail = rowReader({ detail: column.text })
const readVersion = rowReader({ user_version: column.integer })

async function open(dir: string, maxPages: number | undefined) {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const lock = await hold(path.join(dir, LOCK))
  try {
    return { lock, ...(await openDatabase(path.join(dir, FILE), maxPages)) }
  } catch (error) {
    await lock.close()
    throw error
  }
}

async function hold(file: string): Promise<Connection> {
  await makePrivate(file)
  const lock = await connect(file, false)
  try {
    await lock.script(`PRAGMA busy_timeout = ${LOCK_TIMEOUT}; BEGIN EXCLUSIVE;`)
    return lock
  } catch (error) {
    await lock.close()
    throw error
  }
}

/** Makes a file that only its owner can read, whatever the folder allows; SQLite gives its other files the same mode. */
async function makePrivate(file: string): Promise<void> {
  await (await openFile(file, "a", MODE)).close()
}

async function openDatabase(file: string, maxPages: number | undefined) {
  await makePrivate(file)
  const writing = await connect(file, false)
  await writing.script(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON;`)
  await migrate(writing)
  if (maxPages !== undefined) await writing.script(`PRAGMA max_page_count = ${Math.trunc(maxPages)}`)
  const reading = await connect(file, true)
  await reading.script(`PRAGMA busy_timeout = ${BUSY_TIMEOUT};`)
  return { writing, reading }
}

async function migrate(connection: Connection): Promise<void> {
  const [row] = await connection.all("PRAGMA user_version")
  const version = readVersion(row).user_version
  if (version > MIGRATIONS.length)
    throw new StartError(
      `The database is from a newer SecureChat (version ${version}, this one knows ${MIGRATIONS.length}). Install that release, or restore a backup made before it.`,
    )
  for (const [index, migration] of MIGRATIONS.entries())
    if (index >= version)
      await connection.script(`BEGIN IMMEDIATE; ${migration} PRAGMA user_version = ${index + 1}; COMMIT;`)
}

function whatToDo(dir: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  if (code === "SQLITE_NOTADB" || code === "SQLITE_CORRUPT")
    return `The database in ${dir} is damaged. Move it away and restore a backup.`
  if (code === "SQLITE_BUSY") return `The database in ${dir} is in use: another SecureChat runs there. Stop it first.`
  return `The database in ${dir} can't be opened (${code || "unknown reason"}). Check that DATA_DIR is a folder that this user may write to.`
}
