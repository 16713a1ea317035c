/**
 * Rooms: founding, commits, messages, and how far each device has come. This file checks what the cleartext header of an
 * MLS message says (mls-header.ts) and leaves the epoch rule to the transaction that makes it true (store/rooms.ts).
 *
 * Messages that arrive while a transaction runs are handed over together and written by one statement. Listeners hear of
 * an entry after its COMMIT, in log order room by room: the one serial writer settles the order, and what it settles is
 * announced before anything else can run.
 *
 * What an attacker could try: post for a room he is not in (refused in the transaction), an old epoch (stale), another
 * room's message (the header names its group), a proposal or a handshake message as chat, an id that somebody else used
 * (ids count per device). What he may do, being a member: fill the log at the pace of his rate limit.
 */
import { UserError } from "../shared/errors.ts"
import type { AccountName, DeviceId, MessageId, RoomId } from "../shared/ids.ts"
import { readLabel } from "../shared/label.ts"
import { GENERAL_ROOM } from "../shared/limits.ts"
import { Delivered } from "./delivered.ts"
import { HeaderError, type MessageHeader, readHeader } from "./mls-header.ts"
import type { Session } from "./session.ts"
import type { Store } from "./store/index.ts"
import type { Entry } from "./store/log.ts"
import type { NewMessage, Placed } from "./store/rooms.ts"

export type { Entry } from "./store/log.ts"

/** Somebody else's device holds everything of `account` up to `seq`. */
export interface DeliveredTo {
  readonly room: RoomId
  readonly account: AccountName
  readonly seq: number
}

/** Senders of a room's newest entries, kept in memory to tell whom a delivery concerns. */
const RECENT_SENDERS = 1_024

interface Live {
  readonly delivered: Promise<Delivered>
  readonly senders: Map<number, AccountName>
}

interface Waiting {
  readonly message: NewMessage
  readonly settle: (answer: Placed | UserError) => void
  readonly fail: (error: unknown) => void
}

export interface SendRequest {
  readonly id: MessageId
  readonly room: RoomId
  readonly message: Uint8Array
}

export interface CommitRequest {
  readonly id: MessageId
  readonly commit: Uint8Array
  readonly groupInfo: Uint8Array
}

export class Rooms {
  readonly #store: Store
  readonly #now: () => number
  readonly #live = new Map<RoomId, Live>()
  readonly #committed: ((entry: Entry) => void)[] = []
  readonly #delivered: ((change: DeliveredTo) => void)[] = []
  #waiting: Waiting[] = []

  constructor(store: Store, now: () => number) {
    this.#store = store
    this.#now = now
  }

  /** Calls the listener with each entry after its COMMIT, in log order. */
  onCommitted(listener: (entry: Entry) => void): void {
    this.#committed.push(listener)
  }

  /** Calls the listener when somebody else's device has come to hold messages of an account. */
  onDelivered(listener: (change: DeliveredTo) => void): void {
    this.#delivered.push(listener)
  }

  /** Founds the general room; its first device is in. Throws UserError `room_exists`, `not_found` for another id. */
  async found(session: Session, room: RoomId, groupInfo: Uint8Array): Promise<{ seq: number; epoch: number }> {
    if (room !== GENERAL_ROOM) throw new UserError("not_found")
    await this.#store.rooms.found(session, room, "general", groupInfo, this.#now())
    return { seq: 0, epoch: 0 }
  }

  /** The newest GroupInfo of a room that this account may enter. Throws UserError `not_found`. */
  groupInfo(_session: Session, room: RoomId) {
    if (room !== GENERAL_ROOM) throw new UserError("not_found")
    return this.#store.rooms.groupInfo(room)
  }

  /** Takes a commit. Throws UserError `bad_request`, `not_found`, `not_a_member`, `stale`, `id_reused`, `storage_full`. */
  async commit(session: Session, room: RoomId, { id, commit, groupInfo }: CommitRequest) {
    const header = headerFor(room, commit)
    if (header.content !== "commit") throw new UserError("bad_request")
    const external = header.sender === "new_member_commit"
    if (header.sender === "external" || header.sender === "new_member_proposal") throw new UserError("bad_request")
    const placed = await this.#store.rooms.commit({
      ...{ session, room, id, groupInfo, external },
      epoch: header.epoch,
      body: commit,
      at: this.#now(),
    })
    if (placed.first) this.#announce(entryOf("commit", { session, room, id, body: commit }, placed))
    return { seq: placed.seq, epoch: placed.epoch, at: placed.at }
  }

  /** Takes a message. Throws UserError as `commit` does. Resolves after COMMIT. */
  send(session: Session, { id, room, message }: SendRequest): Promise<Placed> {
    const { content, wire, authenticatedData, epoch } = headerFor(room, message)
    if (content !== "application" || wire !== "private" || readLabel(authenticatedData) === undefined)
      return Promise.reject(new UserError("bad_request"))
    return new Promise((settle, fail) => {
      this.#waiting.push({
        message: { session, id, room, epoch, body: message, at: this.#now() },
        settle: (answer) => (answer instanceof UserError ? fail(answer) : settle(answer)),
        fail,
      })
      if (this.#waiting.length === 1) queueMicrotask(() => this.#hand())
    })
  }

  async #hand(): Promise<void> {
    const together = this.#waiting
    this.#waiting = []
    try {
      const answers = await this.#store.rooms.append(together.map(({ message }) => message))
      for (const [index, { message, settle }] of together.entries()) {
        const answer = answers[index] ?? new UserError("internal")
        if (!(answer instanceof UserError) && answer.first) this.#announce(entryOf("message", message, answer))
        settle(answer)
      }
    } catch (error) {
      for (const { fail } of together) fail(error)
    }
  }

  #announce(entry: Entry): void {
    const senders = this.#roomFor(entry.room).senders
    senders.set(entry.seq, entry.sender)
    senders.delete(entry.seq - RECENT_SENDERS)
    for (const listener of this.#committed) listener(entry)
  }

  /** The next entries of a room after `seq`, at most LIMITS.pullRows, oldest first. */
  read(room: RoomId, seq: number): Promise<Entry[]> {
    return this.#store.log.read(room, seq)
  }

  /** Every room that a device is in, with its place there and what is delivered of its account's messages. */
  async placesOf(session: Session) {
    const cursors = await this.#store.log.cursorsOf(session.device)
    return Promise.all(
      cursors.map(async (cursor) => ({
        ...cursor,
        delivered: (await this.#roomFor(cursor.room).delivered).seenBy(session.account.name),
      })),
    )
  }

  /**
   * A device says that it holds everything up to `seq`. Throws UserError `bad_request` for what is not in the log yet,
   * `not_a_member` for a room that the device is not in.
   */
  async persisted(session: Session, room: RoomId, seq: number): Promise<void> {
    if (seq > (await this.#store.log.head(room))) throw new UserError("bad_request")
    if (!(await this.#store.log.advance(room, session.device, seq))) throw new UserError("not_a_member")
    const { delivered, senders } = this.#roomFor(room)
    for (const change of (await delivered).advance(session.account.name, seq)) {
      const concerned = new Set<AccountName>()
      for (const [at, sender] of senders) if (at > change.from && at <= change.to) concerned.add(sender)
      for (const account of concerned)
        if ("only" in change ? account === change.only : account !== change.except)
          for (const listener of this.#delivered) listener({ room, account, seq: change.to })
    }
  }

  #roomFor(room: RoomId): Live {
    const known = this.#live.get(room)
    if (known !== undefined) return known
    const delivered = this.#store.log.furthest(room).then((furthest) => new Delivered(furthest))
    const live = { delivered, senders: new Map<number, AccountName>() }
    this.#live.set(room, live)
    return live
  }
}

function headerFor(room: RoomId, message: Uint8Array): MessageHeader {
  try {
    const header = readHeader(message)
    if (header.group === room) return header
  } catch (error) {
    if (!(error instanceof HeaderError)) throw error
  }
  throw new UserError("bad_request")
}

type Said = Pick<NewMessage, "session" | "room" | "id" | "body">

function entryOf(kind: Entry["kind"], { session, room, id, body }: Said, { seq, at }: Placed): Entry {
  const device: DeviceId = session.device
  return { room, seq, at, kind, sender: session.account.name, device, id, message: new Uint8Array(body) }
}
