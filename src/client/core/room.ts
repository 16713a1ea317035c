/**
 * One room on this device: its place in the log, its MLS group, what is said in it. Everything that changes them runs in one
 * serial queue, and each step is stored whole before anything else hears of it: group, lines, cursor and outbox in one
 * write. So a crash between any two steps leaves a state from which the same entries lead to the same lines again.
 *
 * Entries come from the server in log order. A gap means that the connection or the server is wrong: the connection is made
 * anew from where we are. A device that can't follow any more joins again by itself, and a line says so.
 */
import type { ServerMessageOf } from "../../shared/protocol.ts"
import type { Entry, Own } from "./apply.ts"
import type { Attention } from "./attention.ts"
import { applyBatch, type Batch } from "./batch.ts"
import { Changing } from "./changing.ts"
import { depart, welcomed } from "./departing.ts"
import { isOnlyOf, type Welcomed } from "./entering.ts"
import { refuseToAdd } from "./inviting.ts"
import { Membership } from "./membership.ts"
import type { Group, Member } from "./mls/index.ts"
import { Telling } from "./naming.ts"
import { newsOf } from "./outbox.ts"
import type { Entered, PendingCommit } from "./pending.ts"
import type { Posting } from "./posting.ts"
import type { AboutRecord } from "./records.ts"
import { loadRoomParts, type RoomParts } from "./room-parts.ts"
import type { News, RoomState } from "./room-state.ts"
import type { Surroundings } from "./room-surroundings.ts"
import { viewOf } from "./room-view.ts"
import type { Serial } from "./serial.ts"
import type { DeviceId, RoomId, RoomKind, RoomView } from "./types.ts"

/** Entries whose outcome is stored by one write. */
const TOGETHER = 64

export class Room {
  readonly id: RoomId
  /** What is said here. */
  readonly posting: Posting
  /** What was seen here. */
  readonly attention: Attention
  /** The commits that are made here. */
  readonly changing: Changing
  readonly #around: Surroundings
  readonly #serial: Serial
  readonly #state: RoomState
  readonly #pending: PendingCommit
  readonly #membership: Membership
  readonly #telling: Telling
  #incoming: Entry[] = []
  #head = 0
  /** The last entry that the server delivers here, because a commit has removed this device, as it says. */
  #until: number | undefined
  #isRejoining = false
  #trouble: RoomView["trouble"]

  private constructor(id: RoomId, { around, serial, state, pending, posting, attention }: RoomParts) {
    this.id = id
    this.posting = posting
    this.attention = attention
    this.#around = around
    this.#serial = serial
    this.#state = state
    this.#pending = pending
    const trouble = (what: RoomView["trouble"]) => this.#setTrouble(what)
    const common = { around, serial, pending, trouble, about: () => state.about }
    this.#membership = new Membership({
      ...{ ...common, room: id, had: () => state.place },
      isWanted: () => state.group === undefined && state.about.standing !== "out" && around.mayEnter(id),
      establish: (entered, hasMissed) => this.#establish(entered, hasMissed),
      foundByOther: () => state.change({ standing: "member" }),
    })
    this.changing = new Changing({
      ...common,
      current: () => {
        const { group, place } = state
        return group !== undefined && this.#isUpToDate ? { group, after: place.after } : undefined
      },
      leave: () => state.change({ isLeaving: true }).then(() => this.#caughtUp()),
      impostors: (names) => refuseToAdd({ around, state, room: id }, names),
    })
    this.#telling = new Telling({ ...common, posting, isReady: () => this.#isUpToDate })
  }

  /** Loads a room as it was stored; one that was never stored is of this kind. */
  static async load(id: RoomId, kind: RoomKind, around: Surroundings): Promise<Room> {
    const head = () => Math.max(room.#head, room.#state.place.cursor)
    const whole = { isReady: () => room.#isUpToDate, expelled: () => room.#rejoin(), head }
    const room: Room = new Room(id, await loadRoomParts(id, kind, around, whole))
    return room
  }

  /** Whether this device has started or entered it at any time: until then it is but the server's word. */
  get isKnown(): boolean {
    return this.#state.isKnown
  }

  view(): RoomView {
    const counts = { waiting: this.posting.size, ...this.attention.news }
    return viewOf(this.id, this.#state, this.#around.pins, { ...counts, trouble: this.#trouble })
  }

  /** A device of one's own in this room, if nobody else is here. */
  ownDevice(device: DeviceId): Member | undefined {
    const { group } = this.#state
    if (group === undefined || !isOnlyOf(group, this.#around.self.accountKey)) return undefined
    return group.members().find((member) => member.device === device)
  }

  /** Where the server should go on; undefined while this device is not in the room. */
  cursor(): number | undefined {
    return this.#state.group === undefined ? undefined : this.#state.place.cursor
  }

  /** A new connection stands; `known` is what the server knows of this device in this room. */
  ready(known: ServerMessageOf<"ready">["rooms"][number] | undefined): void {
    this.#incoming = []
    this.#head = known?.head ?? 0
    this.#until = known?.removed
    this.posting.reset()
    this.attention.reset()
    if (known !== undefined) this.posting.delivered(known.delivered)
    const { group, place } = this.#state
    // The server has forgotten this device, or what it needs next, or itself stands further back than this device does.
    const isLost = known === undefined || known.behind !== undefined || known.head < place.cursor
    if (known?.welcome !== undefined) this.invited(known.welcome)
    else if (group !== undefined && isLost) this.#rejoin()
    this.#membership.connected(known !== undefined && known.welcome === undefined)
    this.#caughtUp()
  }

  /** A Welcome waits for this device: that of the commit `seq`. */
  invited(seq: number): void {
    const { group, place, about } = this.#state
    const prepare = async (): Promise<void> => {
      if (group !== undefined) await this.#state.forget(false)
      if (about.standing === "out") await this.#state.change({ standing: "member" })
    }
    const isKnown = group !== undefined && seq <= place.cursor
    const enter = () => this.#serial.run(prepare).then(() => this.#membership.invited(seq))
    this.#around.background(isKnown ? welcomed(this.#around, this.id, seq) : enter())
  }

  /** The server says that the commit `seq` has removed this device, and delivers nothing after it. */
  removed(seq: number): void {
    this.#until = seq
    this.#head = Math.max(this.#head, seq)
    this.#caughtUp()
  }

  /** This device may enter now, if it is to. */
  enter(): void {
    this.#around.background(this.#membership.enter())
  }

  /** Takes an entry of the log. */
  take(entry: Entry): void {
    this.#head = Math.max(this.#head, entry.seq)
    this.#incoming.push(entry)
    if (this.#incoming.length === 1) this.#runDrain()
  }

  /** The server has taken a message. */
  sent(message: ServerMessageOf<"sent">): void {
    this.posting.sent(message)
    this.#around.background(this.#serial.run(() => this.#settle(message)))
  }

  /** Stores what is wanted of the room from now on, and sees to it. */
  async want(change: (about: AboutRecord) => Partial<AboutRecord>): Promise<void> {
    await this.#serial.run(() => this.#state.change(change(this.#state.about)))
    this.#around.emit("room", this.id)
    this.#caughtUp()
    this.changing.look(true)
  }

  get #isUpToDate(): boolean {
    const { group, place } = this.#state
    return group !== undefined && !this.#isRejoining && place.cursor >= this.#head && this.#around.isOnline()
  }

  /** Does what waits for this device to be up to date. */
  #caughtUp(): void {
    const { group, about } = this.#state
    if (group === undefined || !this.#isUpToDate) return
    // The commit that was said to remove this device did not: it is a member to whom nobody would deliver anything.
    if (this.#until !== undefined) {
      this.#rejoin()
      return
    }
    if (about.isLeaving) this.#around.background(this.#depart(group))
    this.changing.look()
    this.#telling.look()
    this.posting.pump()
  }

  async #depart(group: Group): Promise<void> {
    // When nobody else is here who could take this account out, it just goes.
    if (!(await depart(this.#around, this.id, group))) await this.#serial.run(() => this.#letGo(true))
  }

  #runDrain(): void {
    this.#around.background(this.#serial.run(() => this.#drain()))
  }

  async #drain(): Promise<void> {
    while (this.#incoming.length > 0 && !this.#around.stop.aborted) {
      const { group, place } = this.#state
      if (group === undefined) return
      const entries = this.#incoming.splice(0, TOGETHER)
      const batch = await applyBatch(group, place, entries, this.#own())
      await this.#keep(batch)
      if (batch.next === "rejoin") return this.#rejoin()
      this.#around.send({ type: "persisted", room: this.id, seq: this.#state.place.cursor })
      if (batch.next === "gap") return this.#around.restart()
      if (batch.next === "out") return this.#letGo(true)
    }
    this.#caughtUp()
  }

  #own(): Own {
    const waiting = (id: string) => this.posting.waiting(id)
    const { self, deviceRoom } = this.#around
    return { ...self, deviceRoom, waiting, pending: (id) => this.#pending.groupFor(id) }
  }

  /** Stores what a batch has led to, then tells of it. */
  async #keep(batch: Batch): Promise<void> {
    const { group, place, heard, consume, hasCommit, next } = batch
    for (const { from, content } of heard) await this.#around.heard(from, content)
    await this.#store(batch, hasCommit ? this.#pending.removal() : [])
    for (const each of consume) each()
    if (hasCommit) {
      this.#pending.settled()
      this.changing.tidy(group)
    }
    if (next === "heal") this.changing.heal(place.after)
  }

  /** Stores where the room stands and the lines that led there; those that were in the outbox leave it. */
  async #store(
    { group, place, arrived, ...news }: News & Pick<Batch, "group" | "place" | "arrived">,
    more: Parameters<RoomState["store"]>[3],
  ): Promise<void> {
    const { group: before, about } = this.#state
    const { removals, done } = this.posting.arrived(arrived)
    const { lines, changed } = await this.#state.store(group, place, news, [...removals, ...more])
    const hasNews = this.attention.stored(lines)
    await done([...lines, ...changed])
    const hasMoved = group.epoch !== before?.epoch || this.#state.about.name !== about.name
    if (hasMoved || hasNews) this.#around.emit("room", this.id)
  }

  /** A message whose entry this device has passed without seeing it, having joined again since, becomes a line now. */
  async #settle({ id, seq, at }: ServerMessageOf<"sent">): Promise<void> {
    const { group, place } = this.#state
    const record = this.posting.waiting(id)
    if (record === undefined || group === undefined || seq > place.cursor || (await this.#state.hasLine(seq))) return
    const news = newsOf(record, { seq, at }, this.#around.self)
    await this.#store({ group, place, ...news, arrived: [record], entrance: undefined }, [])
  }

  /** Takes over a room that was entered: reading begins after the entry that let this device in. */
  async #establish(entered: Entered | Welcomed, hasMissed: boolean): Promise<void> {
    const { group, seq } = entered
    const isFounding = this.#state.about.standing === "founding" && seq === 0
    const items = await this.#state.arrival(entered, { isFounding, hasMissed })
    const begin = this.#state.isKnown && this.#state.place.cursor > 0 ? [] : this.attention.beginAt(seq)
    const more = [...begin, ...("used" in entered ? entered.used : []), ...this.#pending.removal()]
    const entrance = { seq, isGuide: isFounding }
    const now = { cursor: seq, after: seq, isFresh: !isFounding }
    await this.#store({ group, place: now, items, alterations: [], arrived: [], entrance }, more)
    this.#pending.settled()
    this.#until = undefined
    if ("used" in entered) this.#around.background(welcomed(this.#around, this.id, seq))
    this.#around.entered(this.id)
    this.#runDrain()
  }

  /** Lets go of a state that can't be continued, and joins again. */
  #rejoin(): void {
    if (this.#isRejoining) return
    this.#isRejoining = true
    const leave = async (): Promise<void> => {
      await this.#letGo(false)
      this.#isRejoining = false
    }
    this.#around.background(this.#serial.run(leave).then(() => this.#membership.enter()))
  }

  async #letGo(isOut: boolean): Promise<void> {
    await this.#state.forget(isOut)
    this.#around.emit("room", this.id)
  }

  #setTrouble(trouble: RoomView["trouble"]): void {
    if (this.#trouble === trouble) return
    this.#trouble = trouble
    this.#around.emit("room", this.id)
  }
}
