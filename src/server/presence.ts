/**
 * Who is online: an account is from its first ready connection until a little after its last one. The grace time hides
 * reloads and short losses of the network. Changes are announced, never the whole list, so that a coming and going costs
 * one small frame per connection.
 */
import type { AccountName } from "../shared/ids.ts"
import { LIMITS } from "../shared/limits.ts"
import type { After } from "./turn.ts"

export interface PresenceOptions {
  readonly after: After
  readonly announce: (account: AccountName, online: boolean) => void
}

export class Presence {
  readonly #options: PresenceOptions
  readonly #connections = new Map<AccountName, number>()
  /** Accounts that count as online for a little longer; the function takes that back. */
  readonly #leaving = new Map<AccountName, () => void>()

  constructor(options: PresenceOptions) {
    this.#options = options
  }

  /** A connection of this account is ready. */
  enter(account: AccountName): void {
    const before = this.#connections.get(account) ?? 0
    this.#connections.set(account, before + 1)
    const stay = this.#leaving.get(account)
    if (stay !== undefined) {
      stay()
      this.#leaving.delete(account)
    } else if (before === 0) this.#options.announce(account, true)
  }

  /** A ready connection of this account has ended. `atOnce`: it logged out, so that nobody waits for it to come back. */
  leave(account: AccountName, atOnce = false): void {
    const left = (this.#connections.get(account) ?? 0) - 1
    if (left > 0) {
      this.#connections.set(account, left)
      return
    }
    if (!this.#connections.delete(account)) return
    const gone = () => {
      this.#leaving.delete(account)
      this.#options.announce(account, false)
    }
    if (atOnce) gone()
    else this.#leaving.set(account, this.#options.after(LIMITS.presenceGrace, gone))
  }

  /** Names of all who are online, sorted. */
  online(): AccountName[] {
    return [...this.#connections.keys(), ...this.#leaving.keys()].sort()
  }

  /** Forgets everybody without a word. */
  close(): void {
    for (const stay of this.#leaving.values()) stay()
    this.#leaving.clear()
    this.#connections.clear()
  }
}
