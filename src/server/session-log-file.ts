/**
 * One session log file on the disk: made new and never opened again, since every start begins a session of its own. All
 * writes wait for the disk (fdatasync), and one that fails leaves the file as it was before it.
 */
import { constants } from "node:fs"
import { type FileHandle, open, readFile, rm, stat, truncate } from "node:fs/promises"
import path from "node:path"
import { fileNameOf, type Resumed, resumeFrom } from "./session-log-format.ts"

const MODE = 0o600
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND

export class LogFile {
  readonly name: string
  readonly openedAt: number
  readonly #path: string
  readonly #handle: FileHandle
  #length = 0

  private constructor(file: string, handle: FileHandle, openedAt: number) {
    this.name = path.basename(file)
    this.openedAt = openedAt
    this.#path = file
    this.#handle = handle
  }

  /** Makes the file of a session. Two sessions of one room never share a second: the name of the later takes the next. */
  static async create(dir: string, room: string, openedAt: number): Promise<LogFile> {
    for (let second = openedAt; ; second += 1000) {
      const file = path.join(dir, fileNameOf(room, second))
      const handle = await open(file, FLAGS, MODE).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "EEXIST") return undefined
        throw error
      })
      if (handle === undefined) continue
      await syncFolder(dir)
      return new LogFile(file, handle, openedAt)
    }
  }

  get length(): number {
    return this.#length
  }

  /** Whether the file stands where it was made and holds what was written to it, as far as its length tells. */
  async isIntact(): Promise<boolean> {
    const [ours, there] = await Promise.all([this.#handle.stat(), stat(this.#path).catch(() => undefined)])
    return there?.ino === ours.ino && there.size === this.#length
  }

  /** Appends all of a text and waits for the disk; on any failure the file is as it was. */
  async append(text: string): Promise<void> {
    const bytes = Buffer.from(text)
    try {
      for (let at = 0; at < bytes.length; ) at += (await this.#handle.write(bytes, at)).bytesWritten
      await this.#handle.datasync()
      this.#length += bytes.length
    } catch (error) {
      await this.#handle.truncate(this.#length).catch(() => undefined)
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  /** Closes the file and removes it: for one that could not even be begun. */
  async discard(): Promise<void> {
    await this.close()
    await rm(this.#path, { force: true })
  }
}

/** A new name is durable when its folder is. */
async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Reads how far a file of an earlier start can be trusted, and cuts off the half line that a crash left. Undefined when
 * nothing was ever recorded in it: it is removed. A file that somebody changed stays as it is.
 */
export async function mend(file: string): Promise<Resumed | undefined> {
  const resumed = resumeFrom(await readFile(file, "latin1"))
  if (resumed === undefined) await rm(file)
  else if (!resumed.changed) await truncate(file, resumed.length)
  return resumed
}
