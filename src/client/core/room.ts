/**
 * One room on this device: its place in the log, its MLS group, its outbox. Everything that changes them runs in one serial
 * queue, and each step is stored whole before anything else hears of it: group, lines, cursor and outbox in one
 * write. So a crash between any two steps leaves a state from which the same entries lead to the same lines again.
 *
 * Entries come from the server in log order. A gap means that the connection or the server is wrong: the connection is made
 * anew from where we are. A device that can't follow any more joins again by itself, and a line says so.
 */
import type { ServerMessageOf } from "../../shared/protocol.ts"
import type { Entry, Own } from "./apply.ts"
import { applyBatch, type Batch } from "./batch.ts"
import { type Entered, loadPending, noPending } from "./entering.ts"
import { type ItemRecord, itemOf, positionOf, readItems, seqOf } from "./history.ts"
import { Membership } from "./membership.ts"
import type { Group } from "./mls/index.ts"
import { Outbox, positionIn, textOf } from "./outbox.ts"
import { readyToSend } from "./outgoing.ts"
import { peopleOf } from "./people.ts"
import type { OutboxRecord } from "./records.ts"
import { RoomState } from "./room-state.ts"
import type { Surroundings } from "./room-surroundings.ts"
import { Sender } from "./sender.ts"
import { Serial } from "./serial.ts"
import type { Item, MessageId, Page, RoomId, RoomView } from "./types.ts"

/** Entries whose outcome is stored by one write. */
const TOGETHER = 64
/** Lines that are looked through when more of one's own messages are delivered. */
const DELIVERED_AT_ONCE = 500

export class Room {
  readonly id: RoomId
  readonly #around: Surroundings
  readonly #serial = new Serial()
  readonly #state: RoomState
  readonly #outbox: Outbox
  readonly #sender: Sender
  readonly #membership: Membership
  #incoming: Entry[] = []
  #head = 0
  #isLeaving = false

  private constructor(
    id: RoomId,
    around: Surroundings,
    state: RoomState,
    outbox: Outbox,
    pending: Awaited<ReturnType<typeof loadPending>>,
  ) {
    this.id = id
    this.#around = around
    this.#state = state
    this.#outbox = outbox
    this.#sender = new Sender({
      ...{ around, outbox },
      canSend: (after) => this.#canSend(after),
      transmit: (record) => this.#serial.run(() => this.#transmit(record)),
      failed: (record, code) => this.#serial.run(() => this.#change(record, { failed: code })),
      expelled: () => this.#rejoin(),
      paused: (until, reason) => around.emit("pause", { room: id, until, reason }),
    })
    const options = {
      ...{ room: id, around, serial: this.#serial },
      current: () => (state.group === undefined ? undefined : { group: state.group, after: state.place.after }),
      establish: (entered: Entered) => this.#establish(entered),
      changed: () => around.emit("room", id),
    }
    this.#membership = new Membership(options, pending)
  }

  /** Loads a room as it was stored. */
  static async load(id: RoomId, around: Surroundings): Promise<Room> {
    const state = await RoomState.load(id, around)
    const outbox = await Outbox.load(around.vault, id)
    return new Room(id, around, state, outbox, await loadPending(around.vault, around.identity, id))
  }

  view(): RoomView {
    const { group } = this.#state
    const people = group === undefined ? [] : peopleOf(group.members())
    const common = { id: this.id, kind: "general", name: "General" } as const
    const { trouble } = this.#membership
    return { ...common, joined: group !== undefined, trouble, people, waiting: this.#outbox.size }
  }

  /** Where the server should go on; undefined while this device is not in the room. */
  cursor(): number | undefined {
    return this.#state.group === undefined ? undefined : this.#state.place.cursor
  }

  /** A page of lines, oldest first; what waits in the outbox follows what is in the log. */
  items(page: Page): Promise<Item[]> {
    const { vault, self } = this.#around
    const waiting = this.#outbox.all().map((each) => this.#outbox.item(each, self))
    return readItems({ vault, room: this.id, self: self.name, delivered: this.#state.delivered }, page, waiting)
  }

  /** A new connection stands; `known` is what the server knows of this device in this room. */
  ready(known: ServerMessageOf<"ready">["rooms"][number] | undefined): void {
    this.#incoming = []
    this.#head = known?.head ?? 0
    this.#sender.reset()
    if (known !== undefined) this.delivered(known.delivered)
    const { group, place } = this.#state
    // The server has forgotten this device, or what it needs next, or itself stands further back than this device does.
    const isLost = known === undefined || known.behind !== undefined || known.head < place.cursor
    if (group !== undefined && isLost) this.#rejoin()
    this.#membership.connected()
    this.#sender.pump()
  }

  /** Takes an entry of the log. */
  take(entry: Entry): void {
    this.#incoming.push(entry)
    if (this.#incoming.length === 1) this.#runDrain()
  }

  /** Everything up to `seq` is delivered to somebody: tells the lines that this changes. */
  delivered(seq: number): void {
    const before = this.#state.delivered
    if (seq <= before) return
    this.#state.delivered = seq
    const tell = async (): Promise<void> => {
      const limit = Math.min(DELIVERED_AT_ONCE, seq - before)
      for (const item of await this.items({ before: positionOf(seq + 1, 0), limit }))
        if (item.kind === "text" && item.mine && seqOf(item.position) > before)
          this.#around.emit("item", { room: this.id, item, was: undefined })
    }
    this.#around.background(tell())
  }

  /** The server has taken a message. Its line comes with its entry in the log, which is on its way or was here before. */
  sent({ id, seq, at }: ServerMessageOf<"sent">): void {
    this.#sender.sent(id)
    this.#emitWaiting(id)
    this.#around.background(this.#serial.run(() => this.#settle(id, seq, at)))
  }

  refused(message: ServerMessageOf<"refused">): void {
    this.#around.background(this.#sender.refused(message))
  }

  /** Puts a message into the outbox; it is stored when this resolves, and goes out by itself. Throws `outbox_full`. */
  async send(text: string): Promise<MessageId> {
    const id = this.#around.newId()
    await this.#outbox.add(id, text, this.#around.platform.now())
    this.#emitWaiting(id)
    this.#sender.pump()
    return id
  }

  /** Tries a failed message again. */
  async retry(id: MessageId): Promise<void> {
    await this.#serial.run(async () => {
      const record = this.#outbox.get(id)
      if (record?.failed != null) await this.#change(record, { failed: null, message: new Uint8Array() })
    })
    this.#sender.pump()
  }

  /** Gives a waiting message up; one that may be in the log already stays. */
  async discard(id: MessageId): Promise<void> {
    await this.#serial.run(async () => {
      const record = this.#outbox.get(id)
      if (record === undefined || this.#mayBeTaken(record)) return
      await this.#around.vault.write([this.#outbox.removal(record)])
      this.#outbox.drop(id)
      this.#around.emit("gone", { room: this.id, position: positionIn(record) })
      this.#around.emit("room", this.id)
    })
    this.#sender.pump()
  }

  #mayBeTaken({ failed, message, after }: OutboxRecord): boolean {
    return failed === null && message.length > 0 && after >= this.#state.place.after
  }

  #canSend(after: number): boolean {
    const { group, place } = this.#state
    const isCurrent = place.cursor >= this.#head && place.after >= after
    return group !== undefined && !this.#isLeaving && isCurrent && this.#around.isOnline()
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
    }
    this.#sender.pump()
  }

  #own(): Own {
    return {
      ...this.#around.self,
      waiting: (id) => this.#outbox.get(id),
      pending: (id) => this.#membership.pendingGroup(id),
    }
  }

  /** Stores what a batch has led to, then tells of it. */
  async #keep({ group, place, items, consume, hasCommit, next }: Batch): Promise<void> {
    await this.#store(group, place, items, hasCommit)
    for (const each of consume) each()
    if (hasCommit) this.#membership.settled()
    if (next === "heal") this.#around.background(this.#membership.heal(place.after))
  }

  /** Stores where the room stands and the lines that led there; those that were in the outbox leave it. */
  async #store(
    group: Group,
    place: { readonly cursor: number; readonly after: number },
    items: readonly ItemRecord[],
    endsPending: boolean,
  ): Promise<void> {
    const epoch = this.#state.group?.epoch
    const arrived = this.#outbox.arrivedAs(items, this.#around.self.name)
    const alarms = await this.#state.store(group, place, items, [
      ...[...arrived.values()].map((record) => this.#outbox.removal(record)),
      ...(endsPending ? noPending(this.id) : []),
    ])
    for (const { id } of arrived.values()) this.#outbox.drop(id)
    for (const item of [...items, ...alarms]) {
      const record = arrived.get(item)
      this.#emitItem(item, record && positionIn(record))
    }
    if (group.epoch !== epoch) this.#around.emit("room", this.id)
  }

  /** A message whose entry this device has passed without seeing it, having joined again since, becomes a line now. */
  async #settle(id: MessageId, seq: number, at: number): Promise<void> {
    const { group, place } = this.#state
    const record = this.#outbox.get(id)
    if (record === undefined || group === undefined || seq > place.cursor) return
    await this.#store(group, place, [textOf(record, { seq, at }, this.#around.self)], false)
  }

  /** Takes over a room that was entered: reading begins after the entry that let this device in. */
  async #establish({ group, seq, at }: Entered): Promise<void> {
    const { name } = this.#around.self
    const position = positionOf(seq, 0)
    const item: ItemRecord = { type: "roster", position, at, change: "you-joined", name, devices: 1 }
    await this.#store(group, { cursor: seq, after: seq }, [...(await this.#state.explanation()), item], true)
    this.#runDrain()
  }

  /** Lets go of a state that can't be continued, and joins again. */
  #rejoin(): void {
    if (this.#isLeaving) return
    this.#isLeaving = true
    const leave = async (): Promise<void> => {
      await this.#state.forget()
      this.#isLeaving = false
      this.#around.emit("room", this.id)
    }
    this.#around.background(this.#serial.run(leave).then(() => this.#membership.enter()))
  }

  async #transmit({ id }: OutboxRecord): Promise<boolean> {
    const ready = await readyToSend({ around: this.#around, state: this.#state, outbox: this.#outbox }, id)
    if (ready === undefined) return false
    const { after, message } = ready
    return this.#around.send({ type: "send", id: ready.id, room: this.id, after, message })
  }

  async #change(record: OutboxRecord, change: Partial<OutboxRecord>): Promise<void> {
    const changed = { ...record, ...change }
    await this.#around.vault.write([this.#outbox.change(changed)])
    this.#outbox.keep(changed)
    this.#emitWaiting(record.id)
  }

  #emitItem(record: ItemRecord, was: string | undefined): void {
    const reading = { self: this.#around.self.name, delivered: this.#state.delivered }
    this.#around.emit("item", { room: this.id, item: itemOf(record, reading), was })
    if (was !== undefined) this.#around.emit("room", this.id)
  }

  /** Tells how a message of the outbox stands now. */
  #emitWaiting(id: MessageId): void {
    const record = this.#outbox.get(id)
    if (record === undefined) return
    this.#around.emit("item", { room: this.id, item: this.#outbox.item(record, this.#around.self), was: undefined })
    this.#around.emit("room", this.id)
  }
}
