/**
 * Token buckets in memory: how often somebody may do something. Each kind of action has its own rate; each key (an
 * account, an address) has its own bucket. A bucket that was emptied stays shut for the pause its rate asks for, so that
 * whoever floods waits once, and knows how long, instead of meeting a refusal at every other message.
 *
 * Memory is bounded: past KEYS_MAX buckets the one that was not used for the longest time is given up. Accounts are too few
 * to get there; an attacker with more networks than that gains nothing by it, since each has a bucket of its own anyway.
 */
import type { Rate } from "./config.ts"

const KEYS_MAX = 50_000
/** Tokens are fractions: what many small refills have lost by rounding must not cost anybody a pause. */
const ROUNDING = 1e-6

interface Bucket {
  tokens: number
  /** When `tokens` was true, in milliseconds. */
  at: number
  /** Nothing before this time, in milliseconds. */
  shutUntil: number
}

export type Limited = "messages" | "typing" | "commits" | "claims" | "sign-ups"

export class RateLimiter {
  readonly #rates: Readonly<Record<Limited, Rate>>
  readonly #now: () => number
  readonly #keysMax: number
  readonly #buckets = new Map<string, Bucket>()

  constructor(rates: Readonly<Record<Limited, Rate>>, now: () => number, keysMax: number = KEYS_MAX) {
    this.#rates = rates
    this.#now = now
    this.#keysMax = keysMax
  }

  /** Takes one token. Returns 0 when there was one, otherwise the whole seconds until there will be. */
  take(kind: Limited, key: string): number {
    const rate = this.#rates[kind]
    const now = this.#now()
    const bucket = this.#refilled(`${kind} ${key}`, rate, now)
    if (bucket.shutUntil > now) return Math.ceil((bucket.shutUntil - now) / 1000)
    if (bucket.tokens > 1 - ROUNDING) {
      bucket.tokens = Math.max(0, bucket.tokens - 1)
      return 0
    }
    const untilNext = ((1 - bucket.tokens) / rate.perSecond) * 1000
    bucket.shutUntil = now + Math.max(untilNext, rate.pause * 1000)
    return Math.max(1, Math.ceil((bucket.shutUntil - now) / 1000))
  }

  #refilled(id: string, rate: Rate, now: number): Bucket {
    const known = this.#buckets.get(id)
    if (known !== undefined) {
      known.tokens = Math.min(rate.burst, known.tokens + (Math.max(0, now - known.at) / 1000) * rate.perSecond)
      known.at = now
      // The newest use stands last in the map.
      this.#buckets.delete(id)
      this.#buckets.set(id, known)
      return known
    }
    const fresh = { tokens: rate.burst, at: now, shutUntil: 0 }
    this.#buckets.set(id, fresh)
    if (this.#buckets.size > this.#keysMax) {
      const [longestUnused] = this.#buckets.keys()
      if (longestUnused !== undefined) this.#buckets.delete(longestUnused)
    }
    return fresh
  }
}
