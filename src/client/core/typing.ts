/** Who is typing, told now and then while it lasts, and forgotten shortly after the last word of it. */
import type { Platform } from "./platform.ts"
import type { AccountName, RoomId } from "./types.ts"

const TELL_EVERY = 2_000
const LASTS = 4_000

export class Typing {
  readonly #platform: Platform
  readonly #stop: AbortSignal
  readonly #changed: (room: RoomId) => void
  readonly #until = new Map<RoomId, Map<AccountName, number>>()
  readonly #told = new Map<RoomId, number>()

  constructor(platform: Platform, stop: AbortSignal, changed: (room: RoomId) => void) {
    this.#platform = platform
    this.#stop = stop
    this.#changed = changed
  }

  /** Who is typing in a room, in the order in which they began. */
  in(room: RoomId): AccountName[] {
    const now = this.#platform.now()
    return [...(this.#until.get(room) ?? [])].filter(([, until]) => until > now).map(([name]) => name)
  }

  /** Somebody is typing. */
  heard(room: RoomId, account: AccountName): void {
    const names = this.#until.get(room) ?? new Map<AccountName, number>()
    this.#until.set(room, names)
    const until = this.#platform.now() + LASTS
    names.set(account, until)
    this.#changed(room)
    void this.#platform.delay(LASTS, this.#stop).then(() => {
      if (names.get(account) === until) this.spoke(room, account)
    })
  }

  /** Somebody has said what they typed, or stopped. */
  spoke(room: RoomId, account: AccountName): void {
    if (this.#until.get(room)?.delete(account)) this.#changed(room)
  }

  /** Whether it is time to tell the server that this person is typing. */
  mayTell(room: RoomId): boolean {
    const now = this.#platform.now()
    if (now - (this.#told.get(room) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY) return false
    this.#told.set(room, now)
    return true
  }
}
