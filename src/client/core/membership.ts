/**
 * This device's own commits in one room: getting in, getting in again, and answering a commit that everybody refused. Each is
 * stored before it is posted (entering.ts); what the server has taken is found out by its answer, by posting again, or
 * by meeting the commit in the log.
 */
import { ERROR_CODES } from "../../shared/errors.ts"
import { type Entered, isTooLate, noPending, type Pending, pendingChanges, post, prepareEntry } from "./entering.ts"
import { type Group, Refusal } from "./mls/index.ts"
import type { Surroundings } from "./room-surroundings.ts"
import type { Serial } from "./serial.ts"
import { ClientError, type RoomId, type RoomView } from "./types.ts"

const RETRY_FIRST = 500
const RETRY_LONGEST = 30_000
/** Each member waits a random time below this before it answers a refused commit: the first one is enough. */
const HEAL_WITHIN = 4_000

export interface MembershipOptions {
  readonly room: RoomId
  readonly around: Surroundings
  readonly serial: Serial
  /** The room as it stands; undefined while this device is not in it. */
  readonly current: () => { readonly group: Group; readonly after: number } | undefined
  /** Takes over the state of a room that was entered, and stores it. Runs in the serial queue. */
  readonly establish: (entered: Entered) => Promise<void>
  readonly changed: () => void
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
  const trouble = QUIET.includes(code) ? undefined : ERROR_CODES.find((each) => each === code)
  return { trouble, ...(seconds === undefined ? {} : { seconds }) }
}

export class Membership {
  readonly #options: MembershipOptions
  #pending: Pending | undefined
  /** Set while the room is being entered; cuts the wait for the next attempt short. */
  #hurry: AbortController | undefined
  #trouble: RoomView["trouble"]
  #connections = 0

  /** `pending` is what was stored of a commit whose fate is not known. */
  constructor(options: MembershipOptions, pending: Pending | undefined) {
    this.#options = options
    this.#pending = pending
  }

  /** Why entering does not succeed, while it is tried again. */
  get trouble(): RoomView["trouble"] {
    return this.#trouble
  }

  /** The group that a commit of ours with this id leads to. */
  pendingGroup(id: string): Group | undefined {
    return this.#pending?.record.id === id ? this.#pending.group : undefined
  }

  /** A commit was handled: whatever was pending was it, or is too late. The caller has deleted what was stored. */
  settled(): void {
    this.#pending = undefined
  }

  /** A new connection stands: enters the room, or finds out about a commit whose answer was lost. */
  connected(): void {
    this.#connections += 1
    const { around, serial, current } = this.#options
    if (current() === undefined) around.background(this.enter())
    else around.background(serial.run(() => this.#postPending()))
  }

  /** Enters the room, trying until it succeeds or the connection is gone. */
  async enter(): Promise<void> {
    const { around, serial, current } = this.#options
    this.#hurry?.abort()
    if (this.#hurry !== undefined) return
    for (let attempt = 0; current() === undefined && around.isOnline() && !around.stop.aborted; attempt++) {
      this.#hurry = new AbortController()
      const again = await serial.run(() => this.#tryToEnter())
      this.#setTrouble(again?.trouble)
      if (again === undefined) break
      const bound = Math.min(RETRY_LONGEST, RETRY_FIRST * 2 ** attempt)
      const wait = again.seconds === undefined ? this.#randomBelow(bound) : again.seconds * 1000
      await around.platform.delay(wait, AbortSignal.any([around.stop, this.#hurry.signal]))
    }
    this.#hurry = undefined
  }

  /** One attempt; resolves to why another one is needed. */
  async #tryToEnter(): Promise<Again | undefined> {
    const { around, room, establish, current } = this.#options
    if (current() !== undefined || around.stop.aborted) return undefined
    const connections = this.#connections
    let isNew = false
    try {
      // An update belongs to a state that this device has lost.
      if (this.#pending?.record.kind === "update") await this.#drop()
      isNew = this.#pending === undefined
      const pending = this.#pending ?? (await this.#keep(await prepareEntry({ ...around, room })))
      await establish(await post(around.platform, room, pending))
      this.#pending = undefined
    } catch (error) {
      if (error instanceof ClientError && isTooLate(error)) await this.#drop()
      return againAfter(error)
    }
    // The server delivers the room to the connection over which it was entered: an earlier one, if this was a repetition.
    if (!isNew || this.#connections !== connections) around.restart()
    return undefined
  }

  /** After a commit that everybody refused: a good one, so that the GroupInfo that the server holds lets people in again. */
  async heal(after: number): Promise<void> {
    const { around, serial, current } = this.#options
    await around.platform.delay(this.#randomBelow(HEAL_WITHIN), around.stop)
    await serial.run(async () => {
      const now = current()
      if (now === undefined || now.after !== after || this.#pending !== undefined || around.stop.aborted) return
      const { group, commit, groupInfo } = await now.group.update()
      const common = { commit: new Uint8Array(commit), groupInfo: new Uint8Array(groupInfo) }
      await this.#keep({ group, record: { kind: "update", id: around.newId(), after, ...common } })
      await this.#postPending()
    })
  }

  /** Posts an update whose answer is not known; its own entry in the log is what makes it true. */
  async #postPending(): Promise<void> {
    const { around, room } = this.#options
    if (this.#pending === undefined || around.stop.aborted) return
    await post(around.platform, room, this.#pending).catch(async (error: unknown) => {
      if (!(error instanceof ClientError)) throw error
      if (error.code !== "unreachable") await this.#drop()
    })
  }

  async #keep(pending: Pending): Promise<Pending> {
    await this.#options.around.vault.write(pendingChanges(this.#options.room, pending))
    this.#pending = pending
    return pending
  }

  async #drop(): Promise<void> {
    await this.#options.around.vault.write(noPending(this.#options.room))
    this.#pending = undefined
  }

  #setTrouble(trouble: RoomView["trouble"]): void {
    if (this.#trouble === trouble) return
    this.#trouble = trouble
    this.#options.changed()
  }

  #randomBelow(bound: number): number {
    const [a = 0, b = 0] = this.#options.around.platform.random(2)
    return Math.round((bound * (a * 256 + b + 1)) / 65_536)
  }
}
