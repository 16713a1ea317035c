/**
 * The one write path: a serial queue with group commit. Whatever arrives while a transaction runs goes into the next
 * one, so a hundred messages cost one wait for the disk, not a hundred. Nobody else writes on this connection, and the
 * queue starts no transaction before the last one has ended: interleaved transactions, which lose rows, cannot be
 * written down here.
 *
 * Each job runs inside a savepoint. A job that throws takes back its own changes only, and its neighbours commit. A
 * promise resolves after COMMIT has returned, never before; when COMMIT itself fails, every job of the group fails.
 */
import { UserError } from "../../shared/errors.ts"
import { type Connection, SqliteError } from "./connection.ts"

/** Jobs in one transaction: bounds how long a commit can take. */
const GROUP_MAX = 512
/** Jobs waiting: beyond this the server says that it is busy instead of growing. */
const QUEUE_MAX = 20_000

interface Job {
  readonly work: (connection: Connection) => Promise<() => void>
  readonly fail: (error: unknown) => void
}

/** SQLite's "no room left", in the two ways it says it, becomes the error that a sender can understand. */
function readable(error: unknown): unknown {
  if (!(error instanceof SqliteError)) return error
  const noRoom = error.code === "SQLITE_FULL" || (error.code === "SQLITE_IOERR" && /ENOSPC|disk/i.test(error.message))
  return noRoom ? new UserError("storage_full") : error
}

export class Writer {
  readonly #connection: Connection
  #waiting: Job[] = []
  #running: Promise<void> | undefined

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Runs `work` inside the next transaction; resolves to what it answered, after COMMIT. Throws UserError `busy`. */
  write<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#waiting.length >= QUEUE_MAX) return Promise.reject(new UserError("busy", { seconds: 1 }))
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        work: async (connection) => {
          const answer = await work(connection)
          return () => resolve(answer)
        },
        fail: (error) => reject(readable(error)),
      })
      this.#running ??= this.#drain()
    })
  }

  /** Resolves when nothing is waiting any more. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #drain(): Promise<void> {
    // One turn of patience: what arrives together is written together, even when nothing was running.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, GROUP_MAX))
    this.#running = undefined
  }

  async #commit(jobs: readonly Job[]): Promise<void> {
    const announcements: (() => void)[] = []
    try {
      await this.#connection.run("BEGIN IMMEDIATE")
      for (const job of jobs) {
        const announce = await this.#attempt(job)
        if (announce !== undefined) announcements.push(announce)
      }
      await this.#connection.run("COMMIT")
    } catch (error) {
      await this.#connection.run("ROLLBACK").catch(() => undefined)
      // Those that have failed by themselves already keep their own error: a promise is settled once.
      for (const job of jobs) job.fail(error)
      return
    }
    for (const announce of announcements) announce()
  }

  async #attempt(job: Job): Promise<(() => void) | undefined> {
    await this.#connection.run("SAVEPOINT job")
    try {
      const announce = await job.work(this.#connection)
      await this.#connection.run("RELEASE job")
      return announce
    } catch (error) {
      // A full disk may have ended the whole transaction already; then this throws and the group fails together.
      await this.#connection.run("ROLLBACK TO job")
      await this.#connection.run("RELEASE job")
      job.fail(error)
      return undefined
    }
  }
}
