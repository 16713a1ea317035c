/**
 * A chat that is open: the one object that the interface, a test or a bot holds. It owns this device's state (one owner at a
 * time, by a lock that another tab can take over), keeps the connection, hands what comes to the room it concerns, and
 * tells what has changed by events. openChat (opening.ts) makes one; docs/bots.md shows it whole.
 *
 * A method that takes a room throws ClientError `not_found` for one that this device does not know, and whatever writes
 * rejects with what the storage throws, also once the chat is closed.
 */
import { toBase64Url } from "../../shared/bytes.ts"
import { messageId } from "../../shared/ids.ts"
import { LIMITS } from "../../shared/limits.ts"
import { privateRoomId } from "../../shared/private-room.ts"
import { logOut } from "./account.ts"
import { Connection } from "./connection.ts"
import type { Said } from "./content.ts"
import { Drafts } from "./drafts.ts"
import { Emitter } from "./emitter.ts"
import { seqOf } from "./history.ts"
import { HistoryTransfer } from "./history-transfer.ts"
import { Incoming } from "./incoming.ts"
import { Lifetime } from "./lifetime.ts"
import { Pins } from "./pins.ts"
import type { Lock, Platform } from "./platform.ts"
import type { Surroundings } from "./room-surroundings.ts"
import { GENERAL, Rooms } from "./rooms.ts"
import { edit, react, remove, say } from "./saying.ts"
import type { SealedVault } from "./sealed-vault.ts"
import { Search, type SearchAnswer, type SearchOptions } from "./search.ts"
import { loadSelf } from "./self.ts"
import { Settings } from "./settings.ts"
import { addPeople, leaveGroup, removePerson, renameGroup, startGroup, startPrivate } from "./starting.ts"
import type {
  AccountName,
  ChatEvents,
  ConnectionState,
  DeviceId,
  Item,
  MessageId,
  Page,
  RoomId,
  RoomView,
  Verification,
} from "./types.ts"
import { acceptKey, verificationOf } from "./verification.ts"

interface Parts {
  readonly around: Surroundings
  readonly rooms: Rooms
  readonly events: Emitter<ChatEvents>
  readonly life: Lifetime
}

export class Chat {
  /** Who is logged in, and as which of their devices. */
  readonly account: AccountName
  readonly device: DeviceId
  readonly #around: Surroundings
  readonly #rooms: Rooms
  readonly #events: Emitter<ChatEvents>
  readonly #life: Lifetime
  readonly #connection: Connection
  readonly #incoming: Incoming
  readonly #search: Search
  /** What is being written in rooms and was not sent. */
  readonly drafts: Drafts
  /** The history of this account, from one of its devices to another. */
  readonly history: HistoryTransfer

  private constructor({ around, rooms, events, life }: Parts) {
    this.account = around.self.name
    this.device = around.self.device
    this.#around = around
    this.#rooms = rooms
    this.#events = events
    this.#life = life
    this.drafts = new Drafts(around.vault, (milliseconds) => around.platform.delay(milliseconds, life.stop))
    this.history = new HistoryTransfer(around, rooms)
    this.#incoming = new Incoming(around, rooms)
    this.#search = new Search(rooms, events)
    this.#connection = new Connection({
      platform: around.platform,
      cursors: () => rooms.cursors(),
      ready: (message) => this.#incoming.ready(message),
      message: (message) => this.#incoming.take(message),
      state: (state) => life.turn(state),
    })
  }

  /** For openChat (opening.ts), which holds the lock. Throws ClientError `locked` when the vault has no identity. */
  static async open(platform: Platform, lock: Lock, vault: SealedVault): Promise<Chat> {
    const { identity, self } = await loadSelf(vault)
    const events = new Emitter<ChatEvents>()
    const life = new Lifetime({
      changed: (state) => chat.#turned(state),
      letGo: async () => {
        await chat.#letGo()
        lock.release()
      },
    })
    const around: Surroundings = {
      ...{ platform, vault, identity, self, stop: life.stop },
      pins: await Pins.load(vault),
      settings: await Settings.load(vault),
      newId: () => messageId.parse(toBase64Url(platform.random(LIMITS.idLength)), "id"),
      emit: (name, payload) => events.emit(name, payload),
      send: (message) => !life.stop.aborted && chat.#connection.send(message),
      isOnline: () => chat.#connection.isReady,
      background: (work) => life.watch(work),
      restart: () => chat.#connection.restart(),
      deviceRoom: await privateRoomId(self.accountKey, self.accountKey),
      heard: (from, content) => chat.history.heard(from, content),
      mayEnter: (room) => room === GENERAL || rooms.hasGeneral,
      entered: (room) => chat.#incoming.entered(room),
    }
    const rooms: Rooms = await Rooms.load(around)
    const chat: Chat = new Chat({ around, rooms, events, life })
    await chat.history.resume()
    void lock.lost.then(() => life.end({ kind: "taken-over" }))
    chat.#connection.start()
    return chat
  }

  /** Calls the listener at each event of this name, never within the call that caused it; returns what ends that. */
  on<K extends keyof ChatEvents>(name: K, listener: (payload: ChatEvents[K]) => void): () => void {
    return this.#events.on(name, listener)
  }

  /** How the connection stands; after `close`, how it stood last. */
  get state(): ConnectionState {
    return this.#life.state
  }

  /** Resolves when this device can be added to rooms while it is away, which takes a moment when it is new. */
  get reachable(): Promise<void> {
    return this.#incoming.reachable
  }

  /** Whether the server keeps session logs; undefined until it has said so. */
  get sessionLogs(): boolean | undefined {
    return this.#incoming.sessionLogs
  }

  /** Every room that this device is in or was in, and those that it is about to found. */
  rooms(): readonly RoomView[] {
    return this.#rooms.views()
  }

  /** Names of those who are online, by the server's word. Empty without a connection. */
  online(): ReadonlySet<AccountName> {
    return this.#incoming.online.names
  }

  /** Who is typing in a room. */
  typing(room: RoomId): readonly AccountName[] {
    return this.#incoming.typing.in(room)
  }

  /**
   * A page of a room's lines, oldest first: the newest ones with what waits, the newest before a position, or those that
   * follow one. Fewer than `limit` (200 unless given): there are no more on that side.
   */
  async messages(room: RoomId, page: Partial<Page> = {}): Promise<Item[]> {
    return this.#rooms.items(room, { limit: 200, ...page })
  }

  /**
   * Messages of all rooms that this device has, newest first, with all words and "phrases" of a query; case and accents do
   * not matter. The first search reads the whole history, which takes a while. Rejects when the chat ends meanwhile.
   */
  search(query: string, options?: SearchOptions): Promise<SearchAnswer> {
    return this.#search.find(query, options)
  }

  /**
   * Sends a text, formatted or not, of at most LIMITS.textMax bytes of UTF-8; stored when this resolves, and sent later.
   * Throws ClientError `text_empty`, `text_too_long`, `outbox_full` (10,000 wait), `not_in_room`, and `not_found` when the
   * message that it answers, by its position, is not here; the text is not kept then.
   */
  async send(room: RoomId, said: Said, more: { readonly reply?: string } = {}): Promise<MessageId> {
    return say(this.#rooms.get(room), said, more.reply)
  }

  /** Changes the text of one's own message. Throws as `send` does, and `bad_request` for somebody else's. */
  async edit(room: RoomId, position: string, said: Said): Promise<void> {
    await edit(this.#rooms.get(room), position, said)
  }

  /** Deletes one's own message, for everybody. Throws as `edit` does. */
  async delete(room: RoomId, position: string): Promise<void> {
    await remove(this.#rooms.get(room), position)
  }

  /** Reacts to a message with an emoji, or takes that back. Throws as `edit` does, and `bad_request` for what is no emoji. */
  async react(room: RoomId, position: string, emoji: string, on: boolean): Promise<void> {
    await react(this.#rooms.get(room), position, emoji, on)
  }

  /** Tries a message that has failed again; does nothing to any other. */
  async retry(room: RoomId, id: MessageId): Promise<void> {
    await this.#rooms.get(room).posting.retry(id)
  }

  /** Gives up a message that waits, told as `gone`; does nothing when the server may have taken it. */
  async discard(room: RoomId, id: MessageId): Promise<void> {
    await this.#rooms.get(room).posting.discard(id)
  }

  /** The private chat with somebody, started if there was none; works while they are away. Throws as starting.ts says. */
  startPrivate(name: AccountName): Promise<RoomId> {
    return startPrivate(this.#around, this.#rooms, name)
  }

  /** Starts a group with a name and these people, at most LIMITS.groupMax with oneself. Throws as starting.ts says. */
  startGroup(group: { readonly name: string; readonly people: readonly AccountName[] }): Promise<RoomId> {
    return startGroup(this.#around, this.#rooms, group)
  }

  /** Adds people to a group: they read what is said from then on. Throws as starting.ts says, as do the three below. */
  addPeople(room: RoomId, people: readonly AccountName[]): Promise<void> {
    return addPeople(this.#around, this.#rooms, room, people)
  }

  /** Removes somebody from a group; its founder may. */
  removePerson(room: RoomId, name: AccountName): Promise<void> {
    return removePerson(this.#rooms, room, name)
  }

  /** Leaves a group, with all devices of this account. */
  leaveGroup(room: RoomId): Promise<void> {
    return leaveGroup(this.#rooms, room)
  }

  /** Gives a group another name, of at most LIMITS.roomNameMax UTF-16 units; what is longer is cut. */
  renameGroup(room: RoomId, name: string): Promise<void> {
    return renameGroup(this.#rooms, room, name)
  }

  /** How the key of somebody stands, and what to compare with them. Throws ClientError `not_found`. */
  verification(name: AccountName): Promise<Verification> {
    return verificationOf(this.#around, name)
  }

  /** Whether the key that somebody has now was compared with them. */
  isVerified(name: AccountName): boolean {
    return this.#around.pins.isVerified(name)
  }

  /** Takes the key that somebody has now for right; `verified`: it was compared with them. What was held back goes out. */
  acceptKey(name: AccountName, how: { readonly verified: boolean }): Promise<void> {
    return acceptKey(this.#around, this.#rooms, name, how)
  }

  /** The person has the newest lines of a room before their eyes; others hear of it unless settings say no. */
  see(room: RoomId): Promise<void> {
    return this.#rooms.get(room).attention.see()
  }

  /** Who has a message of a room, and who has seen it, by its position. Asks the server; throws ClientError. */
  marks(room: RoomId, position: string) {
    return this.#rooms.get(room).attention.of(seqOf(position))
  }

  /** What is set on this device. */
  get settings(): Settings {
    return this.#around.settings
  }

  /** Says that the person is typing; asked for at every key, told to the server now and then. */
  sendTyping(room: RoomId): void {
    if (this.#incoming.typing.mayTell(room)) this.#connection.send({ type: "typing", room })
  }

  /** Tries to connect now, if it is waiting. */
  reconnect(): void {
    this.#connection.nudge()
  }

  /** Ends the session and locks what is stored here under the password. */
  async logOut(): Promise<void> {
    await this.#life.end({ kind: "ended" })
    await logOut(this.#around.platform)
  }

  /** Lets go of everything; the session stays, and openChat opens the chat again. Resolves when the last write is done. */
  async close(): Promise<void> {
    await this.#life.end(undefined)
  }

  #turned(state: ConnectionState): void {
    this.#events.emit("connection", state)
    if (state.kind !== "online" && state.kind !== "connecting") this.#incoming.online.reset([])
  }

  async #letGo(): Promise<void> {
    this.#connection.stop()
    this.#search.close()
    await this.drafts.keep()
    await this.#around.vault.close()
  }
}
