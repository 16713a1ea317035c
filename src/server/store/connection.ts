/**
 * One connection to the SQLite file, as promises: the only place that knows the `sqlite3` package, which is frozen
 * upstream and may have to be replaced one day. Statements of one connection run one after another, in call order.
 * What comes back is `unknown` until a row reader (rows.ts) has looked at it.
 */
import sqlite3 from "sqlite3"

/** What may be bound to a statement's question marks. */
export type Value = string | number | Uint8Array | null

/** A failure that SQLite reports; `code` is its name for it, such as SQLITE_FULL or SQLITE_CONSTRAINT. */
export class SqliteError extends Error {
  override readonly name = "SqliteError"
  readonly code: string

  constructor(cause: Error) {
    super(cause.message)
    this.code = "code" in cause && typeof cause.code === "string" ? cause.code : "SQLITE_ERROR"
  }
}

export interface Connection {
  /** Runs one statement that answers nothing; resolves to the number of rows it changed. */
  run(sql: string, values?: readonly Value[]): Promise<number>
  /** Runs one statement and resolves to all its rows. */
  all(sql: string, values?: readonly Value[]): Promise<readonly unknown[]>
  /** Runs several statements without values. */
  script(sql: string): Promise<void>
  close(): Promise<void>
}

/** Opens a file, made when missing unless `readOnly`. Throws SqliteError. */
export async function connect(file: string, readOnly: boolean): Promise<Connection> {
  const mode = readOnly ? sqlite3.OPEN_READONLY : sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE
  const database = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened: sqlite3.Database = new sqlite3.Database(file, mode, (error) =>
      error === null ? resolve(opened) : reject(new SqliteError(error)),
    )
  })
  database.serialize()
  const settle =
    <T>(resolve: (value: T) => void, reject: (error: SqliteError) => void) =>
    (error: Error | null, value: T): void =>
      error === null ? resolve(value) : reject(new SqliteError(error))
  return {
    run: (sql, values = []) =>
      new Promise((resolve, reject) => {
        // A statement that can't even be prepared is told without the object that holds its changes.
        database.run(sql, values, function (this: { readonly changes: number } | undefined, error: Error | null) {
          settle(resolve, reject)(error, this?.changes ?? 0)
        })
      }),
    all: (sql, values = []) => new Promise((resolve, reject) => database.all(sql, values, settle(resolve, reject))),
    script: (sql) =>
      new Promise((resolve, reject) => database.exec(sql, (error) => settle<void>(resolve, reject)(error, undefined))),
    close: () =>
      new Promise((resolve, reject) => database.close((error) => settle<void>(resolve, reject)(error, undefined))),
  }
}
