/**
 * This device's own commits in one room: getting in, getting in again, and answering a commit that everybody refused. Each is
 * stored before it is posted (entering.ts); what the server has taken is found out by its answer, by posting again, or
 * by meeting the commit in the log.
 */
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

export class Membership {
  readonly #options: MembershipOptions
  #pending: Pending | undefined
  #entering = false
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
    if (this.#options.current() === undefined) void this.enter()
    else void this.#options.serial.run(() => this.#postPending())
  }

  /** Enters the room, trying until it succeeds or the connection is gone. */
  async enter(): Promise<void> {
    const { around, current } = this.#options
    if (this.#entering) return
    this.#entering = true
    for (let attempt = 0; current() === undefined && around.isOnline() && !around.isStopped(); attempt++) {
      const again = await this.#options.serial.run(() => this.#tryToEnter())
      this.#setTrouble(again)
      if (again === undefined) break
      const bound = Math.min(RETRY_LONGEST, RETRY_FIRST * 2 ** attempt)
      const wait = again.seconds === undefined ? this.#randomBelow(bound) : again.seconds * 1000
      await around.platform.delay(wait)
    }
    this.#entering = false
  }

  /** One attempt; resolves to why another one is needed. */
  async #tryToEnter(): Promise<{ readonly trouble: RoomView["trouble"]; readonly seconds?: number } | undefined> {
    const { around, room, establish, current } = this.#options
    if (current() !== undefined || around.isStopped()) return undefined
    const connections = this.#connections
    try {
      // An update belongs to a state that this device has lost.
      if (this.#pending?.record.kind === "update") await this.#drop()
      if (this.#pending === undefined) await this.#keep(await prepareEntry({ ...around, room }))
      if (this.#pending === undefined) return { trouble: "internal" }
      await establish(await post(around.platform, room, this.#pending))
      this.#pending = undefined
    } catch (error) {
      if (error instanceof Refusal) return { trouble: "refused" }
      if (!(error instanceof ClientError)) throw error
      if (isTooLate(error)) await this.#drop()
      if (error.code === "stale" || error.code === "room_exists") return { trouble: undefined }
      const trouble = error.code === "rate_limited" || error.code === "busy" ? error.code : undefined
      return { trouble, ...(error.seconds === undefined ? {} : { seconds: error.seconds }) }
    }
    // A connection made meanwhile was resumed without this room.
    if (this.#connections !== connections) around.restart()
    return undefined
  }

  /** After a commit that everybody refused: a good one, so that the GroupInfo that the server holds lets people in again. */
  async heal(after: number): Promise<void> {
    const { around, serial, current } = this.#options
    await around.platform.delay(this.#randomBelow(HEAL_WITHIN))
    await serial.run(async () => {
      const now = current()
      if (now === undefined || now.after !== after || this.#pending !== undefined || around.isStopped()) return
      const { group, commit, groupInfo } = await now.group.update()
      const common = { commit: new Uint8Array(commit), groupInfo: new Uint8Array(groupInfo) }
      await this.#keep({ group, record: { kind: "update", id: around.newId(), after, ...common } })
      await this.#postPending()
    })
  }

  /** Posts an update whose answer is not known; its own entry in the log is what makes it true. */
  async #postPending(): Promise<void> {
    const { around, room } = this.#options
    if (this.#pending === undefined || around.isStopped()) return
    await post(around.platform, room, this.#pending).catch(async (error: unknown) => {
      if (!(error instanceof ClientError)) throw error
      if (error.code !== "unreachable") await this.#drop()
    })
  }

  async #keep(pending: Pending): Promise<void> {
    await this.#options.around.vault.write(pendingChanges(this.#options.room, pending))
    this.#pending = pending
  }

  async #drop(): Promise<void> {
    await this.#options.around.vault.write(noPending(this.#options.room))
    this.#pending = undefined
  }

  #setTrouble(again: { readonly trouble: RoomView["trouble"] } | undefined): void {
    if (this.#trouble === again?.trouble) return
    this.#trouble = again?.trouble
    this.#options.changed()
  }

  #randomBelow(bound: number): number {
    const [a = 0, b = 0] = this.#options.around.platform.random(2)
    return Math.round((bound * (a * 256 + b + 1)) / 65_536)
  }
}
