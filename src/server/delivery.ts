/**
 * Delivery: each device gets each room's log from its own cursor on, in order and without gaps. A device at the head of
 * the log gets a new entry from memory, as a frame that was made once for everybody. One that is not (it has just come
 * back, or reads slowly) is served from the store, some rows at a time, for as long as its socket takes them; rows that
 * do not fit are let go and read again later. So a slow reader costs disk reads and never memory.
 *
 * Only PULLS reads of the log run at a time, however many devices come back at once: rows in memory are bounded by that
 * and by LIMITS.pullRows, not by the number of sockets.
 */
import type { RoomId } from "../shared/ids.ts"
import { LIMITS } from "../shared/limits.ts"
import { type Connection, frameOf } from "./connection.ts"
import type { Entry } from "./rooms.ts"

const PULLS = 4

/** The next entries after a seq, oldest first: all there are, or as many as `limit`. */
type ReadLog = (room: RoomId, afterSeq: number, limit: number) => Promise<readonly Entry[]>

/** What a feed needs of a connection. */
export type Reader = Pick<Connection, "ended" | "isFull" | "waiting" | "sendFrame" | "drained" | "close">

/** One room's log on its way into one connection. */
class Feed<C extends Reader> {
  readonly #connection: C
  readonly #room: RoomId
  readonly #read: ReadLog
  /** The last entry that was handed to the socket. */
  #at: number
  /** The newest entry that is known to exist. */
  #head: number
  #pulling = false
  #stopped = false
  /** The last entry that this device gets: the one that removed it. */
  #until = Number.POSITIVE_INFINITY
  /** What a frame of this room has weighed of late: how many rows to ask for. */
  #usualSize = 1024

  constructor(connection: C, room: RoomId, at: number, read: ReadLog) {
    this.#connection = connection
    this.#room = room
    this.#at = at
    this.#head = at
    this.#read = read
  }

  stop(): void {
    this.#stopped = true
  }

  /** Delivers nothing past this entry. */
  endAt(seq: number): void {
    this.#until = Math.min(this.#until, seq)
  }

  /** Whether the device is in the room, as far as this connection knows. */
  get isIn(): boolean {
    return this.#until === Number.POSITIVE_INFINITY
  }

  /** Takes a new entry, as its frame; what does not fit now is read from the log later. */
  offer(seq: number, frame: () => Buffer): Promise<void> | undefined {
    if (seq > this.#until) return undefined
    this.#head = Math.max(this.#head, seq)
    if (this.#pulling) return undefined
    if (seq !== this.#at + 1 || this.#connection.isFull) return this.catchUp(seq)
    this.#at = seq
    this.#connection.sendFrame(frame())
    return undefined
  }

  /** Reads the log up to `head`, and on while it grows. */
  async catchUp(head: number): Promise<void> {
    this.#head = Math.min(Math.max(this.#head, head), this.#until)
    if (this.#pulling) return
    this.#pulling = true
    try {
      while (this.#at < this.#head && !this.#isOver()) await this.#pull()
    } finally {
      this.#pulling = false
    }
  }

  #isOver(): boolean {
    return this.#stopped || this.#connection.ended
  }

  async #pull(): Promise<void> {
    await this.#connection.drained()
    if (this.#isOver()) return
    const fits = Math.ceil((LIMITS.bufferedPause - this.#connection.waiting) / this.#usualSize)
    const entries = await this.#read(this.#room, this.#at, Math.max(1, Math.min(LIMITS.pullRows, fits)))
    if (this.#isOver()) return
    // Retention took what this device still needed: it hears so when it comes back, and joins again.
    if (entries[0]?.seq !== this.#at + 1) return this.#connection.close("too_slow")
    for (const entry of entries) {
      if (this.#connection.isFull || entry.seq > this.#until) return
      const frame = frameOf({ type: "entry", ...entry })
      this.#usualSize += (frame.length - this.#usualSize) / 8
      this.#connection.sendFrame(frame)
      this.#at = entry.seq
    }
  }
}

export class Delivery<C extends Reader = Connection> {
  readonly #read: ReadLog
  readonly #report: (line: string) => void
  readonly #feeds = new Map<RoomId, Map<C, Feed<C>>>()
  /** The newest entry of each room that has had one since the start: what a look into the store may just have missed. */
  readonly #heads = new Map<RoomId, number>()

  constructor(read: ReadLog, report: (line: string) => void) {
    this.#read = atMost(PULLS, read)
    this.#report = report
  }

  /**
   * Begins to deliver a room to a connection: everything after `after`, up to `head` now and then what comes. What was
   * delivered of this room to this connection before is forgotten. `until`: nothing past this entry.
   */
  start(connection: C, room: RoomId, after: number, head: number, until?: number): void {
    const feeds = this.#feeds.get(room) ?? new Map<C, Feed<C>>()
    this.#feeds.set(room, feeds)
    feeds.get(connection)?.stop()
    const feed = new Feed(connection, room, after, this.#read)
    feeds.set(connection, feed)
    if (until !== undefined) feed.endAt(until)
    this.#watch(connection, feed.catchUp(Math.max(head, this.#heads.get(room) ?? 0)))
  }

  /** Delivers a room to a connection up to this entry and no further. */
  end(connection: C, room: RoomId, seq: number): void {
    this.#feeds.get(room)?.get(connection)?.endAt(seq)
  }

  /** Stops all that goes to a connection. */
  stop(connection: C): void {
    for (const [room, feeds] of this.#feeds) {
      feeds.get(connection)?.stop()
      feeds.delete(connection)
      if (feeds.size === 0) this.#feeds.delete(room)
    }
  }

  /** Whether a room is delivered to a connection, and goes on to be. */
  has(connection: C, room: RoomId): boolean {
    return this.#feeds.get(room)?.get(connection)?.isIn ?? false
  }

  /** Hands a committed entry to everybody in its room. */
  publish(entry: Entry): void {
    this.#heads.set(entry.room, Math.max(entry.seq, this.#heads.get(entry.room) ?? 0))
    let frame: Buffer | undefined
    const shared = () => {
      frame ??= frameOf({ type: "entry", ...entry })
      return frame
    }
    for (const [connection, feed] of this.#feeds.get(entry.room) ?? [])
      this.#watch(connection, feed.offer(entry.seq, shared))
  }

  /** The connections that a room is delivered to, those of removed devices left out. */
  *audience(room: RoomId): Iterable<C> {
    for (const [connection, feed] of this.#feeds.get(room) ?? []) if (feed.isIn) yield connection
  }

  #watch(connection: C, work: Promise<void> | undefined): void {
    work?.catch(() => {
      this.#report("The log could not be read; the connection is ended and comes back.")
      connection.close("internal")
    })
  }
}

/**
 * Where delivery begins for a device that says it has everything up to `said`, and has said before that it had `seq`. One
 * that says less now has gone back to an older state, whose keys for sending it has used already: it has to join again.
 */
export function startOf(
  { joinedSeq, seq, head, oldest }: Record<"joinedSeq" | "seq" | "head" | "oldest", number>,
  said: number,
): { readonly after: number } | "behind" {
  const after = Math.min(Math.max(said, joinedSeq), head)
  return after + 1 < oldest || said < seq ? "behind" : { after }
}

/** Lets at most `count` calls of a function run at a time; the others wait for their turn in order. */
function atMost(count: number, read: ReadLog): ReadLog {
  let running = 0
  const waiting: (() => void)[] = []
  return async (...asked) => {
    if (running >= count) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await read(...asked)
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
