/**
 * The session logs: a plain text file for each session of each room, which the server writes without being able to read
 * what was said (DESIGN section 8; session-log-format.ts has the text). A session begins with the first event after a
 * start, after 30 minutes of quiet, or when a file has grown too large or too old.
 *
 * Lines are written after the database's COMMIT, all that wait at once, then made durable (fdatasync). What could not be
 * written is not kept in memory: the file is cut back to its last whole line, and the missing events are read from the
 * room's log the next time. The same happens at start for what a crash cut off, so file and database agree. A file that was
 * moved away or deleted while in use is noticed, and a new one is begun that names the chain it continues.
 */
import { constants } from "node:fs"
import { type FileHandle, mkdir, open, readdir, readFile, rm, stat, truncate } from "node:fs/promises"
import path from "node:path"
import type { RoomId } from "../shared/ids.ts"
import { GENERAL_ROOM } from "../shared/limits.ts"
import {
  chainOfHeader,
  endOf,
  eventOf,
  fileNameOf,
  headerOf,
  lineOf,
  resumeFrom,
  roomOfFile,
} from "./session-log-format.ts"
import { StartError } from "./start-error.ts"
import type { Store } from "./store/index.ts"
import type { Entry } from "./store/log.ts"

const QUIET = 30 * 60 * 1000
const AGE_MAX = 24 * 60 * 60 * 1000
const BYTES_MAX = 10 * 1024 * 1024
const MODE = 0o600

export interface SessionLogOptions {
  readonly dir: string
  /** Names this server; without spaces. */
  readonly serverKey: string
  readonly store: Pick<Store, "log">
  readonly now: () => number
  readonly report: (line: string) => void
}

interface OpenFile {
  readonly name: string
  readonly handle: FileHandle
  readonly openedAt: number
  length: number
  lastAt: number
}

/** One room's place in its session log. */
interface Place {
  /** The last event that is on the disk, and the chain after it. */
  seq: number
  chain: string
  file: OpenFile | undefined
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
    const { dir, store } = options
    const places = new Map<RoomId, Place>()
    try {
      await mkdir(dir, { recursive: true, mode: 0o700 })
      const names = (await readdir(dir)).filter((name) => roomOfFile(name) !== undefined).sort()
      for (const { room, head } of await store.log.heads()) {
        const newest = names.filter((name) => roomOfFile(name) === room).reverse()
        places.set(room, await mend(dir, newest, head))
      }
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason"
      throw new StartError(
        `The session logs in ${dir} can't be opened (${code}). Check that LOG_DIR is a folder that this user may write to, or set SESSION_LOGS to off.`,
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
    const place = this.#places.get(room) ?? { seq: 0, chain: "none", file: undefined }
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
    await writeDurably(file, lines.join(""))
    place.chain = chain
    place.seq = entries.at(-1)?.seq ?? place.seq
    file.lastAt = this.#options.now()
  }

  async #fileFor(room: RoomId, place: Place): Promise<OpenFile> {
    const now = this.#options.now()
    const { file } = place
    if (file !== undefined) {
      const isThere = await this.#isThere(file)
      const goesOn = now - file.lastAt < QUIET && now - file.openedAt < AGE_MAX && file.length < BYTES_MAX
      if (isThere && goesOn) return file
      if (!isThere) this.#options.report(`The session log ${file.name} was moved away or deleted; a new one is begun.`)
      if (isThere) await this.#end(room, place)
      else await file.handle.close()
      place.file = undefined
    }
    place.file = await this.#begin(room, place, now)
    return place.file
  }

  async #isThere({ name, handle }: OpenFile): Promise<boolean> {
    const [ours, there] = await Promise.all([handle.stat(), stat(this.#pathOf(name)).catch(() => undefined)])
    return there?.ino === ours.ino
  }

  async #begin(room: RoomId, place: Place, now: number): Promise<OpenFile> {
    const kind = room === GENERAL_ROOM ? "general" : "chat"
    const header = headerOf({ room, kind, openedAt: now, serverKey: this.#options.serverKey, previous: place.chain })
    // Two sessions of one room never share a second: the name of the second one takes the next.
    for (let openedAt = now; ; openedAt += 1000) {
      const name = fileNameOf(room, openedAt)
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND
      const handle = await open(this.#pathOf(name), flags, MODE).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "EEXIST") return undefined
        throw error
      })
      if (handle === undefined) continue
      const file: OpenFile = { name, handle, openedAt: now, length: 0, lastAt: now }
      await writeDurably(file, header)
      place.chain = chainOfHeader(header)
      return file
    }
  }

  async #end(_room: RoomId, place: Place): Promise<void> {
    const { file } = place
    if (file === undefined) return
    place.file = undefined
    const { line, chain } = lineOf(endOf(this.#options.now(), place.seq), place.chain)
    try {
      await writeDurably(file, line)
      place.chain = chain
    } finally {
      await file.handle.close()
    }
  }

  #pathOf(name: string): string {
    return path.join(this.#options.dir, name)
  }

  #fail(error: unknown): void {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason"
    if (!this.#failing)
      this.#options.report(`The session logs can't be written (${code}). What is missing is written when they can.`)
    this.#failing = true
  }
}

/** Appends all of a text and waits for the disk; on any failure the file is as it was. */
async function writeDurably(file: OpenFile, text: string): Promise<void> {
  const bytes = Buffer.from(text)
  try {
    for (let at = 0; at < bytes.length; ) at += (await file.handle.write(bytes, at)).bytesWritten
    await file.handle.datasync()
    file.length += bytes.length
  } catch (error) {
    await file.handle.truncate(file.length).catch(() => undefined)
    throw error
  }
}

/** Finds where a room's newest file ends, cutting off a line that a crash left unfinished. */
async function mend(dir: string, newestFirst: readonly string[], head: number): Promise<Place> {
  for (const name of newestFirst) {
    const file = path.join(dir, name)
    const resumed = resumeFrom(await readFile(file, "utf8"))
    if (resumed === undefined) {
      // Not even its header was finished: nothing was ever recorded in it.
      await rm(file)
      continue
    }
    await truncate(file, resumed.length)
    return { seq: resumed.seq, chain: resumed.chain, file: undefined }
  }
  // No file: logging was off, or somebody removed them. It begins with what comes now.
  return { seq: head, chain: "none", file: undefined }
}
