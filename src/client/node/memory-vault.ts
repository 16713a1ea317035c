/**
 * Vaults in memory: gone with the process, shared by whoever opens the same account of the same MemoryVaults. Values are
 * copied on their way in and out, as real storage does, so that nobody changes by accident what is stored.
 */
import type { Vault, VaultChange, VaultRange } from "../core/platform.ts"

/** Records in the order of their keys. Also what a file vault holds of its file (file-vault.ts). */
export class Records {
  readonly #values = new Map<string, Uint8Array>()
  readonly #keys: string[] = []

  get(key: string): Uint8Array | undefined {
    const value = this.#values.get(key)
    return value === undefined ? undefined : new Uint8Array(value)
  }

  range({ from, before, limit, newest }: VaultRange): { readonly key: string; readonly value: Uint8Array }[] {
    const start = this.#placeOf(from)
    const end = Math.max(start, this.#placeOf(before))
    const keys = newest
      ? this.#keys.slice(Math.max(start, end - limit), end)
      : this.#keys.slice(start, Math.min(end, start + limit))
    return keys.map((key) => ({ key, value: this.get(key) ?? new Uint8Array() }))
  }

  apply(changes: readonly VaultChange[]): void {
    for (const { key, value } of changes) {
      const place = this.#placeOf(key)
      const isKnown = this.#keys[place] === key
      if (value === undefined) {
        if (isKnown) this.#keys.splice(place, 1)
        this.#values.delete(key)
        continue
      }
      if (!isKnown) this.#keys.splice(place, 0, key)
      // Not slice(): of a Buffer, that would be another view of the same bytes.
      this.#values.set(key, new Uint8Array(value))
    }
  }

  /** All records as changes that make them again. */
  all(): VaultChange[] {
    return this.#keys.map((key) => ({ key, value: this.#values.get(key) }))
  }

  clear(): void {
    this.#keys.length = 0
    this.#values.clear()
  }

  /** Where a key stands, or would. */
  #placeOf(key: string): number {
    let low = 0
    let high = this.#keys.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#keys[middle] ?? "") < key) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** The vaults of one device, by account. */
export class MemoryVaults {
  readonly #byAccount = new Map<string, Records>()

  /** Opens or makes an account's vault. */
  open(account: string): Vault {
    const records = this.#byAccount.get(account) ?? new Records()
    this.#byAccount.set(account, records)
    return {
      get: async (key) => records.get(key),
      range: async (range) => records.range(range),
      write: async (changes) => records.apply(changes),
      close: () => undefined,
      destroy: async () => records.clear(),
    }
  }
}
