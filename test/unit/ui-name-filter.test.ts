import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { fitOf, fitting } from "../../src/client/ui/name-filter.ts"
import { LETTERS } from "../helpers/letters.ts"

const shown = (name: string, typed: string): string | undefined => {
  const fit = fitOf(name, typed)
  if (fit === undefined) return undefined
  let at = 0
  let text = ""
  for (const { from, to } of fit.marks) {
    text += `${name.slice(at, from)}[${name.slice(from, to)}]`
    at = to
  }
  return `${fit.rank} ${text}${name.slice(at)}`
}

for (const [name, typed, expected] of [
  ["Science fair", "", "0 Science fair"],
  ["Science fair", "sci", "0 [Sci]ence fair"],
  ["Science fair", "FAIR", "0 Science [fair]"],
  ["Science fair", "fa sc", "0 [Sc]ience [fa]ir"],
  ["jonas.weber", "web", "0 jonas.[web]er"],
  ["Science fair", "ence", "1 Sci[ence] fair"],
  ["Science fair", "ce f", "1 Scien[ce] [f]air"],
  ["Science fair", "sfr", "2 [S]cience [f]ai[r]"],
  ["Science fair", "rs", undefined],
  ["Élodie", "elo", "0 [Élo]die"],
  ["Straßenfest", "strasse", "0 [Straße]nfest"],
  ["העבודה", "עבו", "1 ה[עבו]דה"],
  ["li-wei", "w", "0 li-[w]ei"],
] as const)
  test(`"${typed}" in ${name}: ${expected ?? "does not fit"}`, () => assert.equal(shown(name, typed), expected))

test("names come with the best fit first, and stay as they were among equals", () => {
  const names = ["graph", "Harp", "Rapids", "apr", "Rap music", "xyz"]
  const best = fitting(names, (name) => name, "rap").map(({ of }) => of)
  assert.deepEqual(best, ["Rapids", "Rap music", "graph"])
})

test("a name fits itself and each of its beginnings", () => {
  const names = fc.array(fc.constantFrom(...LETTERS), { maxLength: 12 })
  fc.assert(
    fc.property(names, fc.nat(12), (letters, end) => {
      const fit = fitOf(letters.join(""), letters.slice(0, end).join(""))
      assert.ok(fit !== undefined)
      for (const [index, { from, to }] of fit.marks.entries())
        assert.ok(from < to && from >= (fit.marks[index - 1]?.to ?? 0))
    }),
  )
})
