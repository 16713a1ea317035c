/**
 * Which account key belongs to which name, by what this device has seen (trust on first use), and what its person has made
 * of it. A name that comes with another key is noticed, and nothing is sent to it until its person has accepted the new
 * one. A key that two people have compared (safety-number.ts) is marked as verified, for as long as it stays the same.
 */
import { sameBytes } from "../../shared/bytes.ts"
import { type AccountName, accountName } from "../../shared/ids.ts"
import { PINS, UNACCEPTED, VERIFIED } from "./records.ts"
import type { RecordChange, SealedVault } from "./sealed-vault.ts"
import type { Person } from "./types.ts"

const PINS_MAX = 100_000

type Keys = Map<string, Uint8Array>

export class Pins {
  readonly #keys: Keys
  /** Names whose key has changed, with the one before. */
  readonly #unaccepted: Keys
  readonly #verified: Keys

  private constructor(keys: Keys, unaccepted: Keys, verified: Keys) {
    this.#keys = keys
    this.#unaccepted = unaccepted
    this.#verified = verified
  }

  static async load(vault: SealedVault): Promise<Pins> {
    const [keys, unaccepted, verified] = await Promise.all([
      read(vault, PINS),
      read(vault, UNACCEPTED),
      read(vault, VERIFIED),
    ])
    return new Pins(keys, unaccepted, verified)
  }

  /** The key that a name has by what this device knows. */
  keyOf(name: AccountName): Uint8Array | undefined {
    return this.#keys.get(name)
  }

  /** Whose key this is, by what this device knows. */
  nameOf(accountKey: Uint8Array): AccountName | undefined {
    for (const [name, known] of this.#keys) if (sameBytes(known, accountKey)) return accountName.parse(name, "name")
    return undefined
  }

  /** Whether a name has this key by what this device knows; false also for a name that it does not know. */
  fits(name: string, accountKey: Uint8Array): boolean {
    const known = this.#keys.get(name)
    return known !== undefined && sameBytes(known, accountKey)
  }

  /** Whether a name has another key than before, and nobody has said yet that this is right. */
  isUnaccepted(name: string): boolean {
    return this.#unaccepted.has(name)
  }

  /** Whether the person of this device has compared the key that this name has now. */
  isVerified(name: string): boolean {
    const verified = this.#verified.get(name)
    return verified !== undefined && this.fits(name, verified)
  }

  /** Compares a roster with what is known: what to store, and which names have another key than before. */
  compare(people: readonly Person[]): { readonly changes: RecordChange[]; readonly changed: AccountName[] } {
    const differs = people.filter(({ name, accountKey }) => !this.fits(name, accountKey))
    const changes: RecordChange[] = differs.map(({ name, accountKey }) => ({ key: PINS + name, value: accountKey }))
    const changed: AccountName[] = []
    for (const { name, accountKey } of differs) {
      const before = this.#keys.get(name)
      this.#keys.set(name, accountKey)
      if (before === undefined) continue
      changed.push(name)
      if (!this.#unaccepted.has(name)) this.#unaccepted.set(name, before)
      changes.push({ key: UNACCEPTED + name, value: before })
    }
    return { changes, changed }
  }

  /** Takes the key that a name has now for right. Returns what stores that. */
  accept(name: AccountName): RecordChange[] {
    this.#unaccepted.delete(name)
    return [{ key: UNACCEPTED + name, value: undefined }]
  }

  /** Marks the key that a name has now as compared, or takes the mark away. Returns what stores that. */
  verify(name: AccountName, isVerified: boolean): RecordChange[] {
    const key = this.#keys.get(name)
    if (key === undefined || !isVerified) {
      this.#verified.delete(name)
      return [{ key: VERIFIED + name, value: undefined }]
    }
    this.#verified.set(name, key)
    return [...this.accept(name), { key: VERIFIED + name, value: key }]
  }
}

async function read(vault: SealedVault, prefix: string): Promise<Keys> {
  const found = await vault.list(prefix, { limit: PINS_MAX })
  return new Map(found.map(({ key, value }) => [key.slice(prefix.length), value]))
}
