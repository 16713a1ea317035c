/** The emoji that the build keeps of emojibase-data, and how they come out of its string again. */
import assert from "node:assert/strict"
import { createRequire } from "node:module"
import { test } from "node:test"
import { emojiBytes, emojiTable, reportEmojiBytes } from "../../build/emoji.mjs"
import { EMOJI_MAX, SKIN_TONES } from "../../src/client/core/records.ts"
import { type Emoji, GROUPS, nameOf, TONES, toned, unpack } from "../../src/client/ui/emoji-table.ts"

interface Source {
  readonly hexcode: string
  readonly group?: number
  readonly version: number
  readonly skins?: readonly { readonly emoji: string; readonly tone: number | readonly number[] }[]
}

const require = createRequire(import.meta.url)
const DATA: readonly Source[] = require("emojibase-data/en/data.json")
const ALL = unpack(emojiTable())
const COMPONENTS = 2
/** What Unicode recommends for general interchange. The flag is newer than what the sources are compiled for. */
const SETS_OF_STRINGS: string = "v"
const RECOMMENDED = new RegExp("^\\p{RGI_Emoji}$", SETS_OF_STRINGS)
const EVERY_TONE = [...Array(SKIN_TONES + 1).keys()]

const hexOf = (text: string): string => [...text].map((char) => char.codePointAt(0)?.toString(16)).join("-")
/** The same emoji, whether or not a selector asks for its colour. */
const bare = (text: string): string => text.replaceAll("\uFE0F", "")
const byChar = (char: string): Emoji => {
  const found = ALL.find((emoji) => emoji.char === char)
  assert.ok(found, `${char} is kept`)
  return found
}

test("every kept emoji is one that Unicode recommends, in every tone, and short enough to be remembered", () => {
  for (const emoji of ALL)
    for (const tone of EVERY_TONE) {
      const written = toned(emoji, tone)
      assert.match(written, RECOMMENDED, `${emoji.name}: ${hexOf(written)}`)
      assert.ok(written.length <= EMOJI_MAX, `${emoji.name} has ${written.length} units`)
    }
  assert.equal(Math.max(...ALL.flatMap((emoji) => EVERY_TONE.map((tone) => toned(emoji, tone).length))), EMOJI_MAX)
})

test("each tone is written as the data says, for one person and for two", () => {
  const skins = new Map(DATA.map(({ hexcode, skins = [] }) => [hexcode.toLowerCase().replaceAll("-fe0f", ""), skins]))
  let compared = 0
  for (const emoji of ALL) {
    const expected = (skins.get(hexOf(bare(emoji.char)).toLowerCase().replace(/\b00/g, "")) ?? []).filter(
      ({ tone }) => typeof tone === "number",
    )
    assert.equal(emoji.takesTone, expected.length > 0, emoji.name)
    for (const { tone, emoji: written } of expected) {
      assert.equal(toned(emoji, Number(tone)), written, emoji.name)
      compared++
    }
  }
  assert.ok(compared > 1000)
  assert.equal(toned(byChar("👋"), 0), "👋")
  assert.equal(toned(byChar("😀"), 3), "😀")
  assert.equal(nameOf(byChar("👋"), 3), "waving hand, medium skin tone")
  assert.equal(nameOf(byChar("😀"), 3), "grinning face")
  assert.equal(TONES.length, SKIN_TONES + 1)
})

test("no emoji of the data is missing but components, letters of flags and what is newer than Emoji 15", () => {
  const expected = DATA.filter(({ group, version }) => group !== undefined && group !== COMPONENTS && version <= 15)
  assert.equal(ALL.length, expected.length)
  for (const left of ["🏻", "🦰", "🇩", "🫩", "🐦‍🔥"]) assert.ok(!ALL.some(({ char }) => char === left), left)
  for (const kept of ["🇩🇪", "🏴󠁧󠁢󠁷󠁬󠁳󠁿", "#️⃣", "❤️‍🔥", "👩‍🚀", "🪿"]) byChar(kept)
})

test("an emoji that is drawn in colour anyway carries no selector for it", () => {
  for (const char of ["👍", "✅", "🚲", "⚽"]) assert.equal(byChar(char).char, char)
  for (const char of ["❤️", "☝️", "☺️"]) assert.equal(byChar(char).char, char)
})

test("each emoji has a name, a shortcode of its own, and keywords that nothing else says", () => {
  assert.equal(new Set(ALL.map(({ code }) => code)).size, ALL.length)
  for (const { name, code, otherCodes, keywords } of ALL) {
    assert.notEqual(name, "")
    for (const each of [code, ...otherCodes]) assert.match(each, /^(?:[a-z0-9][a-z0-9_-]*|[+-]1)$/, name)
    for (const word of keywords)
      assert.ok(
        !name
          .toLowerCase()
          .split(/[^a-z0-9]+/)
          .includes(word),
        `${name}: ${word}`,
      )
  }
  const codes = ["👍", "👎", "😄", "❤️", "🎉", "🙏", "🇩🇪", "🤔"].map((char) => byChar(char).code)
  assert.deepEqual(codes, ["+1", "-1", "smile", "heart", "tada", "pray", "germany", "thinking"])
  assert.deepEqual(byChar("🎉").otherCodes, ["party"])
})

test("the groups follow one another, and each begins with what people look for there", () => {
  const order = ALL.map(({ group }) => group)
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  )
  assert.deepEqual([...new Set(order)], [...GROUPS.keys()])
  const signs = GROUPS.map(({ sign }, group) => byChar(sign).group === group)
  assert.deepEqual(signs, Array(GROUPS.length).fill(true))
})

test("what emoji add to the pages is counted, and refused above 40 KB", async () => {
  const input = (bytesInOutput: number) => ({ bytesInOutput })
  const output = (inputs: Record<string, { bytesInOutput: number }>, entryPoint?: string) => ({
    ...{ bytes: 0, imports: [], exports: [], inputs },
    ...(entryPoint === undefined ? {} : { entryPoint }),
  })
  const bytes = await emojiBytes(
    {
      "chat.js": output(
        { "src/client/ui/chat.ts": input(9000), "src/client/ui/emoji.ts": input(70) },
        "src/client/ui/chat.ts",
      ),
      "chat-style.css": output({
        "src/client/ui/styles/emoji.css": input(8),
        "src/client/ui/styles/base.css": input(900),
      }),
      "picker.js": output(
        { "src/client/ui/emoji-picker.ts": input(5000), "x.ts": input(9) },
        "src/client/ui/emoji-picker.ts",
      ),
      "table.js": output({ "src/client/ui/emoji-data.ts": input(90_000) }),
      "other.js": output({ "src/client/ui/dom.ts": input(400) }),
    },
    async (file) => ({ "picker.js": 2000, "table.js": 30_000 })[file] ?? Number.NaN,
  )
  assert.equal(bytes, 70 + 8 + 2000 + 30_000)
  assert.throws(() => reportEmojiBytes(40_001), /Emoji: 40\.0 of 40 KB/)
})
