/**
 * Text as search compares it: without case, accents and marks that are not seen, and with one space for any white space.
 * "Café", "CAFE" and "cafe\u0301" become the same; so do "Straße" and "strasse", "ﬁ" and "fi", Hebrew and Arabic with and
 * without points, ❤ and ❤️.
 *
 * Each character is folded by itself, so the folded text of a part is a part of the folded text of the whole, and every place
 * in it leads back to the character that it came from. Case folding in between goes up and down again, which also joins
 * letters with two small forms (σ and ς, s and ſ). Marks of scripts in which they are vowels (Devanagari, Thai) stay.
 */

/** What is left away: marks above and below letters of alphabets, and marks without a script of their own (accents). */
const ACCENTS =
  /(?=\p{M})[\p{Script=Inherited}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}]/gu
/** Characters that only steer how others look: joiners, directions, soft hyphens; and the stroke that widens Arabic. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u0640]/gu
const SPACE = /\s/u
const NOT_ASCII = /[^\0-\x7f]/gu

/** Letters that Unicode does not take apart, though everybody who can't type them writes these. */
const PLAIN: Readonly<Record<string, string>> = {
  ...{ ł: "l", ø: "o", đ: "d", ð: "d", ħ: "h", ŧ: "t", þ: "th", æ: "ae", œ: "oe" },
  ...{ "’": "'", "‘": "'", ʼ: "'" },
}

/** Folded characters that are not ASCII: a conversation uses few. */
const known = new Map<string, string>()
const KNOWN_MAX = 10_000

/** Folds a text for comparing. */
export const fold = (text: string): string => text.replace(NOT_ASCII, foldCharacter).toLowerCase().replace(/\s+/g, " ")

/** A folded text, and for each of its UTF-16 units the range of the original that it came from. */
export interface Folded {
  readonly text: string
  readonly starts: readonly number[]
  /** The range's end, not part of it. */
  readonly ends: readonly number[]
}

/** Folds a text like `fold`, and remembers what came from where. */
export function foldWithPlaces(original: string): Folded {
  const starts: number[] = []
  const ends: number[] = []
  let text = ""
  let from = 0
  for (const character of original) {
    const to = from + character.length
    for (const unit of foldOne(character)) {
      const isSpace = SPACE.test(unit)
      if (isSpace && text.endsWith(" ")) {
        ends[ends.length - 1] = to
        continue
      }
      text += isSpace ? " " : unit
      for (let each = 0; each < unit.length; each++) {
        starts.push(from)
        ends.push(to)
      }
    }
    from = to
  }
  return { text, starts, ends }
}

const foldOne = (character: string): string =>
  character <= "\x7f" ? character.toLowerCase() : foldCharacter(character)

function foldCharacter(character: string): string {
  const before = known.get(character)
  if (before !== undefined) return before
  const folded = [...bare(cased(bare(character)))].map((each) => PLAIN[each] ?? each).join("")
  if (known.size >= KNOWN_MAX) known.clear()
  known.set(character, folded)
  return folded
}

const bare = (text: string): string => text.normalize("NFKD").replace(ACCENTS, "").replace(UNSEEN, "")
const cased = (text: string): string => [...text].map((each) => each.toLowerCase().toUpperCase().toLowerCase()).join("")
