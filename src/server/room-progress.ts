/**
 * How far the devices and accounts of each room have come, and who hears of it. Of every room that was used since the start
 * a little is kept in memory: the two accounts that are furthest (delivered.ts), who sent the newest entries, and, in rooms
 * of at most LIMITS.marksFor accounts, the marks of each. Marks are read anew after somebody came or went.
 *
 * What an attacker could try: naming rooms that he is not in, to learn whether they exist (asked of the store first, and
 * answered alike) or to fill memory (nothing is kept for them); saying that he holds what does not exist yet.
 */
import { UserError } from "../shared/errors.ts"
import type { AccountName, RoomId } from "../shared/ids.ts"
import { LIMITS } from "../shared/limits.ts"
import { Delivered } from "./delivered.ts"
import type { Newsroom } from "./room-news.ts"
import type { Session } from "./session.ts"
import type { Store } from "./store/index.ts"
import type { Entry } from "./store/log.ts"
import type { Marks } from "./store/marks.ts"

/** Senders of a room's newest entries, kept in memory to tell whom a delivery concerns. */
const RECENT_SENDERS = 1_024

type AllMarks = Map<AccountName, Marks>

interface Live {
  /** The highest seq that is known here to exist; the store may know of a higher one. */
  head: number
  readonly delivered: Promise<Delivered>
  readonly senders: Map<number, AccountName>
  /** undefined: too many accounts to tell them of one another. */
  marks: Promise<AllMarks | undefined> | undefined
}

export class RoomProgress {
  readonly #store: Pick<Store, "log" | "invitations" | "marks" | "rooms">
  readonly #news: Newsroom
  readonly #live = new Map<RoomId, Live>()

  constructor(store: Pick<Store, "log" | "invitations" | "marks" | "rooms">, news: Newsroom) {
    this.#store = store
    this.#news = news
  }

  /** An entry is in the log. */
  grew({ room, seq, sender }: Pick<Entry, "room" | "seq" | "sender">): void {
    const live = this.#roomFor(room)
    live.head = seq
    live.senders.set(seq, sender)
    live.senders.delete(seq - RECENT_SENDERS)
  }

  /** Somebody came to a room or went. */
  changed(room: RoomId): void {
    const live = this.#live.get(room)
    if (live !== undefined) live.marks = undefined
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

  /**
   * A device says that it holds everything up to `seq`. Throws UserError `bad_request` for what is not in the log yet,
   * `not_a_member` for a room that the device is not in.
   */
  async persisted(session: Session, room: RoomId, seq: number): Promise<void> {
    if (seq > (await this.#headFor(session, room, seq))) throw new UserError("bad_request")
    const place = await this.#store.log.advance(room, session.device, seq)
    if (place === "stranger") throw new UserError("not_a_member")
    // What a device that was removed still holds is nobody's business.
    if (place === "left") return
    await this.#tellDelivered(session, room, seq)
    await this.#move(session, room, "delivered", seq)
  }

  /** The person of a device has seen everything up to `seq`, or to the head. Throws UserError `not_a_member`. */
  async seen(session: Session, room: RoomId, seq: number): Promise<void> {
    const seen = Math.min(seq, await this.#headFor(session, room, seq))
    if (!(await this.#store.marks.see(room, session.device, seen))) throw new UserError("not_a_member")
    await this.#move(session, room, "read", seen)
  }

  /** The head of a room's log, unless `seq` is known to be in it. Throws UserError `not_a_member`. */
  async #headFor({ device }: Session, room: RoomId, seq: number): Promise<number> {
    const known = this.#live.get(room)?.head ?? -1
    if (seq <= known) return known
    const head = await this.#store.log.headFor(room, device)
    if (head === undefined) throw new UserError("not_a_member")
    return head
  }

  async #tellDelivered({ account }: Session, room: RoomId, seq: number): Promise<void> {
    const { delivered, senders } = this.#roomFor(room)
    for (const change of (await delivered).advance(account.name, seq)) {
      const concerned = new Set<AccountName>()
      for (const [at, sender] of senders) if (at > change.from && at <= change.to) concerned.add(sender)
      for (const each of concerned)
        if ("only" in change ? each === change.only : each !== change.except)
          this.#news.tell("delivered", { room, account: each, seq: change.to })
    }
  }

  async #move({ account }: Session, room: RoomId, which: "delivered" | "read", seq: number): Promise<void> {
    const live = this.#roomFor(room)
    // Marks that were read just now may have this one in them already.
    const isNew = live.marks === undefined
    live.marks ??= this.#readMarks(room)
    const known = await live.marks
    const before = known?.get(account.name)
    if (known === undefined || before === undefined || (before[which] >= seq && !isNew)) return
    const marks = { ...before, [which]: Math.max(before[which], seq) }
    known.set(account.name, marks)
    this.#news.tell("moved", { room, marks })
  }

  async #readMarks(room: RoomId): Promise<AllMarks | undefined> {
    if ((await this.#store.marks.accountsIn(room)) > LIMITS.marksFor) return undefined
    return new Map((await this.#store.marks.of(room)).map((each) => [each.account, each]))
  }

  #roomFor(room: RoomId): Live {
    const known = this.#live.get(room)
    if (known !== undefined) return known
    const delivered = this.#store.log.furthest(room).then((furthest) => new Delivered(furthest))
    const live: Live = { head: 0, delivered, senders: new Map(), marks: undefined }
    this.#live.set(room, live)
    return live
  }
}
