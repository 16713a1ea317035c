/**
 * Who is online: an account is from its first ready connection until a little after its last one. The grace time hides
 * reloads and short losses of the network. Changes are announced, never the whole list, so that a coming and going costs one
 * small frame per connection.
 */
import type { AccountName } from "../shared/ids.ts"

export interface PresenceOptions {
  /** Milliseconds between the last connection's end and the account's being offline. */
  readonly grace: number
  readonly announce: (account: AccountName, online: boolean) => void
}

export class Presence {
  readonly #options: PresenceOptions
  readonly #connections = new Map<AccountName, number>()
  readonly #leaving = new Map<AccountName, NodeJS.Timeout>()

  constructor(options: PresenceOptions) {
    this.#options = options
  }

  /** A connection of this account is ready. */
  enter(account: AccountName): void {
    const before = this.#connections.get(account) ?? 0
    this.#connections.set(account, before + 1)
    const leaving = this.#leaving.get(account)
    clearTimeout(leaving)
    this.#leaving.delete(account)
    if (before === 0 && leaving === undefined) this.#options.announce(account, true)
  }

  /** A ready connection of this account has ended. */
  leave(account: AccountName): void {
    const left = (this.#connections.get(account) ?? 1) - 1
    if (left > 0) {
      this.#connections.set(account, left)
      return
    }
    this.#connections.delete(account)
    const timer = setTimeout(() => {
      this.#leaving.delete(account)
      this.#options.announce(account, false)
    }, this.#options.grace)
    timer.unref()
    this.#leaving.set(account, timer)
  }

  /** Names of all who are online, sorted. */
  online(): AccountName[] {
    return [...new Set([...this.#connections.keys(), ...this.#leaving.keys()])].sort()
  }

  /** Forgets everybody. */
  close(): void {
    for (const timer of this.#leaving.values()) clearTimeout(timer)
    this.#leaving.clear()
    this.#connections.clear()
  }
}
