/**
 * A vault in one file: a journal of writes, each whole or not there at all.
 *
 *     file   = "SCV1" write*
 *     write  = u32 length of the body | first 8 bytes of SHA-256 of the body | body
 *     body   = change*
 *     change = u16 length of the key | key | u8 1, u32 length of the value, value  or  u8 0 (deleted)
 *
 * A write is acknowledged after fsync. A crash can leave an unfinished write at the end: opening cuts it off. When the file
 * holds much more than the records that are left, it is written anew beside the old one and renamed over it. All records
 * are held in memory as well; a device of some months has a few megabytes.
 *
 * Values come encrypted (core/sealed-vault.ts); the file has mode 0600 all the same. One process may have it open.
 */
import { createHash } from "node:crypto"
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises"
import path from "node:path"
import type { Vault, VaultChange, VaultRange } from "../core/platform.ts"
import { Serial } from "../core/serial.ts"
import { Records } from "./memory-vault.ts"

const MAGIC = Buffer.from("SCV1")
const CHECK_LENGTH = 8
const HEAD_LENGTH = 4 + CHECK_LENGTH
/** The file is written anew when it is larger than this and more than twice what it holds. */
const ROOMY = 4 * 1024 * 1024

/**
 * Opens or makes the vault of an account in a folder: the file `<account>.vault`. Throws what the file system throws, and an
 * Error when the file is no vault. `account` becomes part of a path: only a name that was parsed may get here.
 */
export async function openFileVault(folder: string, account: string): Promise<Vault> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const vault = new FileVault(path.join(folder, `${account}.vault`))
  await vault.load()
  return vault
}

class FileVault implements Vault {
  readonly #path: string
  readonly #records = new Records()
  readonly #serial = new Serial()
  #length = MAGIC.length
  #isOpen = true

  constructor(file: string) {
    this.#path = file
  }

  async load(): Promise<void> {
    await withFile(this.#path, "a+", async (file) => {
      const bytes = await file.readFile()
      if (bytes.length === 0) await file.appendFile(MAGIC)
      else this.#replay(bytes)
      if (this.#length < bytes.length) await file.truncate(this.#length)
      await file.sync()
    })
    await syncFolderOf(this.#path)
  }

  #replay(bytes: Buffer): void {
    const { changes, length } = readJournal(bytes)
    for (const each of changes) this.#records.apply(each)
    this.#length = length
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#records.get(key)
  }

  async range(range: VaultRange) {
    return this.#records.range(range)
  }

  write(changes: readonly VaultChange[]): Promise<void> {
    return this.#serial.run(async () => {
      if (!this.#isOpen) throw new Error("the vault is closed")
      const bytes = writeEntry(changes)
      await withFile(this.#path, "a", (file) => this.#append(file, bytes))
      this.#length += bytes.length
      this.#records.apply(changes)
      if (this.#length > ROOMY) await this.#tidy()
    })
  }

  close(): void {
    this.#isOpen = false
  }

  destroy(): Promise<void> {
    this.#isOpen = false
    return this.#serial.run(async () => {
      this.#records.clear()
      await rm(this.#path, { force: true })
    })
  }

  async #append(file: FileHandle, bytes: Buffer): Promise<void> {
    try {
      await file.appendFile(bytes)
      await file.datasync()
    } catch (error) {
      await file.truncate(this.#length)
      throw error
    }
  }

  async #tidy(): Promise<void> {
    const whole = Buffer.concat([MAGIC, writeEntry(this.#records.all())])
    if (this.#length < 2 * whole.length) return
    const beside = `${this.#path}.new`
    await withFile(beside, "w", async (file) => {
      await file.writeFile(whole)
      await file.sync()
    })
    await rename(beside, this.#path)
    await syncFolderOf(this.#path)
    this.#length = whole.length
  }
}

async function withFile<T>(name: string, flags: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(name, flags, 0o600)
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

async function syncFolderOf(file: string): Promise<void> {
  await withFile(path.dirname(file), "r", (folder) => folder.sync())
}

function writeEntry(changes: readonly VaultChange[]): Buffer {
  const body = Buffer.concat(changes.flatMap(writeChange))
  const head = Buffer.alloc(4)
  head.writeUInt32BE(body.length)
  return Buffer.concat([head, checkOf(body), body])
}

function writeChange({ key, value }: VaultChange): Uint8Array[] {
  const name = Buffer.from(key, "latin1")
  const head = Buffer.alloc(2)
  head.writeUInt16BE(name.length)
  if (value === undefined) return [head, name, Buffer.of(0)]
  const length = Buffer.alloc(5)
  length.writeUInt8(1)
  length.writeUInt32BE(value.length, 1)
  return [head, name, length, value]
}

const checkOf = (body: Uint8Array) => createHash("sha256").update(body).digest().subarray(0, CHECK_LENGTH)

/** The whole writes of a file, and where the last one ends. Throws when it is no vault. */
function readJournal(bytes: Buffer): { readonly changes: VaultChange[][]; readonly length: number } {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error("the file is not a vault")
  const changes: VaultChange[][] = []
  let at = MAGIC.length
  while (at + HEAD_LENGTH <= bytes.length) {
    const end = at + HEAD_LENGTH + bytes.readUInt32BE(at)
    const body = bytes.subarray(at + HEAD_LENGTH, end)
    if (end > bytes.length || !checkOf(body).equals(bytes.subarray(at + 4, at + HEAD_LENGTH))) break
    changes.push(readBody(body))
    at = end
  }
  return { changes, length: at }
}

function readBody(body: Buffer): VaultChange[] {
  const changes: VaultChange[] = []
  let at = 0
  while (at < body.length) {
    const keyEnd = at + 2 + body.readUInt16BE(at)
    const key = body.toString("latin1", at + 2, keyEnd)
    const isThere = body.readUInt8(keyEnd) === 1
    const start = isThere ? keyEnd + 5 : keyEnd + 1
    const end = isThere ? start + body.readUInt32BE(keyEnd + 1) : start
    changes.push({ key, value: isThere ? body.subarray(start, end) : undefined })
    at = end
  }
  return changes
}
