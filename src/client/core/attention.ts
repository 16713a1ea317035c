/**
 * What the person of this device has seen of one room, and how far the others have come there. Seen is kept in the vault, so
 * that what is new stays new after a restart; others hear of it if the person lets them. Their marks come from the
 * server: it says them about small rooms as they move, about large ones when it is asked.
 */
import { type AnswerOf, API } from "../../shared/api.ts"
import { LIMITS } from "../../shared/limits.ts"
import { call } from "./api.ts"
import { ignoringRefusals } from "./departing.ts"
import { type ItemRecord, positionOf } from "./history.ts"
import type { Posting } from "./posting.ts"
import { itemPrefix, itemRecord, readRecord, seenKey, seenRecord, writeRecord } from "./records.ts"
import type { RoomState } from "./room-state.ts"
import type { Surroundings } from "./room-surroundings.ts"
import type { RecordChange } from "./sealed-vault.ts"
import type { AccountName, RoomId, RoomView } from "./types.ts"

/** Up to which entry an account has got a room's messages, and seen them. */
export type Marks = AnswerOf<"marks">["marks"][number]

/** From here on nobody counts. */
const UNREAD_MAX = 999

export type News = Pick<RoomView, "unread" | "firstUnread">
const NONE: News = { unread: 0, firstUnread: undefined }

export interface AttentionOptions {
  readonly room: RoomId
  readonly around: Surroundings
  readonly state: RoomState
  readonly posting: Posting
}

export class Attention {
  readonly #options: AttentionOptions
  readonly #marks = new Map<AccountName, Marks>()
  #seen: number
  #news: News
  /** Whether the marks of this connection are known. */
  #isAsked = false

  private constructor(options: AttentionOptions, seen: number, news: News) {
    this.#options = options
    this.#seen = seen
    this.#news = news
  }

  static async load(options: AttentionOptions): Promise<Attention> {
    const { around, room } = options
    const stored = await around.vault.get(seenKey(room))
    const seen = stored === undefined ? options.state.place.cursor : readRecord(seenRecord, stored).seq
    const after = itemPrefix(room) + lastOf(seen)
    const found = await around.vault.list(itemPrefix(room), { after, limit: UNREAD_MAX })
    const news = found
      .map(({ value }) => readRecord(itemRecord, value))
      .filter((line) => isNews(line, around.self.name))
    return new Attention(options, seen, more(NONE, news))
  }

  /** What the person has not seen yet. */
  get news(): News {
    return this.#news
  }

  /** What stores that all is seen up to here: of what was said before this device came in, nothing is new. */
  beginAt(seq: number): RecordChange[] {
    this.#seen = seq
    return [{ key: seenKey(this.#options.room), value: writeRecord(seenRecord, { seq }) }]
  }

  /** Lines were stored: those of others are new. Returns whether there were any. */
  stored(lines: readonly ItemRecord[]): boolean {
    const { self } = this.#options.around
    const news = lines.filter((line) => isNews(line, self.name) && line.position > lastOf(this.#seen))
    this.#news = more(this.#news, news)
    return news.length > 0
  }

  /** A new connection stands: what was told on the one before may be old. */
  reset(): void {
    this.#isAsked = false
  }

  /** The person has the newest lines before their eyes. */
  async see(): Promise<void> {
    const { around, room, state } = this.#options
    const { cursor } = state.place
    this.#ask()
    if (cursor <= this.#seen && this.#news.unread === 0) return
    this.#news = NONE
    await around.vault.write(this.beginAt(cursor))
    if (around.settings.tellsRead) around.send({ type: "read", room, seq: cursor })
    around.emit("room", room)
  }

  /** Takes the marks of an account; others' only. */
  take(marks: Marks): void {
    const { around, state, posting } = this.#options
    if (marks.account === around.self.name) return
    this.#marks.set(marks.account, marks)
    const others = new Set(state.group?.members().map(({ name }) => name))
    others.delete(around.self.name)
    const read = [...others].map((name) => this.#of(name)?.read ?? 0)
    if (read.length > 0) posting.read(Math.min(...read))
  }

  /** Who has a message, and who has seen it; asks the server. Throws ClientError. */
  async of(
    seq: number,
  ): Promise<{ readonly delivered: readonly AccountName[]; readonly read: readonly AccountName[] }> {
    await this.#fetch()
    const reached = (mark: "delivered" | "read") =>
      [...this.#marks.values()].filter((marks) => marks[mark] >= seq).map(({ account }) => account)
    return { delivered: reached("delivered"), read: reached("read") }
  }

  #of(name: string): Marks | undefined {
    for (const marks of this.#marks.values()) if (marks.account === name) return marks
    return undefined
  }

  /** Asks for the marks once for each connection, of a room whose marks are told. */
  #ask(): void {
    const { around, state } = this.#options
    const accounts = new Set(state.group?.members().map(({ name }) => name)).size
    if (this.#isAsked || accounts < 2 || accounts > LIMITS.marksFor || !around.isOnline()) return
    this.#isAsked = true
    around.background(ignoringRefusals(this.#fetch()))
  }

  async #fetch(): Promise<void> {
    const { around, room } = this.#options
    for (const marks of (await call(around.platform, API.marks, { room })).marks) this.take(marks)
  }
}

/** With these lines of others, in order, after what was new before. */
function more({ unread, firstUnread }: News, lines: readonly ItemRecord[]): News {
  return { unread: Math.min(UNREAD_MAX, unread + lines.length), firstUnread: firstUnread ?? lines[0]?.position }
}

function isNews(line: ItemRecord, self: AccountName): boolean {
  return line.type === "text" && line.sender !== self
}

/** The last position that lines of an entry can have. */
const lastOf = (seq: number): string => positionOf(seq, 999)
