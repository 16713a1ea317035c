/**
 * Which lines of a conversation are in the page: a window without gaps, at most `most` lines however long the history is, that
 * slides both ways and jumps to any line. Pages are read one at a time. What happens while one is read is applied at once to
 * what is there, and again to the page when it comes, because nobody knows whether it was read before or after. A page that
 * no longer fits, or that a jump has made idle, is thrown away. Nothing here touches the page itself (timeline.ts).
 */
import type { Item, Page, TextItem } from "../core/types.ts"

export interface Sizes {
  /** Lines that are read at once. */
  readonly page: number
  /** Lines of the window. */
  readonly most: number
}

/** `outside`: a line that the window does not reach to. */
export type Taken = "new" | "changed" | "outside"
export type End = "oldest" | "newest"

interface Change {
  readonly item?: Item
  readonly position: string
  readonly was: string | undefined
}

/**
 * What tells a line from all others. Own messages keep their id while they move from the outbox into the log; others' ids are
 * chosen by their senders, who could use one twice, so theirs is the place in the log.
 */
export const keyOf = (item: Item): string => (item.kind === "text" && item.mine ? item.id : item.position)

export class Lines {
  readonly #read: (page: Page) => Promise<readonly Item[]>
  readonly #sizes: Sizes
  #items: readonly Item[] = []
  #hasOldest = false
  #hasNewest = false
  /** The read that is under way, by what has happened since it began. */
  #meanwhile: Change[] | undefined

  constructor(read: (page: Page) => Promise<readonly Item[]>, sizes: Sizes) {
    this.#read = read
    this.#sizes = sizes
  }

  /** Oldest first. */
  /** The message that has this key. */
  message(key: string | null): TextItem | undefined {
    return this.#items.find((item): item is TextItem => item.kind === "text" && keyOf(item) === key)
  }

  /** The last message of one's own that can be changed. */
  lastOwn(): TextItem | undefined {
    return this.#items.findLast(
      (item): item is TextItem => item.kind === "text" && item.mine && !item.isDeleted && isLogged(item),
    )
  }

  get items(): readonly Item[] {
    return this.#items
  }

  /** Whether the window reaches to this end of the conversation. */
  has(end: End): boolean {
    return end === "oldest" ? this.#hasOldest : this.#hasNewest
  }

  get isFull(): boolean {
    return this.#items.length >= this.#sizes.most
  }

  /** Takes a new or changed line, `was` its position before. When there are too many, those at the end `keep` stay. */
  take(item: Item, was: string | undefined, keep: End): Taken {
    const taken = this.#apply({ item, position: item.position, was })
    this.#trim(keep)
    return taken
  }

  remove(position: string): void {
    this.#apply({ position, was: undefined })
  }

  /** Keeps what a screen has room for, of a window that reaches to the newest line: it is shown again sooner then. */
  rest(): void {
    const kept = 2 * this.#sizes.page
    if (!this.#hasNewest || this.#items.length <= kept) return
    this.#items = this.#items.slice(-kept)
    this.#hasOldest = false
  }

  /** Moves the window to the newest lines. */
  async toNewest(): Promise<void> {
    const read = await this.#reading(() => this.#page({}))
    if (read === undefined) return
    this.#items = read.found
    this.#hasNewest = true
    this.#hasOldest = this.#isLast(read.found)
    this.#again(read.meanwhile, "newest")
  }

  /** Moves the window to a line, by its position: the page before it, and the one that begins with it. */
  async toPlace(position: string): Promise<void> {
    const read = await this.#reading(async () => {
      const older = await this.#page({ before: position })
      return { older, newer: await this.#page({ after: older.at(-1)?.position ?? "" }) }
    })
    if (read === undefined) return
    const { older, newer } = read.found
    this.#items = [...older, ...newer]
    this.#hasOldest = this.#isLast(older)
    this.#hasNewest = this.#isLast(newer)
    this.#again(read.meanwhile, "oldest")
  }

  /** Lets the window slide towards an end. False: somebody else reads, or a jump has made it idle. */
  async slide(end: End): Promise<boolean> {
    if (this.#meanwhile !== undefined || this.#items.length === 0) return false
    const edge = this.#edge(end)
    const read = await this.#reading(() => this.#page(end === "oldest" ? { before: edge } : { after: edge }))
    if (read === undefined) return false
    if (this.#edge(end) !== edge) return true
    const { found, meanwhile } = read
    this.#items = end === "oldest" ? [...found, ...this.#items] : [...this.#items, ...found]
    if (end === "oldest") this.#hasOldest = this.#isLast(found)
    else this.#hasNewest = this.#isLast(found)
    this.#again(meanwhile, end)
    return true
  }

  #edge(end: End): string {
    return (end === "oldest" ? this.#items[0] : this.#items.at(-1))?.position ?? ""
  }

  /** Runs a read; undefined when another one has begun since. */
  async #reading<T>(read: () => Promise<T>) {
    const meanwhile: Change[] = []
    this.#meanwhile = meanwhile
    try {
      const found = await read()
      return this.#meanwhile === meanwhile ? { found, meanwhile } : undefined
    } finally {
      if (this.#meanwhile === meanwhile) this.#meanwhile = undefined
    }
  }

  #page(where: Omit<Page, "limit">): Promise<readonly Item[]> {
    return this.#read({ ...where, limit: this.#sizes.page })
  }

  /** Whether there is nothing after a page on its side. */
  #isLast(page: readonly Item[]): boolean {
    return page.length < this.#sizes.page
  }

  #again(changes: readonly Change[], keep: End): void {
    for (const change of changes) this.#apply(change)
    this.#trim(keep)
  }

  #apply(change: Change): Taken {
    this.#meanwhile?.push(change)
    const { item, position, was } = change
    const key = item === undefined ? undefined : keyOf(item)
    const same = this.#items.filter(
      (each) => each.position === position || each.position === was || keyOf(each) === key,
    )
    const others = this.#items.filter((each) => !same.includes(each))
    // An own message that is in the log already does not go back to those that wait.
    const isBehind = item !== undefined && same.some((each) => isLogged(each) && !isLogged(item))
    if (isBehind) return "changed"
    const fits = item !== undefined && this.#reaches(position)
    this.#items = fits ? [...others, item].sort(byPosition) : others
    if (same.length > 0) return "changed"
    return fits ? "new" : "outside"
  }

  #reaches(position: string): boolean {
    const first = this.#items[0]?.position
    const last = this.#items.at(-1)?.position
    const isAfterFirst = this.#hasOldest || (first === undefined ? this.#hasNewest : position >= first)
    const isBeforeLast = this.#hasNewest || (last !== undefined && position <= last)
    return isAfterFirst && isBeforeLast
  }

  #trim(keep: End): void {
    if (this.#items.length <= this.#sizes.most) return
    this.#items = keep === "newest" ? this.#items.slice(-this.#sizes.most) : this.#items.slice(0, this.#sizes.most)
    if (keep === "newest") this.#hasOldest = false
    else this.#hasNewest = false
  }
}

/** Waiting messages have positions that sort after the log's and begin with a tilde. */
const isLogged = ({ position }: Item): boolean => !position.startsWith("~")
const byPosition = (a: Item, b: Item): number => (a.position < b.position ? -1 : 1)
