/**
 * Finding emoji by what people call them. Every word that is asked for must begin a word of the name, of a shortcode or of
 * the keywords. What is called exactly so comes first, then what has the words whole, then what has a shortcode that begins
 * so (the shortest first), then the rest. Names count more than keywords; equals stay in their order.
 */
import { codeFrom, type Emoji, plain } from "./emoji-table.ts"

/** Nobody asks for more; it bounds the work of what is pasted into the field. */
const QUERY_MAX = 64

/** How well something fits, best first. */
const RANK = {
  code: 0,
  otherCode: 1,
  wordOfName: 2,
  keyword: 3,
  beginsCode: 4,
  beginsOtherCode: 5,
  beginsWordOfName: 6,
  beginsKeyword: 7,
  none: 8,
} as const

interface Entry {
  readonly emoji: Emoji
  readonly codes: readonly string[]
  readonly names: readonly string[]
  readonly keywords: readonly string[]
}

export type Search = (query: string, limit?: number) => readonly Emoji[]

/** Makes a search over these emoji; it prepares their words when it is first asked. */
export function searchIn(all: readonly Emoji[]): Search {
  let entries: readonly Entry[] | undefined
  return (query, limit = all.length) => {
    entries ??= all.map(entryOf)
    const asked = plain(query.slice(0, QUERY_MAX)).trim()
    const words = wordsOf(asked)
    if (asked === "") return []
    const code = asked.replaceAll(/[\s_]+/g, "_")
    return entries
      .map((entry) => ({ emoji: entry.emoji, rank: rankOf(entry, code, words) }))
      .filter(({ rank }) => rank < RANK.none)
      .sort((one, other) => one.rank - other.rank || lengthThatCounts(one) - lengthThatCounts(other))
      .slice(0, limit)
      .map(({ emoji }) => emoji)
  }
}

const lengthThatCounts = ({ rank, emoji }: { readonly rank: number; readonly emoji: Emoji }): number =>
  rank === RANK.beginsCode ? emoji.code.length : 0

/** The emoji that has exactly this shortcode, or undefined. */
export function withCode(all: readonly Emoji[], code: string): Emoji | undefined {
  return (
    all.find((emoji) => emoji.code === code) ??
    all.find(({ name, otherCodes }) => otherCodes.includes(code) || codeFrom(name) === code)
  )
}

function entryOf(emoji: Emoji): Entry {
  const { name, code, otherCodes, keywords } = emoji
  const codes = [code, ...otherCodes, codeFrom(name)]
  // The letters of a country are no word: who begins to write "no" or "smile" looks for no flag.
  const spoken = codes.filter((each) => !each.startsWith("flag_"))
  return { emoji, codes, names: wordsOf([plain(name), ...spoken].join(" ")), keywords: keywords.map(plain) }
}

function rankOf({ codes: [code = "", ...others], names, keywords }: Entry, asked: string, words: readonly string[]) {
  if (code === asked) return RANK.code
  if (others.includes(asked)) return RANK.otherCode
  const ofWords = words.map((word) => {
    if (names.includes(word)) return RANK.wordOfName
    if (keywords.includes(word)) return RANK.keyword
    if (names.some((name) => name.startsWith(word))) return RANK.beginsWordOfName
    return keywords.some((keyword) => keyword.startsWith(word)) ? RANK.beginsKeyword : RANK.none
  })
  return Math.min(
    code.startsWith(asked) ? RANK.beginsCode : RANK.none,
    others.some((other) => other.startsWith(asked)) ? RANK.beginsOtherCode : RANK.none,
    words.length === 0 ? RANK.none : Math.max(...ofWords),
  )
}

const wordsOf = (text: string): readonly string[] => text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "")
