import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { fold, foldWithPlaces } from "../../src/client/core/folding.ts"
import { LETTERS } from "../helpers/letters.ts"

/** Pairs that people write for one another. */
const ALIKE: readonly (readonly [string, string])[] = [
  ["Café", "cafe"],
  ["cafe\u0301", "CAFÉ"],
  ["Straße", "STRASSE"],
  ["ẞ", "ss"],
  ["ﬁnd the ﬂour", "find the flour"],
  ["İstanbul", "istanbul"],
  ["ISPARTA", "ısparta"],
  ["ΟΔΟΣ", "οδός"],
  ["Łódź", "lodz"],
  ["smørrebrød", "smorrebrod"],
  ["Ångström", "angstrom"],
  ["ｆｕｌｌ　ｗｉｄｔｈ", "full width"],
  ["שָׁלוֹם", "שלום"],
  ["السَّلَامُ", "السلام"],
  ["سـلام", "سلام"],
  ["أحمد", "احمد"],
  ["❤️", "❤"],
  ["co\u00adoperate", "cooperate"],
  ["don’t", "don't"],
  ["one\n\ttwo", "one two"],
  ["５㎏", "5kg"],
  ["ча́шка", "чашка"],
  ["한글", "한글".normalize("NFD")],
]

for (const [one, other] of ALIKE) test(`${one} is found as ${other}`, () => assert.equal(fold(one), fold(other)))

for (const [one, other] of [
  ["की", "का"],
  ["กิน", "กัน"],
  ["👍", "👎"],
  ["a b", "ab"],
] as const)
  test(`${one} is not ${other}`, () => assert.notEqual(fold(one), fold(other)))

test("folding once more changes nothing, for every character of every alphabet", () => {
  for (let code = 0; code <= 0x1ffff; code++) {
    const character = String.fromCodePoint(code)
    if (/\p{Unified_Ideograph}|\p{Co}|\p{Cn}/u.test(character)) continue
    const folded = fold(character)
    assert.equal(fold(folded), folded, `U+${code.toString(16)}`)
  }
})

const texts = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom(...LETTERS) }))

test("the text with its places is the folded text, and each place is the character that the unit came from", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const { text: folded, starts, ends } = foldWithPlaces(text)
      assert.equal(folded, fold(text))
      assert.deepEqual([starts.length, ends.length], [folded.length, folded.length])
      for (const [index, start] of starts.entries()) {
        const end = ends[index] ?? 0
        assert.ok(fold(text.slice(start, end)).includes(folded.charAt(index)))
        assert.ok(start >= (starts[index - 1] ?? 0) && end >= (ends[index - 1] ?? 0), "in order")
      }
    }),
  )
})

test("the folded part of a text is a part of the folded text", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...LETTERS)), fc.nat(), fc.nat(), (letters, one, other) => {
      const part = fold(letters.slice(one % 20, other % 20).join("")).trim()
      assert.ok(fold(letters.join("")).includes(part))
    }),
  )
})
