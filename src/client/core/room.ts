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
import { OPENING_LENGTH, writeContent } from "./content.ts"
import { type Entered, loadPending, noPending, type Pending } from "./entering.ts"
import { type ItemRecord, itemChange, itemOf, positionOf, readItems, seqOf } from "./history.ts"
import { Membership } from "./membership.ts"
import { decodeGroup, type Group } from "./mls/index.ts"
import { Outbox, positionIn } from "./outbox.ts"
import { peopleOf } from "./people.ts"
import {
  groupKey,
  type OutboxRecord,
  type RoomRecord,
  readRecord,
  roomKey,
  roomRecord,
  writeRecord,
} from "./records.ts"
import type { Surroundings } from "./room-surroundings.ts"
import type { RecordChange } from "./sealed-vault.ts"
import { Sender } from "./sender.ts"
import { Serial } from "./serial.ts"
import type { Item, MessageId, RoomId, RoomView } from "./types.ts"

/** Entries whose outcome is stored by one write. */
const TOGETHER = 64
/** Lines that are looked through when more of one's own messages are delivered. */
const DELIVERED_AT_ONCE = 500
/** Lines of one entry are numbered 0 to 9; the last one is for keys that changed. */
const LAST_INDEX = 9

/** What the vault holds of a room. */
interface Stored {
  readonly outbox: Outbox
  readonly pending: Pending | undefined
  readonly group: Group | undefined
  readonly place: RoomRecord
}

export class Room {
  readonly id: RoomId
  readonly #around: Surroundings
  readonly #serial = new Serial()
  readonly #outbox: Outbox
  readonly #sender: Sender
  readonly #membership: Membership
  #group: Group | undefined
  #place: RoomRecord
  #incoming: Entry[] = []
  #head = 0
  #delivered = 0

  private constructor(id: RoomId, around: Surroundings, { outbox, pending, group, place }: Stored) {
    this.id = id
    this.#around = around
    this.#outbox = outbox
    this.#group = group
    this.#place = place
    this.#sender = new Sender({
      ...{ platform: around.platform, outbox },
      canSend: (after) => this.#canSend(after),
      transmit: (record) => this.#serial.run(() => this.#transmit(record)),
      failed: (record, code) => this.#change(record, { failed: code }),
      expelled: () => void this.#rejoin(),
      paused: (until, reason) => around.emit("pause", { room: id, until, reason }),
    })
    const options = {
      ...{ room: id, around, serial: this.#serial },
      current: () => (this.#group === undefined ? undefined : { group: this.#group, after: this.#place.after }),
      establish: (entered: Entered) => this.#establish(entered),
      changed: () => around.emit("room", id),
    }
    this.#membership = new Membership(options, pending)
  }

  /** Loads a room as it was stored. */
  static async load(id: RoomId, around: Surroundings): Promise<Room> {
    const { vault, identity } = around
    const [outbox, pending] = await Promise.all([Outbox.load(vault, id), loadPending(vault, identity, id)])
    const [place, group] = await Promise.all([vault.get(roomKey(id)), vault.get(groupKey(id))])
    return new Room(id, around, {
      ...{ outbox, pending },
      place: place === undefined ? { cursor: 0, after: 0 } : readRecord(roomRecord, place),
      group: group === undefined ? undefined : decodeGroup(identity, group),
    })
  }

  view(): RoomView {
    const people = this.#group === undefined ? [] : peopleOf(this.#group.members())
    const common = { id: this.id, kind: "general", name: "General" } as const
    const { trouble } = this.#membership
    return { ...common, joined: this.#group !== undefined, trouble, people, waiting: this.#outbox.size }
  }

  /** Where the server should go on; undefined while this device is not in the room. */
  cursor(): number | undefined {
    return this.#group === undefined ? undefined : this.#place.cursor
  }

  /** The newest lines before a position, oldest first; without a position also what waits in the outbox. */
  async items(before: string | undefined, limit: number): Promise<Item[]> {
    const { vault, self } = this.#around
    const reading = { vault, room: this.id, self: self.name, delivered: this.#delivered }
    const stored = await readItems(reading, before, limit)
    return before === undefined
      ? [...stored, ...this.#outbox.all().map((each) => this.#outbox.item(each, self))]
      : stored
  }

  /** A new connection stands; `state` is what the server knows of this device in this room. */
  ready(state: ServerMessageOf<"ready">["rooms"][number] | undefined): void {
    this.#incoming = []
    this.#head = state?.head ?? 0
    this.#sender.reset()
    if (state !== undefined) void this.delivered(state.delivered)
    // The server has forgotten this device, or what it needs next, or itself stands further back than this device does.
    const isLost = state === undefined || state.behind !== undefined || state.head < this.#place.cursor
    if (this.#group !== undefined && isLost) void this.#rejoin()
    else this.#membership.connected()
    void this.#sender.pump()
  }

  /** Takes an entry of the log. */
  take(entry: Entry): void {
    this.#incoming.push(entry)
    if (this.#incoming.length === 1) void this.#serial.run(() => this.#drain())
  }

  /** Everything up to `seq` is delivered to somebody: tells the lines that this changes. */
  async delivered(seq: number): Promise<void> {
    const before = this.#delivered
    if (seq <= before) return
    this.#delivered = seq
    for (const item of await this.items(positionOf(seq + 1, 0), Math.min(DELIVERED_AT_ONCE, seq - before)))
      if (item.kind === "text" && item.mine && seqOf(item.position) > before)
        this.#around.emit("item", { room: this.id, item, was: undefined })
  }

  sent(id: MessageId): void {
    this.#sender.sent(id)
    this.#emitWaiting(id)
  }

  refused(message: ServerMessageOf<"refused">): void {
    void this.#sender.refused(message)
  }

  /** Puts a message into the outbox; it is stored when this resolves, and goes out by itself. */
  async send(text: string): Promise<MessageId> {
    const id = this.#around.newId()
    await this.#outbox.add(id, text, this.#around.platform.now())
    this.#emitWaiting(id)
    void this.#sender.pump()
    return id
  }

  /** Tries a failed message again. */
  async retry(id: MessageId): Promise<void> {
    const record = this.#outbox.get(id)
    if (record !== undefined) await this.#change(record, { failed: null, message: new Uint8Array() })
    void this.#sender.pump()
  }

  /** Gives a waiting message up. */
  async discard(id: MessageId): Promise<void> {
    const record = this.#outbox.get(id)
    if (record === undefined) return
    await this.#around.vault.write([this.#outbox.removal(record)])
    this.#outbox.drop(id)
    this.#around.emit("gone", { room: this.id, position: positionIn(record) })
    this.#around.emit("room", this.id)
  }

  /** Stops; resolves when nothing is being stored any more. */
  async close(): Promise<void> {
    this.#sender.stop()
    await this.#serial.run(async () => undefined)
  }

  #canSend(after: number): boolean {
    const { cursor, after: handled } = this.#place
    return this.#group !== undefined && cursor >= this.#head && handled >= after && this.#around.isOnline()
  }

  async #drain(): Promise<void> {
    while (this.#incoming.length > 0 && this.#group !== undefined && !this.#around.isStopped()) {
      const entries = this.#incoming.splice(0, TOGETHER)
      const batch = await applyBatch(this.#group, this.#place, entries, this.#own())
      await this.#take(batch)
      if (batch.next === "rejoin") return this.#forgetPlace()
      if (batch.next === "gap") return this.#around.restart()
    }
    if (this.#group === undefined) return
    this.#around.send({ type: "persisted", room: this.id, seq: this.#place.cursor })
    void this.#sender.pump()
  }

  #own(): Own {
    return {
      ...this.#around.self,
      waiting: (id) => this.#outbox.get(id),
      pending: (id) => this.#membership.pendingGroup(id),
    }
  }

  /** Stores what a batch has led to, then tells of it. */
  async #take({ group, place, items, consume, hasCommit, next }: Batch): Promise<void> {
    const arrived = items.flatMap((item) => {
      const record = item.type === "text" && this.#isMine(item) ? this.#outbox.get(item.id) : undefined
      return record === undefined ? [] : [{ item, record }]
    })
    await this.#store(group, place, items, [
      ...arrived.map(({ record }) => this.#outbox.removal(record)),
      ...(hasCommit ? noPending(this.id) : []),
    ])
    for (const each of consume) each()
    if (hasCommit) this.#membership.settled()
    const positions = new Map(arrived.map(({ item, record }) => [item, positionIn(record)]))
    for (const { record } of arrived) this.#outbox.drop(record.id)
    for (const item of items) this.#emitItem(item, positions.get(item))
    if (next === "heal") void this.#membership.heal(place.after)
    if (next === "rejoin") queueMicrotask(() => void this.#membership.enter())
  }

  #isMine({ sender }: Extract<ItemRecord, { type: "text" }>): boolean {
    return sender === this.#around.self.name
  }

  /** Stores a new state of the room, and takes it over. */
  async #store(
    group: Group,
    place: RoomRecord,
    items: readonly ItemRecord[],
    more: readonly RecordChange[],
  ): Promise<void> {
    const rosterMoved = group.epoch !== this.#group?.epoch
    const pins = rosterMoved ? this.#around.pins.compare(peopleOf(group.members())) : { changes: [], changed: [] }
    const at = items.at(-1)?.at ?? this.#around.platform.now()
    const alarms = pins.changed.map((name, index): ItemRecord => {
      const position = `${positionOf(place.cursor, LAST_INDEX)}${index}`
      return { type: "roster", position, at, change: "key-changed", name, devices: 0 }
    })
    await this.#around.vault.write([
      { key: roomKey(this.id), value: writeRecord(roomRecord, place) },
      ...(group === this.#group ? [] : [{ key: groupKey(this.id), value: group.encode() }]),
      ...[...items, ...alarms].map((item) => itemChange(this.id, item)),
      ...pins.changes,
      ...more,
    ])
    this.#group = group
    this.#place = place
    if (rosterMoved) this.#around.emit("room", this.id)
    for (const alarm of alarms) this.#emitItem(alarm, undefined)
  }

  /** Takes over a room that was entered: reading begins after the entry that let this device in. */
  async #establish({ group, seq, at }: Entered): Promise<void> {
    const { self } = this.#around
    const position = positionOf(seq, 0)
    const item: ItemRecord = { type: "roster", position, at, change: "you-joined", name: self.name, devices: 1 }
    await this.#store(group, { cursor: seq, after: seq }, [item], noPending(this.id))
    this.#emitItem(item, undefined)
    if (this.#incoming.length > 0) queueMicrotask(() => void this.#serial.run(() => this.#drain()))
    void this.#sender.pump()
  }

  /** Lets go of a state that can't be continued; the conversation stays. */
  async #forgetPlace(): Promise<void> {
    await this.#around.vault.write([
      { key: groupKey(this.id), value: undefined },
      { key: roomKey(this.id), value: undefined },
    ])
    this.#group = undefined
    this.#place = { cursor: 0, after: 0 }
    this.#around.emit("room", this.id)
  }

  async #rejoin(): Promise<void> {
    await this.#serial.run(() => this.#forgetPlace())
    await this.#membership.enter()
  }

  async #transmit(record: OutboxRecord): Promise<boolean> {
    const known = this.#outbox.get(record.id)
    if (this.#group === undefined || known === undefined || this.#around.isStopped()) return false
    const isFresh = known.message.length > 0 && known.after === this.#place.after
    const { id, after, message } = isFresh ? known : await this.#encrypt(this.#group, known)
    return this.#around.send({ type: "send", id, room: this.id, after, message })
  }

  /** Encrypts a message, and stores it with the group it leads to before anything is sent. */
  async #encrypt(group: Group, record: OutboxRecord): Promise<OutboxRecord> {
    const { vault, platform } = this.#around
    const content = await writeContent({ type: "text", text: record.text }, platform.random(OPENING_LENGTH))
    const made = await group.encrypt(content.plaintext, content.authenticatedData)
    const ready = { ...record, message: new Uint8Array(made.message), after: this.#place.after }
    await vault.write([{ key: groupKey(this.id), value: made.group.encode() }, this.#outbox.change(ready)])
    this.#group = made.group
    this.#outbox.keep(ready)
    made.consume()
    return ready
  }

  async #change(record: OutboxRecord, change: Partial<OutboxRecord>): Promise<void> {
    const changed = { ...record, ...change }
    await this.#around.vault.write([this.#outbox.change(changed)])
    this.#outbox.keep(changed)
    this.#emitWaiting(record.id)
  }

  #emitItem(record: ItemRecord, was: string | undefined): void {
    const reading = { self: this.#around.self.name, delivered: this.#delivered }
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
