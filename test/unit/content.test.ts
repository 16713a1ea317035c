/** What is inside a message: written and read strictly, bound to its commitment, and small enough to be sent. */
import assert from "node:assert/strict"
import { createHmac, randomBytes } from "node:crypto"
import { describe, it } from "node:test"
import fc from "fast-check"
import { readContent, textFault, wellFormed, wordsIn, wordsOf, writeContent } from "../../src/client/core/content.ts"
import { MLS_BOUNDS } from "../../src/client/core/mls/bounds.ts"
import { writeLabel } from "../../src/shared/label.ts"
import { LIMITS } from "../../src/shared/limits.ts"

const opening = () => new Uint8Array(randomBytes(32))

/** A message with any content, its commitment made as it should be. */
function message(said: string | Uint8Array, kind: "message" | "edit" = "message") {
  const [key, bytes] = [opening(), typeof said === "string" ? Buffer.from(said) : said]
  const commitment = createHmac("sha256", key).update(bytes).digest()
  return { plaintext: Buffer.concat([key, bytes]), label: writeLabel({ kind, commitment }) }
}

describe("Content", () => {
  it("is read as it was written, for every text that can be sent", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", minLength: 1, maxLength: 400 }), async (text) => {
        const { plaintext, authenticatedData } = await writeContent({ type: "text", text }, opening())
        assert.deepEqual(await readContent(plaintext, authenticatedData), { type: "text", text })
      }),
    )
  })

  it("has a commitment that anybody can check who has the opening (HMAC-SHA-256)", async () => {
    const key = opening()
    const { plaintext, authenticatedData } = await writeContent({ type: "text", text: "hello" }, key)
    const commitment = createHmac("sha256", key).update(plaintext.subarray(32)).digest()
    assert.deepEqual(Buffer.from(authenticatedData), Buffer.concat([Buffer.of(1, 1), commitment]))
  })

  it("is damaged when one bit of it, of its opening or of its commitment was changed", async () => {
    const { plaintext, authenticatedData } = await writeContent({ type: "text", text: "hello" }, opening())
    const changed = (bytes: Uint8Array, at: number) => bytes.map((byte, index) => (index === at ? byte ^ 1 : byte))
    for (let at = 0; at < plaintext.length; at++)
      assert.equal(await readContent(changed(plaintext, at), authenticatedData), "damaged")
    for (let at = 0; at < authenticatedData.length; at++)
      assert.equal(await readContent(plaintext, changed(authenticatedData, at)), "damaged")
  })

  it("is unknown when it is of a kind, or has a field, that this version does not know", async () => {
    for (const said of ['{"type":"poll","question":"?"}', '{"type":"text","text":"a","also":1}', "{}", "[]", "7"]) {
      const { plaintext, label } = message(said)
      assert.equal(await readContent(plaintext, label), "unknown", said)
    }
  })

  it("is damaged when it is no JSON, no UTF-8, nothing, or labelled as something else", async () => {
    for (const { plaintext, label } of [
      message("{"),
      message(Uint8Array.of(0xff, 0xfe)),
      message(""),
      message('{"type":"text","text":"a"}', "edit"),
    ])
      assert.equal(await readContent(plaintext, label), "damaged")
  })

  it("never makes reading fail, whatever bytes came", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 40 }), async (bytes, label) => {
        const read = await readContent(bytes, label)
        assert.equal(typeof read, "string")
      }),
    )
  })
})

describe("A text", () => {
  it("may have as many bytes as the limit says, and not one more", () => {
    assert.equal(textFault({ text: "a".repeat(LIMITS.textMax) }), undefined)
    assert.equal(textFault({ text: "a".repeat(LIMITS.textMax + 1) }), "text_too_long")
    assert.equal(textFault({ text: "ä".repeat(LIMITS.textMax / 2) }), undefined)
    assert.equal(textFault({ text: `${"ä".repeat(LIMITS.textMax / 2)}a` }), "text_too_long")
  })

  it("that JSON makes longer than a message can hold is too long as well", () => {
    assert.equal(textFault({ text: '"'.repeat(20_000) }), "text_too_long")
    assert.equal(textFault({ text: "a\n".repeat(12_000) }), undefined)
  })

  it("that can be sent always fits into one message", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("a", "ä", '"', "\u0001", "🌳"), fc.nat(40_000), async (piece, count) => {
        const text = piece.repeat(count)
        if (textFault({ text }) !== undefined) return
        const { plaintext } = await writeContent({ type: "text", text }, opening())
        assert.ok(plaintext.length <= MLS_BOUNDS.plaintext)
      }),
      { numRuns: 40 },
    )
  })

  it("of nothing but spaces is empty", () => {
    for (const text of ["", " ", "\n\t \u00a0"]) assert.equal(textFault({ text }), "text_empty")
  })

  it("with half a character in it is made whole", async () => {
    const text = wellFormed("a\ud83cb")
    assert.equal(text, "a\ufffdb")
    const { plaintext, authenticatedData } = await writeContent({ type: "text", text }, opening())
    assert.deepEqual(await readContent(plaintext, authenticatedData), { type: "text", text })
  })
})

describe("Formatted text", () => {
  const loud = {
    type: "doc",
    content: [{ type: "paragraph", content: [{ type: "text", text: "loud", marks: [{ type: "bold" }] }] }],
  } as const
  const plain = {
    type: "doc",
    content: [{ type: "paragraph", content: [{ type: "text", text: "as it is" }] }],
  } as const

  it("holds, whatever its sender puts beside it", () => {
    assert.deepEqual(wordsIn({ text: "something else", doc: loud }), { text: "loud", doc: loud })
    assert.deepEqual(wordsIn({ text: "only words" }), { text: "only words" })
  })

  it("travels only where something is formatted", () => {
    assert.deepEqual(wordsOf(plain), { text: "as it is" })
    assert.deepEqual(wordsOf(loud), { text: "loud", doc: loud })
  })

  it("that others would not read is too long", () => {
    const link = {
      type: "text",
      text: "here",
      marks: [{ type: "link", attrs: { href: "javascript:alert(1)" } }],
    } as const
    assert.equal(
      textFault({ text: "here", doc: { type: "doc", content: [{ type: "paragraph", content: [link] }] } }),
      "text_too_long",
    )
  })
})
