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

import { sameBytes } from "../shared/bytes.ts"
import { UserError } from "../shared/errors.ts"
import type { AccountName, DeviceId, MessageId, RoomId } from "../shared/ids.ts"
import { readLabel } from "../shared/label.ts"
import { GENERAL_ROOM, LIMITS } from "../shared/limits.ts"
import { privateRoomId } from "../shared/private-room.ts"
import type { RoomKind } from "../shared/protocol.ts"
import { Delivered } from "./delivered.ts"
import { HeaderError, type MessageHeader, readGroupInfoHeader, readHeader } from "./mls-header.ts"
import type { Session } from "./session.ts"
import { readStatement } from "./statement.ts"
import type { Store } from "./store/index.ts"
import type { Entry } from "./store/log.ts"
import type { NewMessage, Placed } from "./store/messages.ts"
import type { Added, NewCommit } from "./store/rooms.ts"

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

/** A device was added to a room by the commit with this seq, 0 for the founding: a Welcome waits for it. */
export interface InvitedTo {
  readonly room: RoomId
  readonly kind: RoomKind
  readonly device: DeviceId
  readonly seq: number
}

/** A device was removed from a room by the commit with this seq. */
export interface LeftAt {
  readonly room: RoomId
  readonly device: DeviceId
  readonly seq: number
}

/** A device of a room is to be removed by whoever commits next. */
export interface ToldToLeave {
  readonly room: RoomId
  readonly statement: Uint8Array<ArrayBuffer>
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

export interface FoundRequest {
  readonly kind: RoomKind
  readonly groupInfo: Uint8Array
  readonly added: readonly DeviceId[]
  readonly peer?: AccountName
  readonly welcome?: Uint8Array
}

export interface CommitRequest {
  readonly id: MessageId
  readonly after: number
  readonly commit: Uint8Array
  readonly groupInfo: Uint8Array
  readonly added: readonly DeviceId[]
  readonly removed: readonly DeviceId[]
  readonly welcome?: Uint8Array
}

export class Rooms {
  readonly #store: Store
  readonly #now: () => number
  readonly #report: (line: string) => void
  readonly #live = new Map<RoomId, Live>()
  readonly #committed: ((entry: Entry) => void)[] = []
  readonly #delivered: ((change: DeliveredTo) => void)[] = []
  readonly #joined: ((place: JoinedAt) => void)[] = []
  readonly #invited: ((to: InvitedTo) => void)[] = []
  readonly #left: ((at: LeftAt) => void)[] = []
  readonly #departing: ((departure: ToldToLeave) => void)[] = []

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

  /** Calls the listener when a device was added to a room, before it hears of what is said there. */
  onInvited(listener: (to: InvitedTo) => void): void {
    this.#invited.push(listener)
  }

  /** Calls the listener when a device was removed from a room, before it hears of the entry that did it. */
  onLeft(listener: (at: LeftAt) => void): void {
    this.#left.push(listener)
  }

  /** Calls the listener when a device of a room has stated that it leaves, or its account has said so of it. */
  onDeparting(listener: (departure: ToldToLeave) => void): void {
    this.#departing.push(listener)
  }

  /**
   * Founds a room with its first devices. Throws UserError `room_exists`, `not_found` for an unknown peer, `bad_request`
   * for an id that does not go with the kind.
   */
  async found(session: Session, room: RoomId, request: FoundRequest): Promise<void> {
    const { kind, groupInfo } = request
    await this.#checkFounding(session, room, request)
    const added = addedBy(request)
    // The founder's own first commit, if it made one, needs no place in the log: nobody else was there.
    checkGroupInfo(room, groupInfo, added.devices.length === 0 ? 0 : 1)
    const isNew = await this.#store.rooms.found({ session, room, kind, groupInfo, added, at: this.#now() })
    this.#tell(this.#joined, { room, device: session.device, seq: 0 })
    if (isNew) for (const device of added.devices) this.#tell(this.#invited, { room, kind, device, seq: 0 })
  }

  async #checkFounding(session: Session, room: RoomId, { kind, peer, added }: FoundRequest): Promise<void> {
    const wrong = new UserError("bad_request")
    if ((kind === "general") !== (room === GENERAL_ROOM) || (kind === "private") !== (peer !== undefined)) throw wrong
    if (kind === "general" && added.length > 0) throw wrong
    if (peer === undefined) return
    const [own, other] = await Promise.all([session.account.name, peer].map((name) => this.#store.accounts.find(name)))
    if (other === undefined) throw new UserError("not_found")
    if (own === undefined || own.id === other.id) throw wrong
    if ((await privateRoomId(own.accountKey, other.accountKey)) !== room) throw wrong
  }

  /** The kind of a room that this account may enter. Throws UserError `not_found`, also for one that it may not enter. */
  async #enterable({ account }: Session, room: RoomId): Promise<RoomKind> {
    const kind = await this.#store.rooms.kind(room)
    const mayEnter = kind === "general" || (await this.#store.rooms.isOfAccount(room, account.id))
    if (kind === undefined || !mayEnter) throw new UserError("not_found")
    return kind
  }

  /** The newest GroupInfo of a room that this account may enter. Throws UserError `not_found`. */
  async groupInfo(session: Session, room: RoomId) {
    await this.#enterable(session, room)
    return this.#store.rooms.groupInfo(room)
  }

  /** Takes a commit. Throws UserError `bad_request`, `not_found`, `not_a_member`, `stale`, `id_reused`, `storage_full`. */
  async commit(session: Session, room: RoomId, request: CommitRequest) {
    const { id, after, commit, groupInfo, removed } = request
    const { content, sender, epoch } = headerFor(room, commit)
    if (content !== "commit" || sender === "external" || sender === "new_member_proposal")
      throw new UserError("bad_request")
    checkGroupInfo(room, groupInfo, epoch + 1)
    const kind = await this.#enterable(session, room)
    const external = sender === "new_member_commit"
    const added = addedBy(request)
    const changes = added.devices.length + removed.length
    if ((external && changes > 0) || (kind === "general" && added.devices.length > 0))
      throw new UserError("bad_request")
    const said = { session, room, id, after, groupInfo, external, added, removed, body: commit, at: this.#now() }
    const { seq, at } = await this.#store.rooms.commit(said, (placed) => {
      if (placed.first) this.#announceChanges(kind, said, placed)
      this.#announce("commit", said, placed)
    })
    return { seq, at }
  }

  #announceChanges(kind: RoomKind, { room, session, external, added, removed }: NewCommit, { seq }: Placed): void {
    if (external) this.#tell(this.#joined, { room, device: session.device, seq })
    for (const device of removed) this.#tell(this.#left, { room, device, seq })
    for (const device of added.devices) this.#tell(this.#invited, { room, kind, device, seq })
  }

  /**
   * Takes the statement that a device of this account leaves a group. Its signature is for the members to check. Throws
   * UserError `not_a_member`, `bad_request` for another kind of room or of statement.
   */
  async depart(session: Session, room: RoomId, statement: Uint8Array<ArrayBuffer>): Promise<void> {
    const { scope, device, accountKey } = readStatement(statement)
    const account = await this.#store.accounts.find(session.account.name)
    const isOwn = account !== undefined && sameBytes(account.accountKey, accountKey)
    if (scope !== "room" || !isOwn || (await this.#store.rooms.kind(room)) !== "group")
      throw new UserError("bad_request")
    if (!(await this.#store.departures.keep(room, device, statement, this.#now()))) throw new UserError("not_a_member")
    this.#tell(this.#departing, { room, statement })
  }

  /** A device is gone for good: its rooms are told to remove it, on this statement. */
  async retire(device: DeviceId, statement: Uint8Array<ArrayBuffer>): Promise<void> {
    for (const room of await this.#store.departures.keepEverywhere(device, statement, this.#now()))
      this.#tell(this.#departing, { room, statement })
  }

  /** The Welcome that waits for a device. Throws UserError `not_found`. */
  welcome({ device }: Session, room: RoomId) {
    return this.#store.invitations.welcome(device, room)
  }

  /** A device needs the Welcome of this commit no more. */
  welcomed({ device }: Session, room: RoomId, seq: number): Promise<void> {
    return this.#store.invitations.taken(device, room, seq)
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
  log(room: RoomId, seq: number, limit?: number): Promise<Entry[]> {
    return this.#store.log.read(room, seq, limit)
  }

  /** Every room that a device is in, with its place there and what is delivered of its account's messages. */
  async placesOf(session: Session) {
    const cursors = await this.#store.log.cursorsOf(session.device)
    const welcomes = await this.#store.invitations.waitingFor(session.device)
    return Promise.all(
      cursors.map(async (cursor) => ({
        ...cursor,
        welcome: welcomes.get(cursor.room),
        delivered: (await this.#roomFor(cursor.room).delivered).seenBy(session.account.name),
      })),
    )
  }

  /** The person of a device has seen everything up to `seq`. Throws UserError as `persisted` does. */
  async seen(session: Session, room: RoomId, seq: number): Promise<void> {
    if (!(await this.#store.marks.see(room, session.device, seq))) throw new UserError("not_a_member")
  }

  /** What a device should know besides its places: see `ready` in protocol.ts. */
  async newsFor(session: Session) {
    const [elsewhere, departures, keyPackages] = await Promise.all([
      this.#store.log.elsewhere(session),
      this.#store.departures.knownTo(session.device, LIMITS.departuresAtOnce),
      this.#store.keyPackages.left(session.device),
    ])
    return { elsewhere, departures, keyPackages }
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

/** Whom a commit adds; a Welcome goes with them, and with nobody else. */
function addedBy({ added, welcome }: Pick<CommitRequest, "added" | "welcome">): Added {
  if (added.length > 0 !== (welcome !== undefined)) throw new UserError("bad_request")
  return { devices: added, welcome }
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
