/**
 * The vault as core uses it: every value encrypted before the platform sees it, with its key as authenticated context, so
 * that records can neither be read nor exchanged. Record names are not encrypted; they hold room ids, numbers and names.
 */
import { seal, unseal } from "./keys.ts"
import type { Vault } from "./platform.ts"

/** A change with its value still readable; undefined deletes. */
const COUNTED_AT_ONCE = 1_000

export interface RecordChange {
  readonly key: string
  readonly value: Uint8Array | undefined
}

/** What `list` reads; `before` and `after` are whole keys, not given together. */
export interface ListRange {
  readonly before?: string
  readonly after?: string
  readonly limit: number
}

/** A record that does not open: written under another key, or damaged. */
export class DamagedRecord extends Error {
  override readonly name = "DamagedRecord"
}

/** Somebody wanted to write after `close`. */
export class ClosedVault extends Error {
  override readonly name = "ClosedVault"
}

export class SealedVault {
  readonly #vault: Vault
  readonly #key: CryptoKey
  readonly #writing = new Set<Promise<void>>()
  #isClosed = false

  constructor(vault: Vault, key: CryptoKey) {
    this.#vault = vault
    this.#key = key
  }

  /** Throws DamagedRecord. */
  async get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const sealed = await this.#vault.get(key)
    return sealed === undefined ? undefined : this.#open(key, sealed)
  }

  /**
   * Records whose keys begin with `prefix`, at most `limit`, in order: the first ones, those that follow the key `after`, or
   * the last ones before the key `before`.
   */
  async list(prefix: string, { before, after, limit }: ListRange) {
    const from = after === undefined ? prefix : `${after}\0`
    const end = before ?? `${prefix}\x7f`
    const found = await this.#vault.range({ from, before: end, limit, newest: before !== undefined })
    return Promise.all(found.map(async ({ key, value }) => ({ key, value: await this.#open(key, value) })))
  }

  /** How many records have keys that begin with `prefix`; none is opened. */
  async count(prefix: string): Promise<number> {
    let count = 0
    for (let from: string | undefined = prefix; from !== undefined; ) {
      const found = await this.#vault.range({ from, before: `${prefix}\x7f`, limit: COUNTED_AT_ONCE, newest: false })
      count += found.length
      const last = found.at(-1)?.key
      from = last === undefined || found.length < COUNTED_AT_ONCE ? undefined : `${last}\0`
    }
    return count
  }

  /** Writes all or nothing, durably. Throws ClosedVault, or what the storage throws. */
  async write(changes: readonly RecordChange[]): Promise<void> {
    const sealed = await Promise.all(
      changes.map(async ({ key, value }) => {
        return { key, value: value === undefined ? undefined : await seal(this.#key, value, key) }
      }),
    )
    if (this.#isClosed) throw new ClosedVault()
    const writing = this.#vault.write(sealed)
    this.#writing.add(writing)
    try {
      await writing
    } finally {
      this.#writing.delete(writing)
    }
  }

  /** From now on nothing is written any more; resolves when what was being written is. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#writing)
    this.#vault.close()
  }

  async #open(key: string, sealed: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const plain = await unseal(this.#key, sealed, key)
    if (plain === undefined) throw new DamagedRecord(key.split("/", 1)[0])
    return plain
  }
}
