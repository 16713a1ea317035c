/**
 * How the devices of a group come to hold the same name for it. A name is given by a message of the room, and whoever enters
 * later cannot read that message: somebody who knows the name tells it again, with the place in the log where it was given.
 * Each device keeps the name that was given last, in whatever order it hears of them; so an older one that is told, or the
 * same one twice, does no harm.
 *
 * A name is owed from the moment somebody enters, or tells an older one, until it is told. Whoever let them in, or the first
 * other device of their account, tells it at once, and everybody else after a random wait if nobody has by then: so it is
 * told whoever is away.
 */
import { ignoringRefusals } from "./departing.ts"
import { type ItemRecord, seqOf } from "./history.ts"
import { randomBelow } from "./jitter.ts"
import type { Posting } from "./posting.ts"
import type { AboutRecord } from "./records.ts"
import type { Surroundings } from "./room-surroundings.ts"

/** Milliseconds within which somebody tells a name that another one was to tell. */
const TELL_WITHIN = 4_000

/** Somebody has entered with the commit `seq`; `isGuide`: this device is the one to tell them the group's name. */
export interface Entrance {
  readonly seq: number
  readonly isGuide: boolean
}

/** What is known of a room after these lines and this entrance, and those of the lines that are news to a person. */
export function afterNames(
  about: AboutRecord,
  items: readonly ItemRecord[],
  entrance: Entrance | undefined,
): { readonly about: AboutRecord; readonly lines: readonly ItemRecord[] } {
  let { name, namedAt, owes } = about
  let [toldAt, outdatedAt] = [-1, -1]
  const lines = items.filter((item) => {
    if (item.type !== "named") return true
    const seq = seqOf(item.position)
    const givenAt = Math.min(item.since ?? seq, seq)
    const isOlder = givenAt < (namedAt ?? 0)
    if (isOlder) outdatedAt = seq
    else toldAt = seq
    if (name !== "" && (isOlder || (givenAt === namedAt && item.since !== undefined))) return false
    const isNews = name !== "" && name !== item.text
    name = item.text
    namedAt = givenAt
    return isNews
  })
  if (toldAt >= 0) owes = undefined
  if (Math.max(outdatedAt, entrance?.seq ?? -1) > toldAt) owes = entrance?.isGuide === true ? "now" : (owes ?? "later")
  if (about.kind !== "group") return { about, lines }
  const { owes: _, ...rest } = about
  const known = { ...rest, name, ...(namedAt === undefined ? {} : { namedAt }) }
  return { about: owes === undefined ? known : { ...known, owes }, lines }
}

export interface TellingOptions {
  readonly around: Pick<Surroundings, "platform" | "stop" | "background">
  readonly about: () => AboutRecord
  /** Whether this device is in the room, connected and up to date. */
  readonly isReady: () => boolean
  readonly posting: Pick<Posting, "all" | "send">
}

/** Tells a name that is owed. */
export class Telling {
  readonly #options: TellingOptions
  #isWaiting = false

  constructor(options: TellingOptions) {
    this.#options = options
  }

  /** Something has changed: tells what is owed, now or after a while. */
  look(): void {
    const { around, about } = this.#options
    if (this.#isWaiting || !this.#isOwed()) return
    this.#isWaiting = true
    around.background(
      this.#tell(about().owes === "now" ? 0 : randomBelow(around.platform, TELL_WITHIN)).finally(() => {
        this.#isWaiting = false
      }),
    )
  }

  async #tell(wait: number): Promise<void> {
    const { around, about, posting } = this.#options
    if (wait > 0) await around.platform.delay(wait, around.stop)
    const { name, namedAt } = about()
    const more = { what: "name", ...(namedAt === undefined ? {} : { since: namedAt }) } as const
    // Where as many messages wait as can be kept, it is told when they have gone out.
    if (this.#isOwed() && !around.stop.aborted) await ignoringRefusals(posting.send(name, more))
  }

  #isOwed(): boolean {
    const { about, isReady, posting } = this.#options
    const { owes, name } = about()
    return owes !== undefined && name !== "" && isReady() && !posting.all().some(({ what }) => what === "name")
  }
}
