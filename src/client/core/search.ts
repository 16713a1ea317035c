/**
 * Search over what this device has of all its rooms. The messages are read from the vault at the first search, page after
 * page, and kept in memory until the chat ends (search-index.ts): nothing of it is ever stored, because the vault holds only
 * what is sealed. From then on the chat's events keep it up to date. Rooms of which something was read and that get lines of
 * the past (history from another device) are read again at the next search, as are rooms that were not there before.
 *
 * A line may change while its page is read, and nobody knows whether the page has it as it was or as it is: what events say
 * meanwhile counts, and the page does not touch it.
 */
import type { Emitter } from "./emitter.ts"
import { seqOf } from "./history.ts"
import { ClosedVault } from "./sealed-vault.ts"
import { SearchIndex, type SearchPlace, type SearchResult } from "./search-index.ts"
import { readQuery } from "./search-query.ts"
import type { ChatEvents, Item, Page, RoomId } from "./types.ts"

/** Lines that are read at once: few enough that the page stays quick meanwhile. */
const PAGE = 250
const FOUND = 30
const FOUND_MAX = 200

/** How far the first search has come, in entries of the rooms' logs; `total` is about as many as there are messages. */
export interface SearchProgress {
  readonly done: number
  readonly total: number
}

export interface SearchOptions {
  /** How many to find, 30 unless given, at most 200. */
  readonly limit?: number
  /** Goes on where an answer ended: its `more`. */
  readonly after?: SearchPlace
  /** Called while messages are read that were not read before. */
  readonly progress?: (progress: SearchProgress) => void
}

export interface SearchAnswer {
  /** Newest first. */
  readonly results: readonly SearchResult[]
  /** Where to go on; undefined: nothing older has these words. */
  readonly more: SearchPlace | undefined
  /** Messages up to this time were not searched, because this device has more than fit into memory; undefined: all were. */
  readonly since: number | undefined
}

/** The rooms of a chat, as far as they are searched. */
export interface Searched {
  readonly views: () => readonly { readonly id: RoomId }[]
  readonly items: (room: RoomId, page: Page) => Promise<readonly Item[]>
}

export class Search {
  readonly #rooms: Searched
  readonly #events: Pick<Emitter<ChatEvents>, "on">
  readonly #most: number | undefined
  #index: SearchIndex
  /** Rooms that were read, or are about to be. */
  readonly #known = new Set<RoomId>()
  /** In the room that is being read: the places of which events have told something meanwhile. */
  readonly #touched = new Map<RoomId, Set<string>>()
  readonly #watchers = new Set<(progress: SearchProgress) => void>()
  #reading: Promise<void> | undefined
  #listens = false
  #isClosed = false

  /** `most` bounds the memory, as INDEX_MAX does. */
  constructor(rooms: Searched, events: Pick<Emitter<ChatEvents>, "on">, most?: number) {
    this.#rooms = rooms
    this.#events = events
    this.#most = most
    this.#index = new SearchIndex(most)
  }

  /** As Chat.search says. */
  async find(query: string, { limit = FOUND, after, progress }: SearchOptions = {}): Promise<SearchAnswer> {
    await this.#catchUp(progress)
    const most = Math.max(1, Math.min(limit, FOUND_MAX))
    const found = this.#index.find(readQuery(query), most + 1, after)
    const results = found.slice(0, most)
    return { results, more: found.length > most ? placeOf(results.at(-1)) : undefined, since: this.#index.since }
  }

  /** Forgets everything; whoever searches from now on gets ClosedVault. */
  close(): void {
    this.#isClosed = true
    this.#index = new SearchIndex(this.#most)
  }

  async #catchUp(progress: SearchOptions["progress"]): Promise<void> {
    if (!this.#listens) this.#listen()
    if (progress !== undefined) this.#watchers.add(progress)
    try {
      this.#reading ??= this.#readMissing().finally(() => {
        this.#reading = undefined
      })
      await this.#reading
    } finally {
      if (progress !== undefined) this.#watchers.delete(progress)
    }
  }

  #listen(): void {
    this.#listens = true
    this.#events.on("item", ({ room, item, was }) => {
      if (was !== undefined) this.#remove(room, was)
      this.#touched.get(room)?.add(item.position)
      if (!this.#isClosed) this.#index.put(room, item)
    })
    this.#events.on("gone", ({ room, position }) => this.#remove(room, position))
    this.#events.on("history", (room) => this.#known.delete(room))
  }

  #remove(room: RoomId, position: string): void {
    this.#touched.get(room)?.add(position)
    this.#index.remove(room, position)
  }

  async #readMissing(): Promise<void> {
    this.#check()
    for (let missing = this.#missing(); missing.length > 0; missing = this.#missing()) {
      const ends = await Promise.all(missing.map((room) => this.#endsOf(room)))
      const total = ends.reduce((sum, { first, last }) => sum + last - first, 0)
      let done = 0
      for (const { room, first, last } of ends) {
        const tell = (at: number): void => this.#tell({ done: done + last - at, total })
        await this.#readRoom(room, tell)
        done += last - first
      }
    }
  }

  #missing(): RoomId[] {
    const rooms = this.#rooms.views().map(({ id }) => id)
    return rooms.filter((room) => !this.#known.has(room))
  }

  /** Between which entries the lines of a room lie: reading takes about as long as there are. */
  async #endsOf(room: RoomId) {
    const [[newest], [oldest]] = await Promise.all([
      this.#rooms.items(room, { before: "~", limit: 1 }),
      this.#rooms.items(room, { after: "", limit: 1 }),
    ])
    const last = newest === undefined ? 0 : seqOf(newest.position)
    return { room, last, first: oldest === undefined || newest === undefined ? last : seqOf(oldest.position) }
  }

  /** Reads the lines of a room, the newest first; `tell` hears of each entry that it has come to. */
  async #readRoom(room: RoomId, tell: (at: number) => void): Promise<void> {
    const touched = new Set<string>()
    this.#touched.set(room, touched)
    this.#known.add(room)
    try {
      for (let page: Page | undefined = { limit: PAGE }; page !== undefined; ) {
        const items: readonly Item[] = await this.#rooms.items(room, page)
        this.#check()
        for (const item of items) if (!touched.has(item.position)) this.#index.put(room, item)
        const [oldest] = items
        if (oldest !== undefined && isLogged(oldest)) tell(seqOf(oldest.position))
        page = items.length < PAGE ? undefined : this.#before(oldest)
      }
    } catch (error) {
      this.#known.delete(room)
      throw error
    } finally {
      this.#touched.delete(room)
    }
  }

  /** The page before this line; none when what is older would not be kept. */
  #before(oldest: Item | undefined): Page | undefined {
    const { since } = this.#index
    if (oldest === undefined || (since !== undefined && oldest.at <= since)) return undefined
    return { before: oldest.position, limit: PAGE }
  }

  #tell(progress: SearchProgress): void {
    for (const watcher of this.#watchers) watcher(progress)
  }

  /** Throws ClosedVault. */
  #check(): void {
    if (this.#isClosed) throw new ClosedVault()
  }
}

const isLogged = ({ position }: Item): boolean => !position.startsWith("~")

function placeOf(result: SearchResult | undefined): SearchPlace | undefined {
  return result && { room: result.room, position: result.position, at: result.at }
}
