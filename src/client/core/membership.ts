/**
 * How this device gets into a room, and in again: by founding it, by the Welcome that waits for it, or by an external
 * commit (entering.ts), tried until it succeeds or the connection is gone. When the answer to a founding or a commit is
 * lost, the same one is posted again after the next start or connection; when somebody else's came first, everything
 * starts over.
 */
import { ERROR_CODES } from "../../shared/errors.ts"
import { openWelcome, prepareEntry, type Welcomed } from "./entering.ts"
import { randomBelow } from "./jitter.ts"
import { Refusal } from "./mls/index.ts"
import { type Entered, isTooLate, type PendingCommit } from "./pending.ts"
import type { AboutRecord } from "./records.ts"
import type { Surroundings } from "./room-surroundings.ts"
import type { Serial } from "./serial.ts"
import { ClientError, type RoomId, type RoomView } from "./types.ts"

const RETRY_FIRST = 500
const RETRY_LONGEST = 30_000
/** Whoever is put out of a room again sooner than this waits before the next entry, longer each time. */
const CALM_AFTER = 60_000

export interface MembershipOptions {
  readonly room: RoomId
  readonly around: Surroundings
  readonly serial: Serial
  readonly pending: PendingCommit
  readonly about: () => AboutRecord
  /** Of the newest group that this device has had here, if there was one. */
  readonly had: () => { readonly epoch?: number | undefined; readonly charter?: Uint8Array | undefined }
  /** Whether this device should get in: it is not in, and its person is not out. */
  readonly isWanted: () => boolean
  /**
   * Takes over the state of a room that was entered, and stores it. `hasMissed`: this device was added before, and could
   * not read what was said since. Runs in the serial queue.
   */
  readonly establish: (entered: Entered | Welcomed, hasMissed: boolean) => Promise<void>
  /** Somebody else has founded the room. */
  readonly foundByOther: () => Promise<void>
  readonly trouble: (trouble: RoomView["trouble"]) => void
}

/** Why another attempt is needed, and after how many seconds, if the server has said so. */
interface Again {
  readonly trouble: RoomView["trouble"]
  readonly seconds?: number
}

/** Somebody else was faster, or nobody answers: nothing that a person should read about. */
const QUIET: readonly string[] = ["stale", "room_exists", "unreachable", "bad_answer"]

function againAfter(error: unknown): Again {
  if (error instanceof Refusal) return { trouble: "refused" }
  if (!(error instanceof ClientError)) throw error
  const { code, seconds } = error
  if (code === "wrong_key") return { trouble: "wrong_key" }
  const trouble = QUIET.includes(code) ? undefined : ERROR_CODES.find((each) => each === code)
  return { trouble, ...(seconds === undefined ? {} : { seconds }) }
}

export class Membership {
  readonly #options: MembershipOptions
  /** Set while the room is being entered; cuts the wait for the next attempt short. */
  #hurry: AbortController | undefined
  #connections = 0
  #enteredAt = Number.NEGATIVE_INFINITY
  /** Entries in a row that did not last. */
  #shortStays = 0
  /** The seq of the commit whose Welcome waits for this device. */
  #invited: number | undefined
  /** A Welcome waited, and could not be used. */
  #hasMissed = false

  constructor(options: MembershipOptions) {
    this.#options = options
  }

  /**
   * A new connection stands: enters the room if this device is not in it. `isPlaced`: the server delivers the room to this
   * device, and has no Welcome for it. When nothing was ever stored here, one had waited for longer than it is kept.
   */
  connected(isPlaced: boolean): void {
    const { had, pending, about } = this.#options
    const isStrange = had().epoch === undefined && pending.current === undefined && about().standing === "member"
    if (isPlaced && isStrange) this.#hasMissed = true
    this.#connections += 1
    this.#options.around.background(this.enter())
  }

  /** A Welcome waits for this device. */
  invited(seq: number): void {
    this.#invited = seq
    this.#options.around.background(this.enter())
  }

  /** Enters the room, trying until it succeeds or the connection is gone. */
  async enter(): Promise<void> {
    const { around, serial, isWanted, trouble } = this.#options
    this.#hurry?.abort()
    if (this.#hurry !== undefined) return
    this.#hurry = new AbortController()
    if (isWanted()) await this.#afterShortStay(this.#hurry.signal)
    for (let attempt = 0; isWanted() && around.isOnline() && !around.stop.aborted; attempt++) {
      this.#hurry = new AbortController()
      const again = await serial.run(() => this.#once())
      trouble(again?.trouble)
      if (again === undefined) break
      const bound = Math.min(RETRY_LONGEST, RETRY_FIRST * 2 ** attempt)
      const wait = again.seconds === undefined ? randomBelow(around.platform, bound) : again.seconds * 1000
      await around.platform.delay(wait, AbortSignal.any([around.stop, this.#hurry.signal]))
    }
    this.#hurry = undefined
  }

  /** So that a server that makes this device join over and over gets no storm of commits. */
  async #afterShortStay(hurry: AbortSignal): Promise<void> {
    const { around } = this.#options
    const isCalm = around.platform.now() - this.#enteredAt >= CALM_AFTER
    this.#shortStays = isCalm ? 0 : this.#shortStays + 1
    if (this.#shortStays < 2) return
    const bound = Math.min(RETRY_LONGEST, RETRY_FIRST * 2 ** this.#shortStays)
    await around.platform.delay(randomBelow(around.platform, bound), AbortSignal.any([around.stop, hurry]))
  }

  /** One attempt; resolves to why another one is needed. */
  async #once(): Promise<Again | undefined> {
    const { around, isWanted, pending, foundByOther } = this.#options
    if (!isWanted() || around.stop.aborted) return undefined
    try {
      // A change belongs to a state that this device has lost.
      if (pending.current?.record.kind === "change") await pending.drop()
      if (await this.#byWelcome()) return undefined
      await this.#byCommit()
      return undefined
    } catch (error) {
      if (error instanceof ClientError && isTooLate(error)) await pending.drop()
      if (error instanceof ClientError && error.code === "room_exists") await foundByOther()
      return againAfter(error)
    }
  }

  async #arrive(...arrived: Parameters<MembershipOptions["establish"]>): Promise<void> {
    await this.#options.establish(...arrived)
    this.#enteredAt = this.#options.around.platform.now()
  }

  async #byWelcome(): Promise<boolean> {
    const { around, room, about, had } = this.#options
    if (this.#invited === undefined) return false
    const { epoch, charter } = had()
    const welcomed = await openWelcome({ around, room, about: about(), charter }, epoch).catch((error: unknown) => {
      // Nothing waits any more, or it can't be opened: as one of the room's devices this one may enter by itself.
      if (error instanceof Refusal || (error instanceof ClientError && error.code === "not_found")) return undefined
      throw error
    })
    this.#invited = undefined
    this.#hasMissed = welcomed === undefined
    if (welcomed === undefined) return false
    await this.#arrive(welcomed, false)
    return true
  }

  async #byCommit(): Promise<void> {
    const { around, room, pending, about, had } = this.#options
    const connections = this.#connections
    const isNew = pending.current === undefined
    const entry =
      pending.current ??
      (await pending.keep(await prepareEntry({ around, room, about: about(), charter: had().charter })))
    await this.#arrive(await pending.post(entry, about()), this.#hasMissed)
    this.#hasMissed = false
    pending.settled()
    // The server delivers the room to the connection over which it was entered: an earlier one, if this was a repetition.
    if (!isNew || this.#connections !== connections) around.restart()
  }
}
