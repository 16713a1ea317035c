/**
 * Whether a password can be guessed by somebody who tries what people usually take. Checked where it is typed, since the
 * server never sees it. The list holds the common ones of ten characters and more in their plainest form; the rules
 * catch what no list can: repetition, runs along the alphabet or the keyboard, the user's own name.
 */
import { LIMITS } from "../../shared/limits.ts"

/** What is wrong with a password. */
export type PasswordFault = "too_short" | "too_long" | "common" | "like_name" | "too_simple"

// Words that make up most common long passwords; a password is common when nothing but these, digits and signs is left.
const COMMON_WORDS = (
  "password passwort passw pass word admin administrator root user login welcome letmein iloveyou loveyou love lovely " +
  "qwerty qwertz azerty qwertyuiop qwertzuiop asdfgh asdfghjkl zxcvbn zxcvbnm yxcvbnm qazwsx football baseball " +
  "basketball liverpool chelsea arsenal barcelona superman batman spiderman starwars pokemon dragon monkey princess " +
  "sunshine shadow master michael jennifer jordan charlie daniel thomas hunter ashley jessica computer internet secret " +
  "changeme change default test testing server hello world trustno freedom whatever flower cheese cookie chocolate " +
  "summer winter spring autumn monday friday january december mother father family friend friends forever baby angel " +
  "blink slipknot metallica nirvana google facebook samsung iphone android windows microsoft apple money soccer killer " +
  "mustang corvette ferrari porsche mercedes access security secure chat my the me you is a i to for and in of no yes"
)
  .split(" ")
  .sort((a, b) => b.length - a.length)

const LEET = new Map([
  ["0", "o"],
  ["1", "i"],
  ["3", "e"],
  ["4", "a"],
  ["5", "s"],
  ["7", "t"],
  ["@", "a"],
  ["$", "s"],
  ["!", "i"],
])

const RUNS = [
  "abcdefghijklmnopqrstuvwxyz",
  "01234567890",
  "qwertyuiop",
  "qwertzuiop",
  "azertyuiop",
  "asdfghjkl",
  "zxcvbnm",
]
const RUNS_BOTH_WAYS = RUNS.flatMap((run) => [run, [...run].reverse().join("")])
/** Fewer characters than this are no run, and too few to make a password hard to guess. */
const RUN_LENGTH = 4
const DISTINCT_MIN = 5

/** Judges a password for an account name; undefined when nothing speaks against it. */
export function passwordFault(password: string, name: string): PasswordFault | undefined {
  const characters = [...password]
  if (characters.length < LIMITS.passwordMinCharacters) return "too_short"
  if (characters.length > LIMITS.passwordMaxCharacters) return "too_long"
  const plain = password.normalize("NFKC").toLowerCase()
  if (new Set(plain).size < DISTINCT_MIN || isRepeated(plain) || isRun(plain)) return "too_simple"
  if (name.length > 2 && left(plain, [name.toLowerCase()]).length < RUN_LENGTH) return "like_name"
  const unleeted = [...plain].map((each) => LEET.get(each) ?? each).join("")
  return isMadeOfWords(plain) || isMadeOfWords(unleeted) ? "common" : undefined
}

/** One piece over and over: "abcabcabcabc". */
const isRepeated = (text: string): boolean => /^(.{1,8}?)\1+.{0,2}$/u.test(text)

/** Little more than runs along the alphabet, the digits or a row of keys, in either direction. */
function isRun(text: string): boolean {
  let others = 0
  for (let at = 0; at < text.length; ) {
    const length = Math.max(...RUNS_BOTH_WAYS.map((run) => runLength(text, at, run)))
    if (length < RUN_LENGTH) others += 1
    at += length < RUN_LENGTH ? 1 : length
  }
  return others < RUN_LENGTH
}

/** How far the text follows a run from a place on. */
function runLength(text: string, at: number, run: string): number {
  const start = run.indexOf(text.charAt(at))
  let length = 0
  while (start >= 0 && start + length < run.length && run[start + length] === text[at + length]) length += 1
  return length
}

/** Whether nothing that is hard to guess is left without common words, years, digits and signs. */
function isMadeOfWords(text: string): boolean {
  return left(text, COMMON_WORDS).replace(/[^\p{L}]/gu, "").length < RUN_LENGTH && left(text, COMMON_WORDS) !== text
}

function left(text: string, words: readonly string[]): string {
  return words.reduce((rest, word) => (word.length > 2 ? rest.replaceAll(word, "") : rest), text)
}
