/** Who is online, by the server's word; nobody without a connection. */
import type { AccountName } from "./types.ts"

export class Online {
  #names = new Set<AccountName>()
  readonly #changed: () => void

  constructor(changed: () => void) {
    this.#changed = changed
  }

  get names(): ReadonlySet<AccountName> {
    return this.#names
  }

  /** These and nobody else. */
  reset(names: readonly AccountName[]): void {
    this.#names = new Set(names)
    this.#changed()
  }

  change(name: AccountName, isOnline: boolean): void {
    if (isOnline) this.#names.add(name)
    else this.#names.delete(name)
    this.#changed()
  }
}
