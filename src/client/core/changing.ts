/**
 * The commits that this device makes in a room it is in: adding and removing people, carrying other members' departures,
 * and answering a commit that everybody refused. What is wanted is asked anew each time (wanted.ts), made after the newest
 * commit, stored, and posted; when somebody else's commit came first, the room goes on with that one and asks again.
 *
 * What every member would do (a departure, a refused commit) is done after a random wait, so that mostly one does it.
 */
import { ERROR_CODES } from "../../shared/errors.ts"
import { deviceId } from "../../shared/ids.ts"
import { invite } from "./inviting.ts"
import { randomBelow } from "./jitter.ts"
import { type Group, type Member, Refusal, readDeparture } from "./mls/index.ts"
import { isTooLate, NO_CHANGES, type Pending, type PendingCommit } from "./pending.ts"
import type { AboutRecord } from "./records.ts"
import type { Surroundings } from "./room-surroundings.ts"
import type { Serial } from "./serial.ts"
import { type AccountName, ClientError, type ClientErrorCode, type RoomView } from "./types.ts"
import { subjectOf, type Wanted, wantedIn } from "./wanted.ts"

const RETRY_FIRST = 500
const RETRY_LONGEST = 60_000
/** Each member waits a random time below this before it does what every member would do: the first one is enough. */
const WAIT_WITHIN = 4_000
/** Somebody who has just come back hands in KeyPackages soon: so often is asked for them, later and later. */
const ASK_AGAIN = 6

/** What came of one commit. `done`: nothing more until something happens; `nobody`: those to be added can't be reached now. */
type Attempt = "done" | "again" | "nobody"

/** What follows the server's refusals; after all others nothing. A device may end between its claim and the commit. */
const AFTER_REFUSAL: Readonly<Partial<Record<ClientErrorCode, Attempt>>> = {
  ...{ rate_limited: "again", busy: "again", internal: "again", bad_request: "nobody" },
}

export interface ChangingOptions {
  readonly around: Surroundings
  readonly serial: Serial
  readonly pending: PendingCommit
  /** The room as it stands; undefined while this device is not in it, or has not caught up. */
  readonly current: () => { readonly group: Group; readonly after: number } | undefined
  readonly about: () => AboutRecord
  readonly trouble: (trouble: RoomView["trouble"]) => void
  /** Stores that this device's person leaves, and sees to it. Runs in the serial queue. */
  readonly leave: () => Promise<void>
  /** The server offered keys for these people that are not theirs: they are not added. */
  readonly impostors: (names: readonly AccountName[]) => Promise<void>
}

export class Changing {
  readonly #options: ChangingOptions
  readonly #departures = new Map<string, Uint8Array>()
  /** The refused commit that the log ends with. */
  #brokenAt: number | undefined
  #isRunning = false
  #attempt = 0
  #hurry = new AbortController()

  constructor(options: ChangingOptions) {
    this.#options = options
  }

  /** Hears that a device of the room is to be removed. What is no statement is ignored. */
  heard(statement: Uint8Array): void {
    try {
      this.#departures.set(readDeparture(statement).device, statement)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
    }
    this.look()
  }

  /** Everybody refused this commit: a good one is needed, so that the GroupInfo that the server holds lets people in. */
  heal(seq: number): void {
    this.#brokenAt = seq
    this.look()
  }

  /** Something has changed, or has to be: makes what commits are needed. `now`: a person waits for it. */
  look(now = false): void {
    // What has changed may make possible what could not be done before: no long wait any more.
    this.#attempt = 0
    if (now) this.#hurry.abort()
    if (this.#isRunning) return
    this.#isRunning = true
    this.#options.around.background(
      this.#run().finally(() => {
        this.#isRunning = false
      }),
    )
  }

  async #run(): Promise<void> {
    const { around, serial } = this.#options
    const { stop, platform } = around
    for (this.#attempt = 0; !stop.aborted; this.#attempt++) {
      const wait = this.#waitFor(this.#attempt)
      if (wait === undefined) return
      this.#hurry = new AbortController()
      if (wait > 0) await platform.delay(wait, AbortSignal.any([stop, this.#hurry.signal]))
      const what = await serial.run(() => this.#once())
      if (what === "done" || (what === "nobody" && this.#attempt >= ASK_AGAIN)) return
    }
  }

  /** How long to wait before the next attempt; undefined when there is nothing to do. */
  #waitFor(attempt: number): number | undefined {
    const { around } = this.#options
    const wanted = this.#wanted()
    if (wanted === undefined && this.#options.pending.current === undefined) return undefined
    if (attempt > 0) return randomBelow(around.platform, Math.min(RETRY_LONGEST, RETRY_FIRST * 2 ** attempt))
    return wanted !== undefined && this.#isEverybodys(wanted) ? randomBelow(around.platform, WAIT_WITHIN) : 0
  }

  #isEverybodys(wanted: Wanted): boolean {
    const { name } = this.#options.around.self
    if (wanted.kind === "remove") return wanted.statements.length > 0 && !wanted.members.some((m) => m.name === name)
    return wanted.kind === "renew"
  }

  #wanted(): Wanted | undefined {
    const { current, about } = this.#options
    const now = current()
    if (now === undefined) return undefined
    const departures = [...this.#departures.values()]
    return wantedIn(now.group, { about: about(), departures, isBroken: this.#brokenAt === now.after })
  }

  async #once(): Promise<Attempt> {
    const { pending, trouble, current, around, about } = this.#options
    const now = current()
    if (now === undefined || around.stop.aborted) return "done"
    try {
      const made = pending.current ?? (await this.#make(now.group, now.after))
      if (made === undefined) return this.#wanted() === undefined ? "done" : "nobody"
      await pending.post(made, about())
      trouble(undefined)
      return "done"
    } catch (error) {
      return this.#failed(error)
    }
  }

  /** Makes the next commit and stores it. */
  async #make(group: Group, after: number): Promise<Pending | undefined> {
    const { around, pending } = this.#options
    const wanted = this.#wanted()
    if (wanted === undefined) return undefined
    const made = await this.#commit(group, wanted)
    if (made === undefined) return undefined
    const { own, added = [], removed = [] } = made
    const { commit, groupInfo, welcome = new Uint8Array() } = own
    const bytes = {
      commit: new Uint8Array(commit),
      groupInfo: new Uint8Array(groupInfo),
      welcome: new Uint8Array(welcome),
    }
    const record = { kind: "change", id: around.newId(), after, ...NO_CHANGES, added, removed, ...bytes } as const
    return pending.keep({ group: own.group, record })
  }

  async #commit(group: Group, wanted: Wanted) {
    const { around, impostors } = this.#options
    if (wanted.kind === "leave") return this.#follow(group, wanted.statement)
    if (wanted.kind === "renew") return { own: await group.update() }
    if (wanted.kind === "remove") {
      const { members, statements } = wanted
      return { own: await this.#remove(group, members, statements), removed: devicesOf(members) }
    }
    const invited = await invite(around, wanted.names)
    if (invited.impostors.length > 0) await impostors(invited.impostors)
    if (invited.devices.length === 0) return undefined
    const own = await group.add(
      invited.devices.map(({ keyPackage }) => keyPackage),
      around.platform.now(),
    )
    return { own, added: invited.devices.map(({ device }) => device) }
  }

  /** Leaves as another device of this account does; a statement that is not true, or of the past, is forgotten. */
  async #follow(group: Group, statement: Uint8Array): Promise<undefined> {
    this.#departures.delete(readDeparture(statement).device)
    if (await group.isLeave(statement)) await this.#options.leave()
  }

  /** A statement that is not true is forgotten, so that it does not keep the true ones from being carried. */
  async #remove(group: Group, ...[members, statements]: Parameters<Group["remove"]>) {
    return group.remove(members, statements).catch((error: unknown) => {
      if (error instanceof Refusal && error.code === "bad_statement" && statements !== undefined)
        for (const statement of statements) this.#departures.delete(readDeparture(statement).device)
      throw error
    })
  }

  async #failed(error: unknown): Promise<Attempt> {
    const { pending, trouble } = this.#options
    if (error instanceof Refusal) {
      // Whoever made that statement has changed keys since, and makes another one.
      if (error.code === "bad_statement") return "again"
      trouble("refused")
      return "done"
    }
    if (!(error instanceof ClientError)) throw error
    if (isTooLate(error)) await pending.drop()
    // The log goes on, or the connection comes back: both ask again.
    if (error.code === "stale" || error.code === "unreachable") return "done"
    trouble(ERROR_CODES.find((code) => code === error.code))
    return AFTER_REFUSAL[error.code] ?? "done"
  }

  /** Forgets statements about devices that are gone. */
  tidy(group: Group): void {
    for (const [device, statement] of this.#departures)
      if (subjectOf(group, statement) === undefined) this.#departures.delete(device)
  }
}

const devicesOf = (members: readonly Member[]) => members.map(({ device }) => deviceId.parse(device, "device"))
