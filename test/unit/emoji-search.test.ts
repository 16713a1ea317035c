/** Which emoji people find, and in which order. */
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { emojiTable } from "../../build/emoji.mjs"
import { searchIn, withCode } from "../../src/client/ui/emoji-search.ts"
import { unpack } from "../../src/client/ui/emoji-table.ts"

const ALL = unpack(emojiTable())
const search = searchIn(ALL)
const found = (query: string, limit?: number) => search(query, limit).map(({ char }) => char)

test("what is called exactly so comes first", () => {
  for (const [query, char] of [
    ["heart", "❤️"],
    ["+1", "👍"],
    ["-1", "👎"],
    ["tada", "🎉"],
    ["thumbs up", "👍"],
    ["thinking face", "🤔"],
    ["thinking_face", "🤔"],
    ["Germany", "🇩🇪"],
    ["fire", "🔥"],
    ["lmao", "😂"],
  ] as const)
    assert.equal(found(query, 1)[0], char, query)
})

test("then names and keywords with the word whole, then what begins so, the shortest shortcode first", () => {
  const places = (query: string, chars: string) => [...chars].map((char) => found(query).indexOf(char))
  for (const ordered of [
    places("sun", "🌞🌅🌇"),
    places("hi", "👋🦛😂"),
    places("smi", "😄😃😸😊"),
    places("sm", "😄😏😃"),
  ])
    assert.deepEqual([ordered.includes(-1), ordered], [false, ordered.toSorted((a, b) => a - b)])
  assert.equal(found("thx", 1)[0], "🙏", "by its last keyword")
})

test("two letters are no country", () => {
  for (const [query, flag] of [
    ["sm", "🇸🇲"],
    ["no", "🇳🇴"],
    ["me", "🇲🇪"],
  ] as const)
    assert.notEqual(found(query, 1)[0], flag, query)
  assert.equal(found("flag no", 1)[0], "🇳🇴")
})

test("every word has to fit, in any order and letter case, and without accents", () => {
  assert.equal(found("CAT heart eyes")[0], "😻")
  assert.equal(found("eyes heart cat")[0], "😻")
  assert.equal(found("pinata")[0], "🪅")
  assert.equal(found("piñata")[0], "🪅")
  assert.deepEqual(found("cat nosuchword"), [])
})

test("nothing is found for nothing, or for what no emoji is called", () => {
  for (const query of ["", "   ", "zzzz", ":", "%", "_", "\u0000", "漢字"]) assert.deepEqual(found(query), [], query)
})

test("a limit is kept, and whatever is asked gives an answer", () => {
  assert.equal(search("face", 8).length, 8)
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), (query) => search(query, 5).length <= 5))
})

test("each shortcode, and each other one and the name's, leads to an emoji that has it", () => {
  for (const emoji of ALL) assert.equal(withCode(ALL, emoji.code), emoji)
  for (const [code, char] of [
    ["party_popper", "🎉"],
    ["party", "🎉"],
    ["thumbsup", "👍"],
    ["waving_hand", "👋"],
    ["flag_de", "🇩🇪"],
  ] as const)
    assert.equal(withCode(ALL, code)?.char, char, code)
  assert.equal(withCode(ALL, "nosuchcode"), undefined)
})
