/**
 * Which names fit what somebody types, best first: those of which words begin with it, then those that hold it anywhere, then
 * those that have its letters in this order. Case and accents do not matter.
 */
import { fold, foldWithPlaces } from "../core/folding.ts"
import { marksIn, type TextRange } from "../core/search-query.ts"

/** How well a name fits: 0 is best. */
type Rank = 0 | 1 | 2

export interface Fit {
  readonly rank: Rank
  /** What of the name was typed, as ranges of UTF-16 units. */
  readonly marks: readonly TextRange[]
}

const LETTER = /[\p{L}\p{N}]/u

/** How a name fits; undefined: it does not. Nothing typed fits every name. */
export function fitOf(name: string, typed: string): Fit | undefined {
  const words = wordsOf(typed)
  const folded = fold(name)
  if (words.every((word) => beginsWord(folded, word))) return { rank: 0, marks: marksIn(name, words) }
  if (words.every((word) => folded.includes(word))) return { rank: 1, marks: marksIn(name, words) }
  const marks = lettersIn(name, words.join(""))
  return marks && { rank: 2, marks }
}

const wordsOf = (typed: string): string[] =>
  fold(typed)
    .split(" ")
    .filter((word) => word !== "")

function beginsWord(folded: string, word: string): boolean {
  for (let at = folded.indexOf(word); at !== -1; at = folded.indexOf(word, at + 1))
    if (at === 0 || !LETTER.test(folded.charAt(at - 1))) return true
  return false
}

/** Where the letters stand in a name, in their order; undefined when they don't. */
function lettersIn(name: string, letters: string): TextRange[] | undefined {
  const { text, starts, ends } = foldWithPlaces(name)
  const marks: TextRange[] = []
  let at = -1
  for (const letter of letters) {
    at = text.indexOf(letter, at + 1)
    if (at === -1) return undefined
    const range = { from: starts[at] ?? 0, to: ends[at] ?? 0 }
    const last = marks.at(-1)
    if (last !== undefined && last.to >= range.from) marks[marks.length - 1] = { from: last.from, to: range.to }
    else marks.push(range)
  }
  return marks
}

/** Those that fit, best first, and as they were among equals. */
export function fitting<T>(
  all: readonly T[],
  nameOf: (each: T) => string,
  typed: string,
): { readonly of: T; readonly fit: Fit }[] {
  return all
    .flatMap((each) => {
      const fit = fitOf(nameOf(each), typed)
      return fit === undefined ? [] : [{ of: each, fit }]
    })
    .sort((a, b) => a.fit.rank - b.fit.rank)
}
