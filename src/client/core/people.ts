/**
 * Who is in a room, as people: the devices of the tree gathered by account. And the keys that names had when they were first
 * seen on this device (trust on first use): a name that comes with another key is noticed.
 */
import { sameBytes } from "../../shared/bytes.ts"
import { type AccountName, accountName, deviceId } from "../../shared/ids.ts"
import type { Member } from "./mls/index.ts"
import { PINS } from "./records.ts"
import type { RecordChange, SealedVault } from "./sealed-vault.ts"
import type { Person } from "./types.ts"

const PINS_MAX = 100_000

/** The accounts of a tree, by name. */
export function peopleOf(members: readonly Member[]): Person[] {
  const found = new Map<string, Person>()
  for (const { name, accountKey, device } of members) {
    const deviceIds = [...(found.get(name)?.deviceIds ?? []), deviceId.parse(device, "device")]
    found.set(name, { name: accountName.parse(name, "name"), accountKey, devices: deviceIds.length, deviceIds })
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

export class Pins {
  readonly #keys: Map<string, Uint8Array>

  private constructor(keys: Map<string, Uint8Array>) {
    this.#keys = keys
  }

  static async load(vault: SealedVault): Promise<Pins> {
    const found = await vault.list(PINS, { limit: PINS_MAX })
    return new Pins(new Map(found.map(({ key, value }) => [key.slice(PINS.length), value])))
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

  /** Compares a roster with what is known: what to store, and which names have another key than before. */
  compare(people: readonly Person[]): { readonly changes: RecordChange[]; readonly changed: AccountName[] } {
    const differs = people.filter(({ name, accountKey }) => !this.fits(name, accountKey))
    const changed = differs.filter(({ name }) => this.#keys.has(name)).map(({ name }) => name)
    for (const { name, accountKey } of differs) this.#keys.set(name, accountKey)
    return { changes: differs.map(({ name, accountKey }) => ({ key: PINS + name, value: accountKey })), changed }
  }
}
