/**
 * What is new to the person in a chat: messages that were not seen when it was opened, and those that came while it was open
 * and nobody looked, because the window was left or there was no connection. Kept are the first of them and how many, for the
 * line above them (blocks.ts). They stay new until the chat is left or its person writes; once they are seen, what comes in a
 * later absence is new instead.
 */
export interface Fresh {
  /** Of the first, Item.position. */
  readonly position: string
  readonly count: number
}

export class News {
  #fresh: Fresh | undefined
  #isSeen = true
  /** The last one in which something was added. */
  #absence: number | undefined

  get fresh(): Fresh | undefined {
    return this.#fresh
  }

  /** Whether the newest of them was not before somebody's eyes yet. */
  get isUnseen(): boolean {
    return !this.#isSeen
  }

  /** The chat is opened, and this has come into it in an absence. */
  open(fresh: Fresh | undefined, absence: number | undefined): void {
    this.#fresh = fresh
    this.#isSeen = fresh === undefined
    this.#absence = absence
  }

  /** Nothing is new to whoever has written. */
  end(): void {
    this.open(undefined, this.#absence)
  }

  /** A message came in an absence; each has its number. */
  add(position: string, absence: number): void {
    const isLater = this.#isSeen && absence !== this.#absence
    const { position: first, count } = (isLater ? undefined : this.#fresh) ?? { position, count: 0 }
    this.#fresh = { position: first, count: count + 1 }
    this.#isSeen = false
    this.#absence = absence
  }

  seen(): void {
    this.#isSeen = true
  }
}
