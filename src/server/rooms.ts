/**
 * Rooms: founding, commits, messages, and how far each device has come. What is checked of a request by itself is in
 * room-requests.ts; the rule of order is kept in the transaction that makes it true (store/rooms.ts): an
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
import type { AccountName, DeviceId, RoomId } from "../shared/ids.ts"
import { LIMITS } from "../shared/limits.ts"
import { isGroupRoomId, privateRoomId } from "../shared/private-room.ts"
import type { RoomKind } from "../shared/wire.ts"
import { Newsroom, type RoomNews } from "./room-news.ts"
import { RoomProgress } from "./room-progress.ts"
import {
  type CommitRequest,
  checkCommit,
  checkFounding,
  checkMessage,
  type FoundRequest,
  type SendRequest,
} from "./room-requests.ts"
import type { Session } from "./session.ts"
import { readStatement } from "./statement.ts"
import type { Store } from "./store/index.ts"
import type { Entry } from "./store/log.ts"
import type { NewMessage, Placed } from "./store/messages.ts"
import type { NewCommit } from "./store/rooms.ts"

export type { CommitRequest, FoundRequest, SendRequest } from "./room-requests.ts"
export type { Entry } from "./store/log.ts"

export class Rooms {
  readonly #store: Store
  readonly #now: () => number
  readonly #news: Newsroom
  readonly #progress: RoomProgress

  constructor(store: Store, now: () => number, report: (line: string) => void = (line) => console.error(line)) {
    this.#store = store
    this.#now = now
    this.#news = new Newsroom(report)
    this.#progress = new RoomProgress(store, this.#news)
  }

  /** Calls the listener with what happens in rooms; see room-news.ts. */
  on<K extends keyof RoomNews>(what: K, listener: (news: RoomNews[K]) => void): void {
    this.#news.on(what, listener)
  }

  /**
   * Founds a room with its first devices. Throws UserError `room_exists`, `not_found` for an unknown peer, `bad_request`
   * for an id that does not go with the kind or the accounts, and for a device that can't be added.
   */
  async found(session: Session, room: RoomId, request: FoundRequest): Promise<void> {
    const { kind, groupInfo } = request
    const added = checkFounding(room, request)
    const parties = await this.#partiesOf(session, room, request)
    const isNew = await this.#store.rooms.found({ session, room, kind, parties, groupInfo, added, at: this.#now() })
    this.#news.tell("joined", { room, device: session.device, seq: 0 })
    if (!isNew) return
    for (const device of added.devices) this.#news.tell("invited", { room, kind, device, seq: 0 })
    await this.#tellLeftOut(room, kind, [session.device, ...added.devices])
  }

  /** Tells the devices that their accounts got after somebody had asked for their KeyPackages. */
  async #tellLeftOut(room: RoomId, kind: RoomKind, devices: readonly DeviceId[]): Promise<void> {
    for (const device of await this.#store.log.leftOut(room, devices))
      this.#news.tell("elsewhere", { room, kind, device })
  }

  /** The accounts that an id is made of. Throws UserError `bad_request` when the founder's is none of them. */
  async #partiesOf({ account }: Session, room: RoomId, { kind, peer }: FoundRequest): Promise<number[]> {
    if (kind === "general" || (kind === "group" && isGroupRoomId(room))) return []
    const [own, other] = await Promise.all([account.name, peer ?? account.name].map((name) => this.#account(name)))
    if (own === undefined || other === undefined) throw new UserError("not_found")
    // A group of an account's own devices has an id that comes from its key alone.
    const isOfBoth = (await privateRoomId(own.accountKey, other.accountKey)) === room
    if (!isOfBoth || (own.id === other.id) !== (kind === "group")) throw new UserError("bad_request")
    return [...new Set([own.id, other.id])]
  }

  #account(name: AccountName) {
    return this.#store.accounts.find(name)
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
    const changes = checkCommit(room, request)
    const kind = await this.#enterable(session, room)
    const said = { session, room, id, after, groupInfo, ...changes, removed, body: commit, at: this.#now() }
    const { seq, at } = await this.#store.rooms.commit(said, (placed) => {
      if (placed.first) this.#announceChanges(kind, said, placed)
      this.#announce("commit", said, placed)
    })
    const { devices } = changes.added
    if (devices.length > 0) await this.#tellLeftOut(room, kind, devices)
    await this.#tellDepartures(room, changes.external ? [...devices, session.device] : devices)
    return { seq, at }
  }

  /** Whoever has come into a room hears of whom it is to be rid of: they may be all others who are there. */
  async #tellDepartures(room: RoomId, devices: readonly DeviceId[]): Promise<void> {
    if (devices.length === 0) return
    for (const { statement } of await this.#store.departures.knownIn(room, LIMITS.departuresAtOnce))
      for (const to of devices) this.#news.tell("departing", { room, statement, to })
  }

  #announceChanges(kind: RoomKind, { room, session, external, added, removed }: NewCommit, { seq }: Placed): void {
    this.#progress.changed(room)
    if (external) this.#news.tell("joined", { room, device: session.device, seq })
    for (const device of removed) this.#news.tell("left", { room, device, seq })
    for (const device of added.devices) this.#news.tell("invited", { room, kind, device, seq })
  }

  /**
   * Takes the statement that a device of this account leaves a group. Its signature is for the members to check. Throws
   * UserError `not_found` for a room that this account may not enter, `not_a_member` for a device that is not in it,
   * `bad_request` for another kind of room or of statement.
   */
  async depart(session: Session, room: RoomId, statement: Uint8Array<ArrayBuffer>): Promise<void> {
    const { scope, device, accountKey } = readStatement(statement)
    const account = await this.#account(session.account.name)
    const isOwn = account !== undefined && sameBytes(account.accountKey, accountKey)
    if (scope !== "room" || !isOwn) throw new UserError("bad_request")
    if ((await this.#enterable(session, room)) !== "group") throw new UserError("bad_request")
    const isKept = await this.#store.departures.keep(account.id, { room, device, statement }, this.#now())
    if (!isKept) throw new UserError("not_a_member")
    this.#news.tell("departing", { room, statement })
  }

  /** A device is gone for good: its rooms are told to remove it, on this statement. */
  async retire(device: DeviceId, statement: Uint8Array<ArrayBuffer>): Promise<void> {
    for (const room of await this.#store.departures.keepEverywhere(device, statement, this.#now()))
      this.#news.tell("departing", { room, statement })
  }

  /** The Welcome that waits for a device. Throws UserError `not_found`. */
  welcome({ device }: Session, room: RoomId) {
    return this.#store.invitations.welcome(device, room)
  }

  /** A device needs the Welcome of this commit no more. */
  welcomed({ device }: Session, room: RoomId, seq: number): Promise<void> {
    return this.#store.invitations.taken(device, room, seq)
  }

  /** Takes a message. Throws UserError `bad_request`, `not_a_member`, `stale`, `id_reused`, `storage_full`. */
  async send(session: Session, request: SendRequest): Promise<Placed> {
    checkMessage(request)
    const { id, room, after, message } = request
    const said = { session, id, room, after, body: message, at: this.#now() }
    return this.#store.rooms.append(said, (placed) => this.#announce("message", said, placed))
  }

  #announce(kind: Entry["kind"], { session, room, id, body }: NewMessage, { seq, at, first }: Placed): void {
    if (!first) return
    const { account, device } = session
    const entry = { room, seq, at, kind, sender: account.name, device, id, message: new Uint8Array(body) }
    this.#progress.grew(entry)
    this.#news.tell("committed", entry)
  }

  /** The next entries of a room after `seq`, at most `limit` and LIMITS.pullRows, oldest first. */
  log(room: RoomId, seq: number, limit?: number): Promise<Entry[]> {
    return this.#store.log.read(room, seq, limit)
  }

  /** Every room that a device is in, with its place there and what is delivered of its account's messages. */
  placesOf(session: Session) {
    return this.#progress.placesOf(session)
  }

  /** What a device should know besides its places: see `ready` in protocol.ts. */
  async newsFor(session: Session) {
    const [elsewhere, departures, keyPackages] = await Promise.all([
      this.#store.log.elsewhere(session),
      this.#store.departures.knownTo(session.device, LIMITS.departuresAtOnce),
      this.#store.keyPackages.left(session.device, this.#now()),
    ])
    return { elsewhere, departures, keyPackages }
  }

  /** See RoomProgress.persisted. */
  persisted(session: Session, room: RoomId, seq: number): Promise<void> {
    return this.#progress.persisted(session, room, seq)
  }

  /** See RoomProgress.seen. */
  seen(session: Session, room: RoomId, seq: number): Promise<void> {
    return this.#progress.seen(session, room, seq)
  }

  /** How far the accounts of a room have come. Throws UserError `not_found` unless the device is in the room. */
  async marks({ device }: Session, room: RoomId) {
    if (!(await this.#store.rooms.isIn(room, device))) throw new UserError("not_found")
    return { marks: await this.#store.marks.of(room) }
  }
}
