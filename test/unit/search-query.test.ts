import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { fold } from "../../src/client/core/folding.ts"
import { marksIn, matches, QUERY_MAX, readQuery, snippetOf } from "../../src/client/core/search-query.ts"
import { LETTERS } from "../helpers/letters.ts"

const finds = (query: string, text: string): boolean => matches(fold(text), readQuery(query))
/** The text with what is highlighted in brackets. */
const marked = (query: string, text: string): string => {
  let at = 0
  let shown = ""
  for (const { from, to } of marksIn(text, readQuery(query))) {
    shown += `${text.slice(at, from)}[${text.slice(from, to)}]`
    at = to
  }
  return shown + text.slice(at)
}

test("all words must occur, in any order, also inside others", () => {
  const text = "The poster for the science fair is printed"
  assert.ok(finds("fair poster", text))
  assert.ok(finds("POST scien", text))
  assert.ok(finds("rint", text))
  assert.equal(finds("poster friday", text), false)
})

test("what stands in quotation marks is one phrase, whatever marks and spaces they are", () => {
  for (const query of ['"science fair"', "“science  fair”", "„science fair“", "« science fair »", '"science fa'])
    assert.ok(finds(query, "the Science\nFair is on"), query)
  assert.equal(finds('"fair science"', "the science fair"), false)
  assert.ok(finds('poster "science fair"', "science fair poster"))
  assert.equal(finds('poster "science fair"', "poster science or fair"), false)
})

test("a query without words finds nothing", () => {
  for (const query of ["", "  ", '""', '"', '" "', "\u0301", "\u200f"]) {
    assert.deepEqual(readQuery(query), [])
    assert.equal(finds(query, "anything"), false)
  }
})

test("a query counts up to its bound", () => {
  assert.equal(readQuery("x".repeat(2 * QUERY_MAX))[0]?.length, QUERY_MAX)
})

for (const [query, text, shown] of [
  ["strasse", "in der Straße", "in der [Straße]"],
  ["s", "Maß", "Ma[ß]"],
  ["find", "please ﬁnd it", "please [ﬁnd] it"],
  ["i", "ﬁsh", "[ﬁ]sh"],
  ["istanbul", "in İstanbul.", "in [İstanbul]."],
  ["cafe", "un cafe\u0301!", "un [cafe\u0301]!"],
  ["a", "👍a👍", "👍[a]👍"],
  ["👍", "ok 👍🏽 a", "ok [👍🏽] a"],
  ["👩", "me: 👩‍💻.", "me: [👩‍💻]."],
  ["❤", "I ❤️ you", "I [❤️] you"],
  ["שלום", "אמר שָׁלוֹם לכולם", "אמר [שָׁלוֹם] לכולם"],
  ["السلام", "قال السَّلَامُ عليكم", "قال [السَّلَامُ] عليكم"],
  ["aa", "aaa b", "[aaa] b"],
  ["ab bc", "xabcx", "x[abc]x"],
  ['"a b"', "a \n b", "[a \n b]"],
] as const)
  test(`"${query}" in "${text}" is highlighted as "${shown}"`, () => assert.equal(marked(query, text), shown))

test("a snippet shows what was found far inside a long text, cut between words", () => {
  const text = `${"lorem ipsum ".repeat(900)}the Needle here ${"dolor sit ".repeat(900)}`
  const { snippet, marks, cut } = snippetOf(text, readQuery("needle"))
  assert.ok(snippet.length < 200, `${snippet.length}`)
  assert.deepEqual(
    marks.map(({ from, to }) => snippet.slice(from, to)),
    ["Needle"],
  )
  assert.ok(text.includes(snippet))
  assert.match(snippet, /^(?:lorem|ipsum) .*(?:dolor|sit) $/)
  assert.deepEqual(cut, { before: true, after: true })
})

test("a snippet is cut between characters where there are no words, and holds what is longer than itself", () => {
  const text = "👩‍💻".repeat(200)
  const long = "👩‍💻".repeat(60)
  const { snippet, marks } = snippetOf(`${text}x${text}`, readQuery("x"))
  assert.match(snippet, /^(?:👩‍💻)+x(?:👩‍💻)+$/u)
  assert.equal(marks.length, 1)
  const whole = snippetOf(`abc ${long} def`, readQuery(long))
  assert.ok(whole.snippet.includes(long))
})

const texts = fc.array(fc.constantFrom(...LETTERS), { maxLength: 400 }).map((letters) => letters.join(""))
const queries = fc.array(fc.constantFrom(...LETTERS), { maxLength: 4 }).map((letters) => letters.join(""))

/** Every range of the text whose folded form is a term: slow, and plain to see. */
function naivePlaces(text: string, term: string): { readonly from: number; readonly to: number }[] {
  const starts = [0]
  for (const character of text) starts.push((starts.at(-1) ?? 0) + character.length)
  return starts.flatMap((from) =>
    starts.filter((to) => to > from && fold(text.slice(from, to)) === term).map((to) => ({ from, to })),
  )
}

test("whatever is found is highlighted, whole, and nothing else", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...LETTERS), { maxLength: 14 }), queries, (letters, query) => {
      const text = letters.join("")
      const terms = readQuery(query)
      const marks = marksIn(text, terms)
      for (const { from, to } of marks)
        assert.ok(
          terms.some((term) => fold(text.slice(from, to)).includes(term)),
          "each mark holds a term",
        )
      for (const term of terms)
        for (const place of naivePlaces(text, term)) {
          const inside = text.slice(place.from, place.to)
          // At its ends, a range may hold marks that are seen with the character before.
          const isCovered = marks.some(({ from, to }) => from < place.to && to > place.from)
          assert.ok(isCovered, `"${term}" stands in "${inside}"`)
        }
      for (const [index, { from }] of marks.entries()) assert.ok(from > (marks[index - 1]?.to ?? -1), "apart, in order")
    }),
  )
})

test("a text that matches has a highlight in its snippet, and the snippet is a part of the text", () => {
  fc.assert(
    fc.property(texts, queries, (text, query) => {
      const terms = readQuery(query)
      const { snippet, marks, cut } = snippetOf(text, terms)
      assert.ok(text.includes(snippet))
      assert.equal(text.startsWith(snippet) || cut.before, true)
      assert.equal(text.endsWith(snippet) || cut.after, true)
      if (matches(fold(text), terms)) assert.ok(marks.length > 0)
      for (const { from, to } of marks) assert.ok(from >= 0 && from < to && to <= snippet.length)
    }),
  )
})
