import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { type Alteration, type AlteringContent, altered, type TextLine } from "../../src/client/core/altering.ts"
import { positionOf } from "../../src/client/core/history.ts"
import { type Emoji, emoji } from "../../src/client/core/message-parts.ts"
import { ATTEMPTS_MAX, itemRecord, REACTIONS_MAX } from "../../src/client/core/records.ts"
import { accountName, messageId } from "../../src/shared/ids.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { ParseError } from "../../src/shared/schema.ts"

const name = (text: string) => accountName.parse(text, "name")
const [anna, berta] = [name("anna"), name("berta")]
const keyOf = (fill: number) => new Uint8Array(LIMITS.accountKeyLength).fill(fill)
const [annas, bertas] = [keyOf(1), keyOf(2)]
const id = messageId.parse("AAAAAAAAAAAAAAAAAAAAAA", "id")
const of = { seq: 5, id }

const LINE: TextLine = {
  type: "text",
  position: positionOf(5, 0),
  at: 100,
  id,
  sender: anna,
  accountKey: annas,
  text: "helo",
}
const EDIT: AlteringContent = { type: "edit", of, text: "hello" }
const DELETE: AlteringContent = { type: "delete", of }
const like = (on: boolean, sign = "👍"): AlteringContent => ({
  type: "reaction",
  of,
  emoji: emoji.parse(sign, "emoji"),
  on,
})
const by = (sender: typeof anna, content: AlteringContent, more: Partial<Alteration> = {}): Alteration => ({
  ...{ seq: 9, at: 200, by: sender, accountKey: sender === anna ? annas : bertas, content },
  ...more,
})

test("its author changes a message, and the line says when", () => {
  assert.deepEqual(altered(LINE, by(anna, EDIT)), { ...LINE, text: "hello", editedAt: 200 })
})

test("a deleted message has no words and no reactions, and nothing changes it any more", () => {
  const liked = altered(LINE, by(berta, like(true)))
  const deleted = altered(liked, by(anna, DELETE))
  assert.deepEqual(deleted, { ...LINE, text: "", deletedAt: 200 })
  for (const content of [EDIT, DELETE, like(true)]) assert.equal(altered(deleted, by(anna, content)), deleted)
})

test("nobody else changes it, nor the same name with another key: the line keeps that they tried", () => {
  for (const content of [EDIT, DELETE] as const) {
    const attempts = [{ what: content.type, by: berta, at: 200 }]
    assert.deepEqual(altered(LINE, by(berta, content)), { ...LINE, attempts })
    const other = altered(LINE, by(anna, content, { accountKey: bertas }))
    assert.deepEqual([other.text, other.deletedAt, other.attempts?.length], ["helo", undefined, 1])
  }
})

test("attempts and kinds of reactions are bounded", () => {
  let line = LINE
  for (let count = 0; count < 100; count++) line = altered(line, by(berta, EDIT))
  assert.equal(line.attempts?.length, ATTEMPTS_MAX)
  for (let count = 0; count < 100; count++)
    line = altered(line, by(berta, like(true, String.fromCodePoint(0x1f600 + (count % 80)))))
  assert.equal(line.reactions?.length, REACTIONS_MAX)
  assert.deepEqual(itemRecord.parse(itemRecord.write(line), "line"), line)
})

test("what is about another line, about another id, or older than its line, changes nothing", () => {
  const elsewhere = { ...EDIT, of: { seq: 6, id } } as const
  const another = { ...EDIT, of: { seq: 5, id: messageId.parse("BBBBBBBBBBBBBBBBBBBBBA", "id") } } as const
  for (const content of [elsewhere, another]) assert.equal(altered(LINE, by(anna, content)), LINE)
  assert.equal(altered(LINE, by(anna, EDIT, { seq: 5 })), LINE)
})

test("each feels one way at a time with one emoji, however often it is said", () => {
  const steps = fc.array(fc.tuple(fc.constantFrom(anna, berta), fc.boolean(), fc.constantFrom("👍", "🎉")))
  fc.assert(
    fc.property(steps, (all) => {
      let line = LINE
      const expected = new Map<string, Set<string>>()
      for (const [who, on, sign] of all) {
        line = altered(line, by(who, like(on, sign)))
        const names = expected.get(sign) ?? new Set()
        expected.set(sign, names)
        if (on) names.add(who)
        else names.delete(who)
      }
      const shown = (line.reactions ?? []).map(({ emoji, by }) => `${emoji} ${[...by].sort()}`)
      const wanted = [...expected]
        .filter(([, names]) => names.size > 0)
        .map(([sign, names]) => `${sign} ${[...names].sort()}`)
      assert.deepEqual(shown.sort(), wanted.sort())
    }),
  )
})

test("an emoji is one, of whatever parts it is made, and nothing else is", () => {
  const good = ["👍", "👍🏽", "❤️", "🇫🇷", "1️⃣", "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🧑🏾‍🚀", "☺️"]
  for (const text of good) assert.equal(emoji.parse(text, "emoji"), text as Emoji)
  const bad = ["", "a", "1", "👍👍", "👍 ", "\u202e👍", "\u200d", "🏽", "<b>", `👍${"\u200d👍".repeat(12)}`, 7, null]
  for (const value of bad) assert.throws(() => emoji.parse(value, "emoji"), ParseError, String(value))
})
