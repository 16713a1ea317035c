/**
 * Slows down those who guess passwords, without locking anybody out. Failed log-ins are counted in three places: against
 * the account (only those from browsers that have never logged in to it), against the address they come from (IPv6: its
 * /64, which one household or one attacker has whole), and in all. Past a number of free tries each further failure
 * doubles the wait, up to a bound; counts fade with time, so there is no permanent lock.
 *
 * A browser that has logged in to the account before is counted by itself: a stranger who hammers an account delays
 * other strangers, never its owner. Unknown names are counted like known ones, so the answers don't tell them apart.
 *
 * Memory: a bounded number of counters; the least recently failing is given up first. To push out his own counter an
 * attacker needs that many failures elsewhere, which the count "in all" slows down.
 */
import { isIP } from "node:net"

const SECOND = 1000

interface Rule {
  /** Failures that cost nothing. */
  readonly free: number
  /** The longest wait, in seconds. */
  readonly longest: number
  /** One failure is forgotten in this time. */
  readonly fades: number
}

/** The most failures that are remembered past the free ones: enough for the longest wait. */
const COUNTED_MAX = 16
const COUNTERS_MAX = 100_000

/**
 * A failure must take longer to fade than the longest wait lasts, or whoever tries again as soon as he may would never get
 * to that wait. An address may be a whole school's, so its waits are shorter and its failures fade sooner.
 */
const RULES = {
  account: { free: 5, longest: 300, fades: 600 * SECOND },
  browser: { free: 5, longest: 300, fades: 600 * SECOND },
  address: { free: 10, longest: 60, fades: 120 * SECOND },
  /** All failures together: a thousand in a short time means a spread-out attack, which is held to about one a second. */
  all: { free: 1000, longest: 10, fades: SECOND },
} satisfies Record<string, Rule>

interface Counter {
  readonly failures: number
  /** When the last failure was, and when the next attempt may be, in milliseconds. */
  readonly at: number
  readonly waitUntil: number
}

/** An attempt that is under way: one of the two is called when its end is known. */
export interface Begun {
  /** It succeeded, or it was never checked. */
  readonly takeBack: () => void
  readonly failed: () => void
}

/** A counter as an attempt found it and as it left it. */
interface Change {
  readonly key: string
  readonly rule: Rule
  readonly before: Counter | undefined
  readonly mine: Counter
}

/** Who tries to log in: `browser` is the hash of a known browser's token, as hex. */
export interface Attempt {
  readonly account: string
  readonly address: string
  readonly browser: string | undefined
}

/** The part of an address that one party holds whole: an IPv4 address, or the first 64 bits of an IPv6 address. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "")
  if (isIP(plain) !== 6) return plain
  const [head = "", tail] = plain.toLowerCase().split("::")
  const before = head === "" ? [] : head.split(":")
  const after = tail === undefined || tail === "" ? [] : tail.split(":")
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length
  const groups = [...before, ...Array<string>(Math.max(0, zeros)).fill("0"), ...after]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`
}

export class Guessing {
  readonly #now: () => number
  readonly #countersMax: number
  readonly #counters = new Map<string, Counter>()

  constructor(now: () => number, countersMax: number = COUNTERS_MAX) {
    this.#now = now
    this.#countersMax = countersMax
  }

  /** Whole seconds until this attempt may be made; 0: now. */
  wait(attempt: Attempt): number {
    const waits = keysOf(attempt)
      .flat()
      .map(([key]) => (this.#counters.get(key)?.waitUntil ?? 0) - this.#now())
    return Math.max(0, ...waits.map((wait) => Math.ceil(wait / SECOND)))
  }

  /**
   * Counts an attempt against its account before it is known to fail: attempts that run at the same time see one another,
   * and nobody gets more free tries by making them all at once. The address is counted when it has failed: many people
   * behind one address log in at the same time, and the queue for scrypt bounds what one network can try at once.
   */
  begin(attempt: Attempt): Begun {
    const [early, late] = keysOf(attempt)
    const counted = early.map(([key, rule]) => ({
      ...{ key, rule },
      before: this.#counters.get(key),
      mine: this.#count(key, rule),
    }))
    return {
      takeBack: () => {
        for (const each of counted) this.#takeBack(each)
      },
      failed: () => {
        for (const [key, rule] of late) this.#count(key, rule)
      },
    }
  }

  /** Leaves in place what other attempts have added since. */
  #takeBack({ key, rule, before, mine }: Change): void {
    const counter = this.#counters.get(key)
    if (counter === undefined) return
    const failures = Math.max(0, counter.failures - 1)
    const since = counter === mine ? (before?.waitUntil ?? 0) : counter.waitUntil
    this.#counters.set(key, { ...counter, failures, waitUntil: failures > rule.free ? since : 0 })
  }

  #count(key: string, rule: Rule): Counter {
    const now = this.#now()
    const counter = this.#counters.get(key) ?? { failures: 0, at: now }
    const faded = Math.floor((now - counter.at) / rule.fades)
    const failures = Math.min(Math.max(0, counter.failures - faded) + 1, rule.free + COUNTED_MAX)
    const over = failures - rule.free
    const waitUntil = over > 0 ? now + Math.min(rule.longest, 2 ** (over - 1)) * SECOND : 0
    this.#counters.delete(key)
    const counted = { failures, at: now, waitUntil }
    this.#counters.set(key, counted)
    if (this.#counters.size > this.#countersMax) {
      const [oldest] = this.#counters.keys()
      if (oldest !== undefined) this.#counters.delete(oldest)
    }
    return counted
  }
}

type Places = readonly (readonly [key: string, rule: Rule])[]

/** Where an attempt is counted: at its beginning, and when it has failed. */
function keysOf({ account, address, browser }: Attempt): readonly [Places, Places] {
  if (browser !== undefined) return [[[`browser ${account} ${browser}`, RULES.browser]], []]
  const late: Places = [
    [`address ${networkOf(address)}`, RULES.address],
    ["all", RULES.all],
  ]
  return [[[`account ${account}`, RULES.account]], late]
}
