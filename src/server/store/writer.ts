/**
 * The one write path: a serial queue with group commit. Whatever arrives while a transaction runs goes into the next
 * one, so a hundred messages cost one wait for the disk, not a hundred. Nobody else writes on this connection, and the
 * queue starts no transaction before the last one has ended: interleaved transactions, which lose rows, cannot be
 * written down here.
 *
 * Neighbours in the queue that ask the same batched question are put to it together. Each job runs inside a savepoint:
 * one that throws takes back its own changes only, is tried input by input, and its neighbours commit. When the
 * transaction itself ends (a full disk makes SQLite roll back all of it), every job gets a transaction of its own, so
 * that only those fail that cannot be done. Answers go out after COMMIT has returned, never before, in queue order.
 */
import { UserError } from "../../shared/errors.ts"
import { type Connection, SqliteError } from "./connection.ts"

/** Inputs in one transaction: bounds how long a commit can take. */
const GROUP_MAX = 512
/** Inputs and their bytes waiting: beyond this the server says that it is busy instead of growing. */
const QUEUE_MAX = 20_000
const QUEUE_BYTES_MAX = 64 * 1024 * 1024

interface Extras<O> {
  /** The bytes that the input holds while it waits. */
  readonly size?: number
  /** Called with the answer after COMMIT, before any promise of the group resolves. Must not throw. */
  readonly committed?: (answer: O) => void
}

interface Call<I, O> extends Extras<O> {
  readonly input: I
  readonly resolve: (answer: O) => void
  readonly reject: (error: unknown) => void
}

/** Answers many inputs in one transaction, in their order; a UserError refuses its input alone. */
export type BatchWork<I, O> = (connection: Connection, inputs: readonly I[]) => Promise<readonly (O | UserError)[]>

/** Calls of one kind that are put together, one or more. */
interface Job {
  readonly calls: readonly { readonly size?: number }[]
  /** Does the work and keeps the answers; may be run again after a rollback. */
  readonly run: (connection: Connection) => Promise<void>
  readonly announce: () => void
  readonly settle: () => void
  readonly fail: (error: unknown) => void
  /** The same calls as jobs of one each. */
  readonly singly: () => readonly Job[]
}

function jobOf<I, O>(work: BatchWork<I, O>, calls: readonly Call<I, O>[]): Job {
  let answered: readonly (readonly [Call<I, O>, O | UserError])[] = []
  return {
    calls,
    run: async (connection) => {
      const inputs = calls.map(({ input }) => input)
      const answers = await work(connection, inputs)
      if (answers.length !== calls.length) throw new Error("a batch left questions unanswered")
      // An answer may well be undefined; what is not there at all was ruled out.
      answered = calls.map((call, index) => [call, answers[index] as O | UserError])
    },
    announce: () => {
      for (const [{ committed }, answer] of answered) if (!(answer instanceof UserError)) committed?.(answer)
    },
    settle: () => {
      for (const [{ resolve, reject }, answer] of answered)
        if (answer instanceof UserError) reject(answer)
        else resolve(answer)
    },
    fail: (error) => {
      for (const { reject } of calls) reject(readable(error))
    },
    singly: () => calls.map((call) => jobOf(work, [call])),
  }
}

/** SQLite's "no room left", in the two ways it says it, becomes the error that a sender can understand. */
function readable(error: unknown): unknown {
  if (!(error instanceof SqliteError)) return error
  const noRoom = error.code === "SQLITE_FULL" || (error.code === "SQLITE_IOERR" && /ENOSPC|disk/i.test(error.message))
  return noRoom ? new UserError("storage_full") : error
}

export class Writer {
  readonly #connection: Connection
  readonly #waiting: Job[] = []
  #count = 0
  #bytes = 0
  #running: Promise<void> | undefined

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Runs `work` inside the next transaction; resolves to what it answered, after COMMIT. Throws UserError `busy`. */
  write<T>(work: (connection: Connection) => Promise<T>, extras: Extras<T> = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const call = { ...extras, input: undefined, resolve, reject }
      this.#admit(call, () => {
        this.#waiting.push(jobOf(async (connection) => [await work(connection)], [call]))
      })
    })
  }

  /** Makes a question that takes many inputs at once; each call gives one and gets its own answer as `write` does. */
  batched<I, O>(work: BatchWork<I, O>): (input: I, extras?: Extras<O>) => Promise<O> {
    let calls: Call<I, O>[] = []
    let job: Job | undefined
    return (input, extras = {}) =>
      new Promise<O>((resolve, reject) => {
        const call = { ...extras, input, resolve, reject }
        this.#admit(call, () => {
          if (job !== undefined && this.#waiting.at(-1) === job && calls.length < GROUP_MAX) {
            calls.push(call)
            return
          }
          calls = [call]
          job = jobOf(work, calls)
          this.#waiting.push(job)
        })
      })
  }

  /** Resolves when nothing is waiting any more. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  #admit({ size = 0, reject }: Pick<Call<unknown, never>, "size" | "reject">, enqueue: () => void): void {
    if (this.#count >= QUEUE_MAX || this.#bytes + size > QUEUE_BYTES_MAX) {
      reject(new UserError("busy", { seconds: 1 }))
      return
    }
    this.#count += 1
    this.#bytes += size
    enqueue()
    this.#running ??= this.#drain()
  }

  async #drain(): Promise<void> {
    // One turn of the event loop: what all sockets bring in one turn is written together.
    await new Promise((resolve) => setImmediate(resolve))
    for (let group = this.#take(); group.length > 0; group = this.#take()) await this.#commit(group)
    this.#running = undefined
  }

  #take(): readonly Job[] {
    const group: Job[] = []
    let count = 0
    for (let job = this.#waiting.shift(); job !== undefined; job = this.#waiting.shift()) {
      group.push(job)
      count += job.calls.length
      for (const { size = 0 } of job.calls) this.#bytes -= size
      if (count >= GROUP_MAX) break
    }
    this.#count -= count
    return group
  }

  async #commit(group: readonly Job[]): Promise<void> {
    const failures = new Map<Job, unknown>()
    const done: Job[] = []
    try {
      await this.#connection.run("BEGIN IMMEDIATE")
      for (const job of group) done.push(...(await this.#attempt(job, failures)))
      await this.#connection.run("COMMIT")
    } catch (error) {
      // Whatever ended the transaction may have rolled it back already.
      await this.#connection.run("ROLLBACK").catch(() => undefined)
      return this.#apart(group, error)
    }
    for (const job of done) job.announce()
    for (const job of done) job.settle()
    for (const [job, error] of failures) job.fail(error)
  }

  /** Runs a job in a savepoint; resolves to what was done of it, and notes what was not. */
  async #attempt(job: Job, failures: Map<Job, unknown>): Promise<readonly Job[]> {
    await this.#connection.run("SAVEPOINT job")
    try {
      await job.run(this.#connection)
      await this.#connection.run("RELEASE job")
      return [job]
    } catch (error) {
      // When the whole transaction is gone, so is the savepoint: what ended it says why, and the group is tried apart.
      await this.#connection.run("ROLLBACK TO job").catch(() => {
        throw error
      })
      await this.#connection.run("RELEASE job")
      if (job.calls.length > 1) {
        const done: Job[] = []
        for (const one of job.singly()) done.push(...(await this.#attempt(one, failures)))
        return done
      }
      failures.set(job, error)
      return []
    }
  }

  /** After a transaction that came to nothing: each call in one of its own, so that only the impossible ones fail. */
  async #apart(group: readonly Job[], error: unknown): Promise<void> {
    const [only, ...others] = group
    if (others.length === 0 && only?.calls.length === 1) return only.fail(error)
    for (const job of group.flatMap((each) => each.singly())) await this.#commit([job])
  }
}
