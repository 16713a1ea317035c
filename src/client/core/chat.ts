/**
 * A chat that is open: the one object that the interface, a test or a bot holds. It owns this device's state (one owner at a
 * time, by a lock that another tab can take over), keeps the connection, hands what comes to the room it concerns, and
 * tells what has changed by events.
 */
import { toBase64Url } from "../../shared/bytes.ts"
import { accountName, deviceId, messageId, roomId } from "../../shared/ids.ts"
import { GENERAL_ROOM, LIMITS } from "../../shared/limits.ts"
import type { ServerMessage, ServerMessageOf } from "../../shared/protocol.ts"
import { logOut } from "./account.ts"
import { Connection } from "./connection.ts"
import { textFault, wellFormed } from "./content.ts"
import { Drafts } from "./drafts.ts"
import { Emitter } from "./emitter.ts"
import { decodeIdentity } from "./mls/index.ts"
import { Pins } from "./people.ts"
import type { Lock, Platform } from "./platform.ts"
import { IDENTITY } from "./records.ts"
import { Room } from "./room.ts"
import type { Self, Surroundings } from "./room-surroundings.ts"
import { SealedVault } from "./sealed-vault.ts"
import {
  type AccountName,
  type ChatEvents,
  ClientError,
  type ConnectionState,
  type DeviceId,
  type Item,
  type MessageId,
  type Page,
  type RoomId,
  type RoomView,
} from "./types.ts"
import { Typing } from "./typing.ts"

const GENERAL = roomId.parse(GENERAL_ROOM, "room")
const PAGE = 200

/**
 * Opens the chat of the account that is logged in on this device; history can be read at once, with or without a server.
 * Throws ClientError `locked` when nobody is logged in, `already_open` when another tab has it and `takeOver` is false.
 */
export async function openChat(platform: Platform, { takeOver = false } = {}): Promise<Chat> {
  const current = await platform.keys.current()
  if (current === undefined) throw new ClientError("locked")
  const lock = await platform.lock(`SecureChat ${current.account}`, takeOver)
  if (lock === undefined) throw new ClientError("already_open")
  try {
    return await Chat.open(platform, lock, new SealedVault(await platform.openVault(current.account), current.key))
  } catch (error) {
    lock.release()
    throw error
  }
}

export class Chat {
  readonly account: AccountName
  readonly device: DeviceId
  readonly #platform: Platform
  readonly #lock: Lock
  readonly #vault: SealedVault
  readonly #events = new Emitter<ChatEvents>()
  readonly #connection: Connection
  readonly #rooms = new Map<RoomId, Room>()
  readonly #typing: Typing
  readonly #drafts: Drafts
  #state: ConnectionState = { kind: "connecting" }
  #online = new Set<AccountName>()
  #sessionLogs: boolean | undefined
  readonly #stop = new AbortController()
  #ended: Promise<void> | undefined

  private constructor(platform: Platform, lock: Lock, vault: SealedVault, self: Self) {
    this.account = self.name
    this.device = self.device
    this.#platform = platform
    this.#lock = lock
    this.#vault = vault
    this.#typing = new Typing(platform, this.#stop.signal, (room) => this.#events.emit("typing", room))
    this.#drafts = new Drafts(vault, (milliseconds) => platform.delay(milliseconds, this.#stop.signal))
    this.#connection = new Connection({
      platform,
      cursors: () => this.#cursors(),
      ready: (message) => this.#ready(message),
      message: (message) => this.#take(message),
      state: (state) => this.#setState(state),
    })
    void lock.lost.then(() => this.#end({ kind: "taken-over" }))
  }

  /** See openChat. */
  static async open(platform: Platform, lock: Lock, vault: SealedVault): Promise<Chat> {
    const stored = await vault.get(IDENTITY)
    if (stored === undefined) throw new ClientError("locked")
    const identity = decodeIdentity(stored)
    const self = {
      name: accountName.parse(identity.name, "name"),
      device: deviceId.parse(identity.device, "device"),
      accountKey: new Uint8Array(identity.accountKey),
    }
    const chat = new Chat(platform, lock, vault, self)
    const around: Surroundings = {
      ...{ platform, vault, identity, self },
      pins: await Pins.load(vault),
      newId: () => messageId.parse(toBase64Url(platform.random(LIMITS.idLength)), "id"),
      emit: (name, payload) => chat.#events.emit(name, payload),
      send: (message) => !chat.#stop.signal.aborted && chat.#connection.send(message),
      isOnline: () => chat.#connection.isReady,
      stop: chat.#stop.signal,
      background: (work) => chat.#watch(work),
      restart: () => chat.#connection.restart(),
    }
    chat.#rooms.set(GENERAL, await Room.load(GENERAL, around))
    chat.#connection.start()
    return chat
  }

  /** Calls the listener at each event of this name; returns what ends that. */
  on<K extends keyof ChatEvents>(name: K, listener: (payload: ChatEvents[K]) => void): () => void {
    return this.#events.on(name, listener)
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** Whether the server keeps session logs; undefined until it has said so. */
  get sessionLogs(): boolean | undefined {
    return this.#sessionLogs
  }

  rooms(): readonly RoomView[] {
    return [...this.#rooms.values()].map((room) => room.view())
  }

  /** Names of those who are online, by the server's word. Empty without a connection. */
  online(): ReadonlySet<AccountName> {
    return this.#online
  }

  /** Who is typing in a room. */
  typing(room: RoomId): readonly AccountName[] {
    return this.#typing.in(room)
  }

  /**
   * A page of a room's lines, oldest first: the newest ones with what waits, the newest before a position, or those that
   * follow one. Fewer than `limit` (200 unless given): there are no more on that side.
   */
  messages(room: RoomId, page: Partial<Page> = {}): Promise<Item[]> {
    return this.#room(room).items({ limit: PAGE, ...page })
  }

  /** What was being written in a room and not sent; "" when nothing was. */
  draft(room: RoomId): Promise<string> {
    return this.#drafts.get(room)
  }

  /** Keeps what is being written in a room; stored soon, or at once by `keepDrafts`. Never tells anybody. */
  setDraft(room: RoomId, text: string): void {
    this.#drafts.set(room, text)
  }

  /** Stores what is being written now; resolves when it is, or can't be. */
  keepDrafts(): Promise<void> {
    return this.#drafts.keep()
  }

  /**
   * Sends a text; stored when this resolves, and sent when that is possible.
   * Throws ClientError `text_empty`, `text_too_long`, `outbox_full`, and what the storage throws: the text is not kept then.
   */
  async send(room: RoomId, text: string): Promise<MessageId> {
    const fault = textFault(text)
    if (fault !== undefined) throw new ClientError(fault)
    return this.#room(room).send(wellFormed(text))
  }

  retry(room: RoomId, id: MessageId): Promise<void> {
    return this.#room(room).retry(id)
  }

  discard(room: RoomId, id: MessageId): Promise<void> {
    return this.#room(room).discard(id)
  }

  /** Says that the person is typing; asked for at every key, told to the server now and then. */
  sendTyping(room: RoomId): void {
    if (this.#typing.mayTell(room)) this.#connection.send({ type: "typing", room })
  }

  /** Tries to connect now, if it is waiting. */
  reconnect(): void {
    this.#connection.nudge()
  }

  /** Ends the session and locks what is stored here under the password. */
  async logOut(): Promise<void> {
    await this.#end({ kind: "ended" })
    await logOut(this.#platform)
  }

  /** Lets go of everything; the session stays. */
  async close(): Promise<void> {
    await this.#end(undefined)
  }

  /** Ends once: nothing is written any more, and who waits for the lock gets it when the last write is done. */
  #end(state: ConnectionState | undefined): Promise<void> {
    this.#ended ??= this.#letGo(state)
    return this.#ended
  }

  async #letGo(state: ConnectionState | undefined): Promise<void> {
    this.#stop.abort()
    this.#connection.stop()
    if (state !== undefined) this.#setState(state)
    await this.#drafts.keep()
    await this.#vault.close()
    this.#lock.release()
  }

  /** What fails in the background ends the chat, unless it failed because the chat has ended. */
  #watch(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!this.#stop.signal.aborted) void this.#end({ kind: "failed", error })
    })
  }

  #room(id: RoomId): Room {
    const room = this.#rooms.get(id)
    if (room === undefined) throw new ClientError("not_found")
    return room
  }

  #cursors() {
    return [...this.#rooms.values()].flatMap((room) => {
      const seq = room.cursor()
      return seq === undefined ? [] : [{ room: room.id, seq }]
    })
  }

  #ready({ rooms, online, sessionLogs }: ServerMessageOf<"ready">): void {
    this.#sessionLogs = sessionLogs
    this.#online = new Set(online)
    this.#events.emit("online", undefined)
    for (const room of this.#rooms.values()) room.ready(rooms.find((state) => state.room === room.id))
  }

  #take(message: Exclude<ServerMessage, { readonly type: "ready" | "pong" }>): void {
    if (message.type === "presence") this.#setOnline(message)
    const room = "room" in message ? this.#rooms.get(message.room) : undefined
    if (room === undefined || message.type === "presence" || message.type === "error") return
    if (message.type === "entry") {
      const { type: _, ...entry } = message
      this.#typing.spoke(message.room, message.sender)
      room.take(entry)
    } else if (message.type === "sent") room.sent(message)
    else if (message.type === "refused") room.refused(message)
    else if (message.type === "delivered") room.delivered(message.seq)
    else this.#typing.heard(message.room, message.account)
  }

  #setOnline({ account, online }: ServerMessageOf<"presence">): void {
    if (online) this.#online.add(account)
    else this.#online.delete(account)
    this.#events.emit("online", undefined)
  }

  #setState(state: ConnectionState): void {
    this.#state = state
    this.#events.emit("connection", state)
    if (state.kind === "online" || state.kind === "connecting") return
    this.#online = new Set()
    this.#events.emit("online", undefined)
    if (state.kind !== "offline") void this.#end(undefined)
  }
}
