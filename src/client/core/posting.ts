/**
 * What a person says in one room, on its way into the log: kept in the outbox, encrypted when its turn comes, tried again,
 * given up when the person says so. When to send is the sender's to decide (sender.ts), how is here.
 */
import type { ServerMessageOf } from "../../shared/protocol.ts"
import { type Alteration, targetOf } from "./altering.ts"
import { type Content, contentText } from "./content.ts"
import { type ItemRecord, positionOf, readLine, seqOf } from "./history.ts"
import { itemsOf, type Line, type Reading, readItems, type WaitingChange } from "./items.ts"
import { alterationOf, type Extra, isLine, Outbox, positionIn } from "./outbox.ts"
import { readyToSend } from "./outgoing.ts"
import type { OutboxRecord } from "./records.ts"
import type { RoomState } from "./room-state.ts"
import type { Surroundings } from "./room-surroundings.ts"
import { newKeysIn } from "./room-view.ts"
import { Sender } from "./sender.ts"
import { Serial } from "./serial.ts"
import type { AccountName, Item, MessageId, Page, RoomId } from "./types.ts"

/** Lines that are looked through when more of one's own messages are delivered or read. */
const MARKED_AT_ONCE = 500

export interface PostingOptions {
  readonly room: RoomId
  readonly around: Surroundings
  readonly state: RoomState
  readonly serial: Serial
  /** Whether this device is in the room, connected and up to date. */
  readonly isReady: () => boolean
  /** The newest entry that is known to exist. */
  readonly head: () => number
  /** The server says that this device is not in the room. */
  readonly expelled: () => void
}

export class Posting {
  readonly #options: PostingOptions
  readonly #outbox: Outbox
  readonly #sender: Sender
  readonly #telling = new Serial()
  /** The newest entry that there was when the connection began. */
  #missedUntil = 0

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

  /** A page of lines, oldest first; what waits follows what is in the log. */
  items(page: Page): Promise<Item[]> {
    const { self } = this.#options.around
    const lines = this.#outbox.all().filter(isLine)
    return readItems(
      this.#reading,
      page,
      lines.flatMap((record) => this.#outbox.line(record, self)),
    )
  }

  /** The line that is kept at a position, as it is shown. */
  async at(position: string): Promise<Item | undefined> {
    const { around, room } = this.#options
    const record = await readLine(around.vault, room, position)
    return record && (await itemsOf(this.#reading, [{ record }]))[0]
  }

  /** Everything that waits. */
  all(): readonly OutboxRecord[] {
    return this.#outbox.all()
  }

  /** Puts a message into the outbox; it is stored when this resolves, and goes out by itself. Throws `outbox_full`. */
  async send(text: string, more?: Extra): Promise<MessageId> {
    const { around } = this.#options
    const id = around.newId()
    await this.#outbox.add(id, text, around.platform.now(), more)
    this.#tell(id)
    this.pump()
    return id
  }

  /** Says something that adds no line: to one's own devices, or about a line that is there. Throws `outbox_full`. */
  async tell(content: Content): Promise<void> {
    const { around } = this.#options
    const id = around.newId()
    await this.#outbox.add(id, contentText(content), around.platform.now(), { what: "content" })
    this.#tell(id)
    this.pump()
  }

  /** Sends what can be sent now. */
  pump(): void {
    this.#sender.pump()
  }

  /** The connection is a new one. */
  reset(): void {
    this.#missedUntil = this.#options.head()
    this.#sender.reset()
  }

  /** The server has taken a message: its line comes with its entry in the log, which is on its way or was here before. */
  sent({ id }: ServerMessageOf<"sent">): void {
    this.#sender.sent(id)
    this.#tell(id)
  }

  /** Everything up to `seq` is delivered to somebody: tells the lines that this changes. */
  delivered(seq: number): void {
    this.#marked("delivered", Math.min(seq, this.#options.head()))
  }

  /** Everything up to `seq` is seen by everybody else. */
  read(seq: number): void {
    this.#marked("read", Math.min(seq, this.#options.head()))
  }

  #marked(mark: "delivered" | "read", seq: number): void {
    const { around, room, state } = this.#options
    const before = state[mark]
    if (seq <= before) return
    state[mark] = seq
    // One after the other, each with what is known when its turn comes: the newest state is told last.
    const tell = async (): Promise<void> => {
      const limit = Math.min(MARKED_AT_ONCE, seq - before)
      for (const item of await readItems(this.#reading, { before: positionOf(seq + 1, 0), limit }, []))
        if (item.kind === "text" && item.mine && seqOf(item.position) > before)
          around.emit("item", { room, item, was: undefined })
    }
    around.background(this.#telling.run(tell))
  }

  get #reading(): Reading {
    const { around, room, state } = this.#options
    const { delivered, read } = state
    return { vault: around.vault, room, self: around.self.name, delivered, read, changes: this.#changes() }
  }

  /** Changes to lines that wait. */
  #changes(): WaitingChange[] {
    return this.#outbox.all().flatMap((record) => {
      const alteration = this.#alterationOf(record)
      const state = record.failed === null ? "sending" : "failed"
      return alteration === undefined ? [] : [{ id: record.id, state, alteration }]
    })
  }

  /** What waits for its entry comes after all that have one. */
  #alterationOf(record: OutboxRecord): Alteration | undefined {
    return alterationOf(record, { seq: Number.POSITIVE_INFINITY, at: record.at }, this.#options.around.self)
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
      if (!isLine(record)) await this.#emit(await this.#linesOf(record))
      around.emit("room", room)
    })
    this.pump()
  }

  /** These messages are in the log now: what deletes them from the outbox, and what to do once that is done. */
  arrived(records: readonly OutboxRecord[]) {
    const { around, room } = this.#options
    const removals = records.map((record) => this.#outbox.removal(record))
    /** `lines` are the lines that were stored: tells of each, and of what has left the outbox without becoming one. */
    const done = async (lines: readonly ItemRecord[]): Promise<void> => {
      for (const { id } of records) this.#outbox.drop(id)
      const items = await itemsOf(
        this.#reading,
        lines.map((record) => ({ record })),
      )
      for (const [index, item] of items.entries()) {
        const waited = records.find((record) => isLineOf(record, lines[index], around.self.name))
        const missed = seqOf(item.position) <= this.#missedUntil
        around.emit("item", { room, item, was: waited && positionIn(waited), missed })
      }
      for (const record of records)
        if (!lines.some((line) => isLineOf(record, line, around.self.name)))
          around.emit("gone", { room, position: positionIn(record) })
      if (records.length > 0) around.emit("room", room)
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

  /** Tells how what waits stands now, unless it has left the outbox by then. */
  #tell(id: MessageId): void {
    const { around, room } = this.#options
    const tell = async (): Promise<void> => {
      const record = this.#outbox.get(id)
      if (record !== undefined) await this.#emit(await this.#linesOf(record), () => this.#outbox.get(id) === record)
    }
    around.background(this.#telling.run(tell))
    around.emit("room", room)
  }

  /** What a message of the outbox shows: itself, or the line that it changes. */
  async #linesOf(record: OutboxRecord): Promise<Line[]> {
    const { around, room } = this.#options
    if (isLine(record)) return this.#outbox.line(record, around.self)
    const alteration = this.#alterationOf(record)
    const line = alteration && (await readLine(around.vault, room, targetOf(alteration.content)))
    return line === undefined ? [] : [{ record: line }]
  }

  async #emit(lines: readonly Line[], isStill = (): boolean => true): Promise<void> {
    const { around, room } = this.#options
    const items = await itemsOf(this.#reading, lines)
    if (isStill()) for (const item of items) around.emit("item", { room, item, was: undefined })
  }
}

function isLineOf({ id }: OutboxRecord, line: ItemRecord | undefined, self: AccountName): boolean {
  return (line?.type === "text" || line?.type === "named") && line.id === id && line.sender === self
}
