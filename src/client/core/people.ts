/**
 * Who is in a room, as people: the devices of the tree gathered by account. And the keys that names had when they were first
 * seen on this device (trust on first use): a name that comes with another key is noticed.
 */
import { toHex } from "../../shared/bytes.ts"
import { type AccountName, accountName } from "../../shared/ids.ts"
import type { Member } from "./mls/index.ts"
import { PINS } from "./records.ts"
import type { RecordChange, SealedVault } from "./sealed-vault.ts"
import type { Person } from "./types.ts"

const PINS_MAX = 100_000

/** The accounts of a tree, by name. */
export function peopleOf(members: readonly Member[]): Person[] {
  const found = new Map<string, Person>()
  for (const { name, accountKey } of members) {
    const devices = (found.get(name)?.devices ?? 0) + 1
    found.set(name, { name: accountName.parse(name, "name"), accountKey, devices })
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

export class Pins {
  readonly #keys: Map<string, string>

  private constructor(keys: Map<string, string>) {
    this.#keys = keys
  }

  static async load(vault: SealedVault): Promise<Pins> {
    const found = await vault.list(PINS, { limit: PINS_MAX })
    return new Pins(new Map(found.map(({ key, value }) => [key.slice(PINS.length), toHex(value)])))
  }

  /** Compares a roster with what is known: what to store, and which names have another key than before. */
  compare(people: readonly Person[]): { readonly changes: RecordChange[]; readonly changed: AccountName[] } {
    const differs = people.filter(({ name, accountKey }) => this.#keys.get(name) !== toHex(accountKey))
    const changed = differs.filter(({ name }) => this.#keys.has(name)).map(({ name }) => name)
    for (const { name, accountKey } of differs) this.#keys.set(name, toHex(accountKey))
    return { changes: differs.map(({ name, accountKey }) => ({ key: PINS + name, value: accountKey })), changed }
  }
}
