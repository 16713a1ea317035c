/**
 * What somebody searches for, and where it stands in a text. A query is words, all of which must occur, in any order and also
 * inside other words; what stands in quotation marks is one phrase. Case and accents do not matter (folding.ts).
 */
import { fold, foldWithPlaces } from "./folding.ts"

/** UTF-16 units of a query that count; what is longer is cut. */
export const QUERY_MAX = 500

/** What must occur, folded, each once; the longest and so the rarest first. Nothing is found by a query without terms. */
export type Terms = readonly string[]

/** A part of a text in UTF-16 units: from `from` on, up to and without `to`. */
export interface TextRange {
  readonly from: number
  readonly to: number
}

/** A part of a text around what was found, and what of it to highlight. */
export interface Snippet {
  /** As it was written. */
  readonly snippet: string
  /** In the snippet, in order, apart from one another. Never a half of what is seen as one character. */
  readonly marks: readonly TextRange[]
  /** Whether the text goes on before and after the snippet. */
  readonly cut: { readonly before: boolean; readonly after: boolean }
}

const QUOTES = /[“”„‟«»]/gu

/** Reads a query. A quotation mark without a second one begins a phrase that goes to the end. */
export function readQuery(query: string): Terms {
  const plain = query.slice(0, QUERY_MAX).replace(QUOTES, '"')
  const found = [...plain.matchAll(/"([^"]*)"?|[^\s"]+/gu)].map(([word, phrase]) => fold(phrase ?? word).trim())
  return [...new Set(found)].filter((term) => term !== "").sort((a, b) => b.length - a.length)
}

/** Whether all terms occur in a folded text. */
export function matches(folded: string, terms: Terms): boolean {
  for (const term of terms) if (!folded.includes(term)) return false
  return terms.length > 0
}

/** What stands before the first place that was found. */
const LEAD = 40
/** UTF-16 units of a snippet, unless what was found is longer, and up to half a word more. */
const SNIPPET = 160
/** No character as it is seen is longer; a longer pile of marks may be cut. */
const CLUSTER_MAX = 64
/** How far a cut moves to fall between words. */
const WORD_MAX = 20

/** The part of a text around the first place where one of the terms stands; its beginning, if none does. */
export function snippetOf(text: string, terms: Terms): Snippet {
  const folded = foldWithPlaces(text)
  const first = firstOf(folded.text, terms)
  const start = folded.starts[first.from] ?? 0
  const end = folded.ends[first.to - 1] ?? 0
  const from = start <= LEAD ? 0 : Math.min(start, cutNear(text, start - LEAD, start - LEAD + WORD_MAX))
  const wanted = Math.max(from + SNIPPET, end)
  const to = wanted >= text.length ? text.length : cutNear(text, wanted, Math.min(text.length, wanted + WORD_MAX))
  const snippet = text.slice(from, to)
  return { snippet, marks: marksIn(snippet, terms), cut: { before: from > 0, after: to < text.length } }
}

/** Where terms stand in a text: ranges in order, apart from one another, of whole characters as they are seen. */
export function marksIn(text: string, terms: Terms): readonly TextRange[] {
  const folded = foldWithPlaces(text)
  const found = terms
    .flatMap((term) => placesOf(folded.text, term))
    .map(({ from, to }) => ({ from: folded.starts[from] ?? 0, to: folded.ends[to - 1] ?? 0 }))
    .sort((a, b) => a.from - b.from || a.to - b.to)
  return found.length === 0 ? [] : joined(wholeCharacters(text, found))
}

function placesOf(folded: string, term: string): TextRange[] {
  const places: TextRange[] = []
  for (let from = folded.indexOf(term); from !== -1; from = folded.indexOf(term, from + 1))
    places.push({ from, to: from + term.length })
  return places
}

function firstOf(folded: string, terms: Terms): TextRange {
  const places = terms
    .map((term) => ({ from: folded.indexOf(term), length: term.length }))
    .filter(({ from }) => from >= 0)
  const [first = { from: 0, length: 0 }] = places.sort((a, b) => a.from - b.from || b.length - a.length)
  return { from: first.from, to: first.from + first.length }
}

/** Browsers have it since 2024; without it a character is a code point. */
const segmenter = "Segmenter" in Intl ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : undefined

/** Where characters as they are seen begin, and the end. */
function bordersOf(text: string): number[] {
  const characters = segmenter === undefined ? [...text] : [...segmenter.segment(text)].map(({ segment }) => segment)
  const borders = [0]
  for (const character of characters) borders.push((borders.at(-1) ?? 0) + character.length)
  return borders
}

/** Widens ranges, which are in order, so that they begin and end where characters as they are seen do. */
function wholeCharacters(text: string, ranges: readonly TextRange[]): TextRange[] {
  const borders = bordersOf(text)
  return ranges.map(({ from, to }) => ({
    from: borders.findLast((border) => border <= from) ?? 0,
    to: borders.find((border) => border >= to) ?? text.length,
  }))
}

function joined(ranges: readonly TextRange[]): TextRange[] {
  const apart: TextRange[] = []
  for (const range of ranges) {
    const last = apart.at(-1)
    if (last === undefined || range.from > last.to) apart.push(range)
    else apart[apart.length - 1] = { from: last.from, to: Math.max(last.to, range.to) }
  }
  return apart
}

/** The best place for a cut: behind the first white space from `from` to `most`, else between two characters. */
function cutNear(text: string, from: number, most: number): number {
  const space = text.slice(from, most).search(/\s/u)
  if (space !== -1) return from + space + 1
  const begin = Math.max(0, from - CLUSTER_MAX)
  const border = bordersOf(text.slice(begin, from + CLUSTER_MAX)).find((each) => begin + each >= from) ?? from
  return Math.min(text.length, begin + border)
}
