/**
 * The messages that can be searched, in memory, newest first, in blocks (search-block.ts). A search goes through all blocks:
 * texts of the size that people write take a few milliseconds for 50,000 messages, and no list of words need be kept. The
 * index is bounded: when texts and what is kept with them become too much, the oldest go, and `since` says so.
 */
import { sameBytes } from "../../shared/bytes.ts"
import { fold } from "./folding.ts"
import { Block, firstWhere } from "./search-block.ts"
import { type Snippet, snippetOf, type Terms } from "./search-query.ts"
import type { AccountName, Item, RoomId, TextItem } from "./types.ts"

/** UTF-16 units of all texts, as written and folded; at most 64 MiB, and about 130,000 messages of 80 characters. */
export const INDEX_MAX = 32 * 1024 * 1024
/** What a message costs besides its text, in units. */
const LINE_COST = 100
/** When the index is full it is emptied this far, so that it is not full again at once. */
const EMPTIED_TO = 7 / 8

/** The place of a message among all others: newest first, and in one order when they are from the same moment. */
export interface SearchPlace {
  readonly room: RoomId
  readonly position: string
  /** As Item.at. */
  readonly at: number
}

/** A message that was found. */
export interface SearchResult extends SearchPlace, Snippet {
  readonly sender: AccountName
  readonly accountKey: Uint8Array
  readonly mine: boolean
}

type Author = Pick<TextItem, "sender" | "accountKey" | "mine">

interface Line extends SearchPlace {
  readonly author: Author
  readonly text: string
  folded: string
}

export class SearchIndex {
  readonly #most: number
  readonly #rooms = new Map<RoomId, Map<string, Line>>()
  readonly #authors = new Map<AccountName, Author[]>()
  /** There is at least one, and only an only one is empty. */
  readonly #blocks = [new Block<Line>([], newestFirst)]
  #size = 0
  #since: number | undefined

  constructor(most = INDEX_MAX) {
    this.#most = most
  }

  /** Messages up to this time (as Item.at) are not in the index, because there were too many; undefined: all are. */
  get since(): number | undefined {
    return this.#since
  }

  /** Takes a line as it is now. One without words of a person is not kept, nor what its place held before. */
  put(room: RoomId, item: Item): void {
    const text = item.kind === "text" ? item.text : ""
    const before = this.#rooms.get(room)?.get(item.position)
    if (before?.text === text && before.at === item.at) return
    this.remove(room, item.position)
    const isTooOld = this.#since !== undefined && item.at <= this.#since
    if (item.kind !== "text" || text === "" || isTooOld) return
    const { position, at } = item
    this.#add({ room, position, at, author: this.#authorOf(item), text, folded: fold(text) })
    if (this.#size > this.#most) this.#letOldestGo()
  }

  remove(room: RoomId, position: string): void {
    const line = this.#rooms.get(room)?.get(position)
    if (line === undefined) return
    this.#forget(line)
    const index = this.#blockOf(line)
    this.#blocks[index]?.remove(line)
    if (this.#blocks[index]?.lines.length === 0 && this.#blocks.length > 1) this.#blocks.splice(index, 1)
  }

  /** The newest `limit` messages that have all terms, of those after a place. */
  find(terms: Terms, limit: number, after?: SearchPlace): SearchResult[] {
    const found: SearchResult[] = []
    const isBefore = (place: SearchPlace): boolean => after !== undefined && newestFirst(place, after) <= 0
    for (const block of this.#blocks) {
      const last = block.lines.at(-1)
      if (last === undefined || isBefore(last)) continue
      for (const line of block.find(terms)) {
        if (found.length >= limit) return found
        if (!isBefore(line)) found.push(resultOf(line, terms))
      }
    }
    return found
  }

  #add(line: Line): void {
    const lines = this.#rooms.get(line.room) ?? new Map<string, Line>()
    this.#rooms.set(line.room, lines.set(line.position, line))
    this.#size += costOf(line)
    const index = this.#blockOf(line)
    const block = this.#blocks[index]
    block?.insert(line)
    if (block?.isTooLarge) this.#blocks.splice(index + 1, 0, block.split())
  }

  #forget(line: Line): void {
    this.#rooms.get(line.room)?.delete(line.position)
    this.#size -= costOf(line)
  }

  /** The block that a line belongs to: the first whose last one does not come before it, or the last of all. */
  #blockOf(line: Line): number {
    const reaches = ({ lines }: Block<Line>): boolean => {
      const last = lines.at(-1)
      return last === undefined || newestFirst(last, line) >= 0
    }
    return Math.min(firstWhere(this.#blocks, reaches), this.#blocks.length - 1)
  }

  /** Lets whole blocks go, and with them all lines of the time of the newest that goes. */
  #letOldestGo(): void {
    const gone: Line[] = []
    while (this.#size > this.#most * EMPTIED_TO && this.#blocks.length > 1) {
      const lines = this.#blocks.pop()?.lines ?? []
      for (const line of lines) this.#forget(line)
      gone.unshift(...lines)
    }
    const since = gone[0]?.at
    if (since === undefined) return
    this.#since = since
    for (const { lines } of [...this.#blocks])
      for (const line of lines.filter(({ at }) => at <= since)) this.remove(line.room, line.position)
  }

  /** The author as the others' lines have it: one object for all of a person's messages. */
  #authorOf({ sender, accountKey, mine }: TextItem): Author {
    const authors = this.#authors.get(sender) ?? []
    const known = authors.find((author) => sameBytes(author.accountKey, accountKey))
    if (known !== undefined) return known
    const author = { sender, accountKey, mine }
    this.#authors.set(sender, [...authors, author])
    return author
  }
}

const costOf = ({ text, folded }: Line): number => LINE_COST + text.length + folded.length

function newestFirst(a: SearchPlace, b: SearchPlace): number {
  if (a.at !== b.at) return b.at - a.at
  if (a.room !== b.room) return a.room < b.room ? -1 : 1
  if (a.position === b.position) return 0
  return a.position > b.position ? -1 : 1
}

function resultOf({ room, position, at, author, text }: Line, terms: Terms): SearchResult {
  return { room, position, at, ...author, ...snippetOf(text, terms) }
}
