/**
 * Rooms: founding, commits, messages, and how far each device has come. This file checks what the cleartext header of an
 * MLS message says (mls-header.ts); the rule of order is kept in the transaction that makes it true (store/rooms.ts): an
 * entry is taken only from a device that has handled the newest commit of the log, so log order is decryption order.
 *
 * Listeners hear of an entry after its COMMIT, in log order, before its sender gets the ack.
 *
 * What an attacker could try: post for a room he is not in (refused in the transaction), out of order (stale), another
 * room's message (the header names its group), a proposal or a handshake message as chat, an id that somebody else used
 * (ids count per device), a commit that members refuse (it costs a log entry: they go on after it without having applied
 * it). What he may do, being a member: fill the log at the pace of his rate limit.
 */
import { UserError } from "../shared/errors.ts"
import type { AccountName, DeviceId, MessageId, RoomId } from "../shared/ids.ts"
import { readLabel } from "../shared/label.ts"
import { GENERAL_ROOM } from "../shared/limits.ts"
import { Delivered } from "./delivered.ts"
import { HeaderError, type MessageHeader, readGroupInfoHeader, readHeader } from "./mls-header.ts"
import type { Session } from "./session.ts"
import type { Store } from "./store/index.ts"
import type { Entry } from "./store/log.ts"
import type { NewMessage, Placed } from "./store/messages.ts"

export type { Entry } from "./store/log.ts"

/** Somebody else's device holds everything of `account` up to `seq`. */
export interface DeliveredTo {
  readonly room: RoomId
  readonly account: AccountName
  readonly seq: number
}

/** A device is in the room, and gets what comes after `seq`. */
export interface JoinedAt {
  readonly room: RoomId
  readonly device: DeviceId
  readonly seq: number
}

/** Senders of a room's newest entries, kept in memory to tell whom a delivery concerns. */
const RECENT_SENDERS = 1_024

interface Live {
  /** The highest seq that is known here to exist; the store may know of a higher one. */
  head: number
  readonly delivered: Promise<Delivered>
  readonly senders: Map<number, AccountName>
}

export interface SendRequest {
  readonly id: MessageId
  readonly room: RoomId
  readonly after: number
  readonly message: Uint8Array
}

export interface CommitRequest {
  readonly id: MessageId
  readonly after: number
  readonly commit: Uint8Array
  readonly groupInfo: Uint8Array
}

export class Rooms {
  readonly #store: Store
  readonly #now: () => number
  readonly #report: (line: string) => void
  readonly #live = new Map<RoomId, Live>()
  readonly #committed: ((entry: Entry) => void)[] = []
  readonly #delivered: ((change: DeliveredTo) => void)[] = []
  readonly #joined: ((place: JoinedAt) => void)[] = []

  constructor(store: Store, now: () => number, report: (line: string) => void = (line) => console.error(line)) {
    this.#store = store
    this.#now = now
    this.#report = report
  }

  /** Calls the listener with each entry after its COMMIT, in log order. */
  onCommitted(listener: (entry: Entry) => void): void {
    this.#committed.push(listener)
  }

  /** Calls the listener when a device has entered a room or entered it anew, before it hears of the entry that did it. */
  onJoined(listener: (place: JoinedAt) => void): void {
    this.#joined.push(listener)
  }

  /** Calls the listener when somebody else's device has come to hold messages of an account. */
  onDelivered(listener: (change: DeliveredTo) => void): void {
    this.#delivered.push(listener)
  }

  /** Founds the general room; its first device is in. Throws UserError `room_exists`, `not_found` for another id. */
  async found(session: Session, room: RoomId, groupInfo: Uint8Array): Promise<void> {
    if (room !== GENERAL_ROOM) throw new UserError("not_found")
    checkGroupInfo(room, groupInfo, 0)
    await this.#store.rooms.found({ session, room, kind: "general", groupInfo, at: this.#now() })
    this.#tell(this.#joined, { room, device: session.device, seq: 0 })
  }

  /** The newest GroupInfo of a room that this account may enter. Throws UserError `not_found`. */
  groupInfo(_session: Session, room: RoomId) {
    if (room !== GENERAL_ROOM) throw new UserError("not_found")
    return this.#store.rooms.groupInfo(room)
  }

  /** Takes a commit. Throws UserError `bad_request`, `not_found`, `not_a_member`, `stale`, `id_reused`, `storage_full`. */
  async commit(session: Session, room: RoomId, { id, after, commit, groupInfo }: CommitRequest) {
    const { content, sender, epoch } = headerFor(room, commit)
    if (content !== "commit" || sender === "external" || sender === "new_member_proposal")
      throw new UserError("bad_request")
    checkGroupInfo(room, groupInfo, epoch + 1)
    const external = sender === "new_member_commit"
    const said = { session, room, id, after, groupInfo, external, body: commit, at: this.#now() }
    const { seq, at } = await this.#store.rooms.commit(said, (placed) => {
      if (external && placed.first) this.#tell(this.#joined, { room, device: session.device, seq: placed.seq })
      this.#announce("commit", said, placed)
    })
    return { seq, at }
  }

  /** Takes a message. Throws UserError as `commit` does. Resolves after COMMIT. */
  async send(session: Session, { id, room, after, message }: SendRequest): Promise<Placed> {
    const { content, wire, authenticatedData } = headerFor(room, message)
    if (content !== "application" || wire !== "private" || readLabel(authenticatedData) === undefined)
      throw new UserError("bad_request")
    const said = { session, id, room, after, body: message, at: this.#now() }
    return this.#store.rooms.append(said, (placed) => this.#announce("message", said, placed))
  }

  #announce(kind: Entry["kind"], { session, room, id, body }: NewMessage, { seq, at, first }: Placed): void {
    if (!first) return
    const { account, device } = session
    const entry = { room, seq, at, kind, sender: account.name, device, id, message: new Uint8Array(body) }
    const live = this.#roomFor(entry.room)
    live.head = entry.seq
    live.senders.set(entry.seq, entry.sender)
    live.senders.delete(entry.seq - RECENT_SENDERS)
    this.#tell(this.#committed, entry)
  }

  /** A listener that fails stops neither the others nor the writer that is about to answer. */
  #tell<T>(listeners: readonly ((news: T) => void)[], news: T): void {
    for (const listener of listeners)
      try {
        listener(news)
      } catch (error) {
        this.#report(`A listener of the rooms failed: ${error instanceof Error ? error.name : "unknown error"}`)
      }
  }

  /** The next entries of a room after `seq`, at most `limit` and LIMITS.pullRows, oldest first. */
  read(room: RoomId, seq: number, limit?: number): Promise<Entry[]> {
    return this.#store.log.read(room, seq, limit)
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
    const live = this.#roomFor(room)
    if (seq > live.head) live.head = Math.max(live.head, await this.#store.log.head(room))
    if (seq > live.head) throw new UserError("bad_request")
    if (!(await this.#store.log.advance(room, session.device, seq))) throw new UserError("not_a_member")
    const { delivered, senders } = live
    for (const change of (await delivered).advance(session.account.name, seq)) {
      const concerned = new Set<AccountName>()
      for (const [at, sender] of senders) if (at > change.from && at <= change.to) concerned.add(sender)
      for (const account of concerned)
        if ("only" in change ? account === change.only : account !== change.except)
          this.#tell(this.#delivered, { room, account, seq: change.to })
    }
  }

  #roomFor(room: RoomId): Live {
    const known = this.#live.get(room)
    if (known !== undefined) return known
    const delivered = this.#store.log.furthest(room).then((furthest) => new Delivered(furthest))
    const live = { head: 0, delivered, senders: new Map<number, AccountName>() }
    this.#live.set(room, live)
    return live
  }
}

function headerFor(room: RoomId, message: Uint8Array): MessageHeader {
  const header = reading(() => readHeader(message))
  if (header.group !== room) throw new UserError("bad_request")
  return header
}

/** Whether members can believe it is theirs to check; a GroupInfo of another room or epoch is a mistake or worse. */
function checkGroupInfo(room: RoomId, groupInfo: Uint8Array, wanted: number): void {
  const { group, epoch } = reading(() => readGroupInfoHeader(groupInfo))
  if (group !== room || epoch !== wanted) throw new UserError("bad_request")
}

function reading<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof HeaderError ? new UserError("bad_request") : error
  }
}
