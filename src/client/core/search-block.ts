/**
 * A few hundred messages that follow one another in time, and their folded texts as one long text, made when somebody searches
 * after a change. That one lies in one piece of memory, where messages lie anywhere: to look through it takes a tenth of the
 * time of looking at each of them. Only those in which the longest term stands are looked at one by one.
 */
import { matches, type Terms } from "./search-query.ts"

/** A block with more lines than this, or with more UTF-16 units in several, is too large. */
const LINES_MAX = 512
const UNITS_MAX = 256 * 1024
/** Between two texts; folded texts have none (folding.ts). */
const BETWEEN = "\n"

export interface Searchable {
  folded: string
}

/** The order of a block's lines, as for Array.sort. */
export type Order<Line> = (a: Line, b: Line) => number

export class Block<Line extends Searchable> {
  readonly #lines: Line[]
  readonly #order: Order<Line>
  #units: number
  #text: string | undefined
  /** Where each line begins in the text. */
  #starts: readonly number[] = []

  /** `lines` are in order, and the block's from now on. */
  constructor(lines: Line[], order: Order<Line>) {
    this.#lines = lines
    this.#order = order
    this.#units = unitsOf(lines)
  }

  get lines(): readonly Line[] {
    return this.#lines
  }

  get isTooLarge(): boolean {
    return this.#lines.length > LINES_MAX || (this.#units > UNITS_MAX && this.#lines.length > 1)
  }

  insert(line: Line): void {
    this.#lines.splice(this.#placeOf(line), 0, line)
    this.#units += line.folded.length
    this.#text = undefined
  }

  remove(line: Line): void {
    const place = this.#placeOf(line)
    if (this.#lines[place] !== line) return
    this.#lines.splice(place, 1)
    this.#units -= line.folded.length
    this.#text = undefined
  }

  /** Keeps the first half of the lines, and gives a block with the others. */
  split(): Block<Line> {
    const others = this.#lines.splice(this.#lines.length >> 1)
    this.#units -= unitsOf(others)
    this.#text = undefined
    return new Block(others, this.#order)
  }

  /** The lines that have all terms, in order. */
  *find(terms: Terms): Generator<Line> {
    const text = this.#whole()
    const [longest] = terms
    if (longest === undefined || !matches(text, terms)) return
    for (let at = text.indexOf(longest); at !== -1; ) {
      const index = firstWhere(this.#starts, (start) => start > at) - 1
      const line = this.#lines[index]
      if (line !== undefined && matches(line.folded, terms)) yield line
      const next = this.#starts[index + 1]
      at = next === undefined ? -1 : text.indexOf(longest, next)
    }
  }

  #whole(): string {
    if (this.#text !== undefined) return this.#text
    const starts: number[] = []
    let length = 0
    for (const { folded } of this.#lines) {
      starts.push(length)
      length += folded.length + BETWEEN.length
    }
    const text = this.#lines.map(({ folded }) => folded).join(BETWEEN)
    // As parts of the whole, which engines keep as references to it: each text is in memory once.
    for (const [index, line] of this.#lines.entries()) {
      const start = starts[index] ?? 0
      line.folded = text.slice(start, start + line.folded.length)
    }
    this.#text = text
    this.#starts = starts
    return text
  }

  #placeOf(line: Line): number {
    return firstWhere(this.#lines, (each) => this.#order(each, line) >= 0)
  }
}

const unitsOf = (lines: readonly Searchable[]): number => lines.reduce((sum, { folded }) => sum + folded.length, 0)

/** The first index for which something is true that stays true from there on; the length when there is none. */
export function firstWhere<T>(all: readonly T[], isTrue: (each: T) => boolean): number {
  let low = 0
  let high = all.length
  while (low < high) {
    const middle = (low + high) >> 1
    const each = all[middle]
    if (each !== undefined && !isTrue(each)) low = middle + 1
    else high = middle
  }
  return low
}
