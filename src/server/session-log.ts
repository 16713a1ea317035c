/**
 * The session logs: a plain text file for each session of each room, which the server writes without being able to read
 * what was said (DESIGN section 8; session-log-format.ts has the text). A session begins with the first event after a
 * start, after 30 minutes of quiet, or when a file has grown too large or too old.
 *
 * Lines are written after the database's COMMIT, all that wait at once, then made durable (fdatasync). What could not be
 * written is not kept in memory: the missing events are read from the room's log the next time. The same happens at start
 * for what a crash cut off, so file and database agree. A file that was moved away, deleted or changed while in use is
 * noticed, and a new one is begun that names the chain it continues; what a person did to a file is never undone.
 */
import { mkdir, readdir } from "node:fs/promises"
import path from "node:path"
import type { RoomId } from "../shared/ids.ts"
import { LogFile, mend } from "./session-log-file.ts"
import { chainOfHeader, endOf, eventOf, headerOf, lineOf, roomOfFile } from "./session-log-format.ts"
import { StartError } from "./start-error.ts"
import type { Store } from "./store/index.ts"
import type { Entry } from "./store/log.ts"
import type { Noted } from "./store/session-logs.ts"

const QUIET = 30 * 60 * 1000
const AGE_MAX = 24 * 60 * 60 * 1000
const BYTES_MAX = 10 * 1024 * 1024

export interface SessionLogOptions {
  readonly dir: string
  /** Names this server; without spaces. */
  readonly serverKey: string
  readonly store: Pick<Store, "log" | "rooms" | "sessionLogs">
  readonly now: () => number
  readonly report: (line: string) => void
}

/** One room's place in its session log. */
interface Place {
  /** The last event that is on the disk, and the chain after it. */
  seq: number
  chain: string
  file: LogFile | undefined
  /** When the last line was written. */
  lastAt: number
}

export class SessionLogs {
  readonly #options: SessionLogOptions
  readonly #places: Map<RoomId, Place>
  #waiting = new Map<RoomId, Entry[]>()
  #running: Promise<void> | undefined
  #failing = false

  private constructor(options: SessionLogOptions, places: Map<RoomId, Place>) {
    this.#options = options
    this.#places = places
  }

  /** Opens the folder and mends what a crash left. Throws StartError. */
  static async open(options: SessionLogOptions): Promise<SessionLogs> {
    const { dir, store, report } = options
    const places = new Map<RoomId, Place>()
    try {
      await mkdir(dir, { recursive: true, mode: 0o700 })
      const names = (await readdir(dir)).sort().reverse()
      await store.sessionLogs.turn(true)
      for (const noted of await store.sessionLogs.all()) {
        const newestFirst = names.filter((name) => roomOfFile(name) === noted.room)
        places.set(noted.room, await placeOf(dir, newestFirst, noted, report))
      }
    } catch (error) {
      throw new StartError(
        `The session logs in ${dir} can't be opened (${codeOf(error)}). Check that LOG_DIR is a folder that this user may write to, or set SESSION_LOGS to off.`,
      )
    }
    const logs = new SessionLogs(options, places)
    for (const room of places.keys()) logs.#waiting.set(room, [])
    logs.#running = logs.#drain()
    await logs.#running
    return logs
  }

  /** Takes a committed entry; it is written soon. Never throws. */
  append(entry: Entry): void {
    const waiting = this.#waiting.get(entry.room)
    if (waiting === undefined) this.#waiting.set(entry.room, [entry])
    else waiting.push(entry)
    this.#running ??= this.#drain()
  }

  /** Writes what waits, ends the sessions and closes the files. */
  async close(): Promise<void> {
    await this.idle()
    for (const [room, place] of this.#places) await this.#end(room, place).catch((error) => this.#fail(error))
  }

  /** Resolves when nothing waits to be written. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #drain(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.size > 0) {
      const waiting = this.#waiting
      this.#waiting = new Map()
      for (const [room, entries] of waiting)
        await this.#write(room, entries).then(
          () => {
            this.#failing = false
          },
          (error: unknown) => this.#fail(error),
        )
    }
    this.#running = undefined
  }

  async #write(room: RoomId, entries: readonly Entry[]): Promise<void> {
    const place = this.#places.get(room) ?? { seq: 0, chain: "none", file: undefined, lastAt: 0 }
    this.#places.set(room, place)
    let next = entries[0]?.seq === place.seq + 1 ? entries : await this.#options.store.log.read(room, place.seq)
    while (next.length > 0) {
      await this.#writeAll(room, place, next)
      next = await this.#missing(room, place, entries)
    }
  }

  /** What is still not in the file after a part of the room's log was written. */
  async #missing(room: RoomId, { seq }: Place, entries: readonly Entry[]): Promise<readonly Entry[]> {
    const last = entries.at(-1)
    return last !== undefined && last.seq <= seq ? [] : this.#options.store.log.read(room, seq)
  }

  async #writeAll(room: RoomId, place: Place, entries: readonly Entry[]): Promise<void> {
    const file = await this.#fileFor(room, place)
    let { chain } = place
    const lines = entries.map((entry) => {
      const made = lineOf(eventOf(entry), chain)
      chain = made.chain
      return made.line
    })
    await file.append(lines.join(""))
    place.chain = chain
    place.seq = entries.at(-1)?.seq ?? place.seq
    place.lastAt = this.#options.now()
  }

  async #fileFor(room: RoomId, place: Place): Promise<LogFile> {
    const now = this.#options.now()
    const { file } = place
    if (file !== undefined) {
      const isIntact = await file.isIntact()
      const goesOn = now - place.lastAt < QUIET && now - file.openedAt < AGE_MAX && file.length < BYTES_MAX
      if (isIntact && goesOn) return file
      if (isIntact) await this.#end(room, place)
      else await this.#giveUp(place, file)
    }
    place.file = await this.#begin(room, place, now)
    return place.file
  }

  async #giveUp(place: Place, file: LogFile): Promise<void> {
    this.#options.report(`The session log ${file.name} was moved, deleted or changed; a new one is begun.`)
    place.file = undefined
    await file.close()
  }

  async #begin(room: RoomId, place: Place, now: number): Promise<LogFile> {
    const { dir, serverKey, store } = this.#options
    const kind = (await store.rooms.kind(room)) ?? "unknown"
    const header = headerOf({ room, kind, openedAt: now, serverKey, previous: place.chain })
    const file = await LogFile.create(dir, room, now)
    try {
      await store.sessionLogs.note({ room, file: file.name, seq: place.seq, chain: place.chain })
      await file.append(header)
    } catch (error) {
      await file.discard()
      throw error
    }
    place.chain = chainOfHeader(header)
    return file
  }

  async #end(room: RoomId, place: Place): Promise<void> {
    const { file } = place
    if (file === undefined) return
    place.file = undefined
    const { line, chain } = lineOf(endOf(this.#options.now(), place.seq), place.chain)
    try {
      await file.append(line)
      place.chain = chain
      await this.#options.store.sessionLogs.note({ room, file: file.name, seq: place.seq, chain })
    } finally {
      await file.close()
    }
  }

  #fail(error: unknown): void {
    if (!this.#failing)
      this.#options.report(
        `The session logs can't be written (${codeOf(error)}). What is missing follows when they can.`,
      )
    this.#failing = true
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "unknown reason"

/** Where a room's log goes on: what its newest file says, and what is noted where the file can't say it. */
async function placeOf(
  dir: string,
  newestFirst: readonly string[],
  noted: Noted,
  report: (line: string) => void,
): Promise<Place> {
  const place = (seq: number, chain: string): Place => ({ seq, chain, file: undefined, lastAt: 0 })
  for (const name of newestFirst) {
    if (name < noted.file) break
    const resumed = await mend(path.join(dir, name))
    if (resumed === undefined) continue
    if (resumed.changed) report(`The session log ${name} was changed after "${resumed.seq}"; it stays as it is.`)
    const isPast = resumed.changed && resumed.seq < noted.seq
    return place(Math.max(resumed.seq, noted.seq), isPast ? noted.chain : resumed.chain)
  }
  if (noted.file !== "")
    report(`The session log ${noted.file} was moved or deleted; what is known of it is written anew.`)
  return place(noted.seq, noted.chain)
}
