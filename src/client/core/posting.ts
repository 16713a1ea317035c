/**
 * What a person says in one room, on its way into the log: kept in the outbox, encrypted when its turn comes, tried again,
 * given up when the person says so. When to send is the sender's to decide (sender.ts), how is here.
 */
import type { ServerMessageOf } from "../../shared/protocol.ts"
import { type ItemRecord, itemOf, type Waiting } from "./history.ts"
import { lineOf, Outbox, positionIn } from "./outbox.ts"
import { readyToSend } from "./outgoing.ts"
import type { OutboxRecord } from "./records.ts"
import type { RoomState } from "./room-state.ts"
import type { Surroundings } from "./room-surroundings.ts"
import { newKeysIn } from "./room-view.ts"
import { Sender } from "./sender.ts"
import type { Serial } from "./serial.ts"
import type { MessageId, RoomId } from "./types.ts"

export interface PostingOptions {
  readonly room: RoomId
  readonly around: Surroundings
  readonly state: RoomState
  readonly serial: Serial
  /** Whether this device is in the room, connected and up to date. */
  readonly isReady: () => boolean
  /** The server says that this device is not in the room. */
  readonly expelled: () => void
}

export class Posting {
  readonly #options: PostingOptions
  readonly #outbox: Outbox
  readonly #sender: Sender

  private constructor(options: PostingOptions, outbox: Outbox) {
    const { room, around, state, serial, isReady, expelled } = options
    this.#options = options
    this.#outbox = outbox
    this.#sender = new Sender({
      ...{ around, outbox, expelled },
      canSend: (after) => isReady() && state.place.after >= after && !this.#isHeld(),
      transmit: (record) => serial.run(() => this.#transmit(record)),
      failed: (record, code) => serial.run(() => this.#change(record, { failed: code })),
      paused: (until, reason) => around.emit("pause", { room, until, reason }),
    })
  }

  static async load(options: PostingOptions): Promise<Posting> {
    return new Posting(options, await Outbox.load(options.around.vault, options.room))
  }

  /** How many messages wait. */
  get size(): number {
    return this.#outbox.size
  }

  /** The message with this id, while it waits. */
  waiting(id: string): OutboxRecord | undefined {
    return this.#outbox.get(id)
  }

  /** What waits, as lines of the conversation. */
  lines(): readonly Waiting[] {
    const { self } = this.#options.around
    return this.#outbox.all().map((record) => ({ id: record.id, item: this.#outbox.item(record, self) }))
  }

  /** Puts a message into the outbox; it is stored when this resolves, and goes out by itself. Throws `outbox_full`. */
  async send(text: string, what?: "name"): Promise<MessageId> {
    const { around } = this.#options
    const id = around.newId()
    await this.#outbox.add(id, text, around.platform.now(), what)
    this.#tell(id)
    this.pump()
    return id
  }

  /** Sends what can be sent now. */
  pump(): void {
    this.#sender.pump()
  }

  /** The connection is a new one. */
  reset(): void {
    this.#sender.reset()
  }

  /** The server has taken a message: its line comes with its entry in the log, which is on its way or was here before. */
  sent({ id }: ServerMessageOf<"sent">): void {
    this.#sender.sent(id)
    this.#tell(id)
  }

  refused(message: ServerMessageOf<"refused">): Promise<void> {
    return this.#sender.refused(message)
  }

  /** Tries a failed message again. */
  async retry(id: MessageId): Promise<void> {
    await this.#options.serial.run(async () => {
      const record = this.#outbox.get(id)
      if (record?.failed != null) await this.#change(record, { failed: null, message: new Uint8Array() })
    })
    this.pump()
  }

  /** Gives a waiting message up; one that may be in the log already stays. */
  async discard(id: MessageId): Promise<void> {
    const { serial, around, room } = this.#options
    await serial.run(async () => {
      const record = this.#outbox.get(id)
      if (record === undefined || this.#mayBeTaken(record)) return
      await around.vault.write([this.#outbox.removal(record)])
      this.#outbox.drop(id)
      around.emit("gone", { room, position: positionIn(record) })
      around.emit("room", room)
    })
    this.pump()
  }

  /** A message that waits, as the line that its entry in the log leads to. */
  lineFor(id: string, place: { readonly seq: number; readonly at: number }): ItemRecord | undefined {
    const record = this.#outbox.get(id)
    return record === undefined ? undefined : lineOf(record, place, this.#options.around.self)
  }

  /** Those of these lines that waited here: what deletes them from the outbox, and what to do once that is done. */
  arrived(items: readonly ItemRecord[]) {
    const { around, room, state } = this.#options
    const arrived = this.#outbox.arrivedAs(items, around.self.name)
    const removals = [...arrived.values()].map((record) => this.#outbox.removal(record))
    /** `lines` are the lines that were stored: tells of each, and of what has left the outbox without becoming one. */
    const done = (lines: readonly ItemRecord[]): void => {
      for (const { id } of arrived.values()) this.#outbox.drop(id)
      for (const record of lines) {
        const waited = arrived.get(record)
        const item = itemOf(record, { self: around.self.name, delivered: state.delivered })
        around.emit("item", { room, item, was: waited && positionIn(waited) })
      }
      for (const [item, waited] of arrived)
        if (!lines.includes(item)) around.emit("gone", { room, position: positionIn(waited) })
      if (arrived.size > 0) around.emit("room", room)
    }
    return { removals, done }
  }

  /** Whether nothing is sent, because a key has changed or the person is leaving. */
  #isHeld(): boolean {
    const { state, around } = this.#options
    const { kind, isLeaving } = state.about
    return isLeaving || (kind !== "general" && newKeysIn(state, around.pins).length > 0)
  }

  #mayBeTaken({ failed, message, after }: OutboxRecord): boolean {
    return failed === null && message.length > 0 && after >= this.#options.state.place.after
  }

  async #transmit({ id }: OutboxRecord): Promise<boolean> {
    const { around, state, room } = this.#options
    const ready = await readyToSend({ around, state, outbox: this.#outbox }, id)
    if (ready === undefined) return false
    const { after, message } = ready
    return around.send({ type: "send", id: ready.id, room, after, message })
  }

  async #change(record: OutboxRecord, change: Partial<OutboxRecord>): Promise<void> {
    const changed = { ...record, ...change }
    await this.#options.around.vault.write([this.#outbox.change(changed)])
    this.#outbox.keep(changed)
    this.#tell(record.id)
  }

  /** Tells how a waiting message stands now. */
  #tell(id: MessageId): void {
    const { around, room } = this.#options
    const record = this.#outbox.get(id)
    if (record === undefined) return
    around.emit("item", { room, item: this.#outbox.item(record, around.self), was: undefined })
    around.emit("room", room)
  }
}
