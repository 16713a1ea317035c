import assert from "node:assert/strict"
import test from "node:test"
import fc from "fast-check"
import { concatBytes, fromBase64Url, sameBytes, toBase64Url, toHex } from "../../src/shared/bytes.ts"

const bytes = fc.uint8Array({ maxLength: 300 })

// RFC 4648 section 10, without padding, and the two letters in which the URL alphabet differs (section 5).
const VECTORS: readonly (readonly [string, string])[] = [
  ["", ""],
  ["66", "Zg"],
  ["666f", "Zm8"],
  ["666f6f", "Zm9v"],
  ["666f6f62", "Zm9vYg"],
  ["666f6f6261", "Zm9vYmE"],
  ["666f6f626172", "Zm9vYmFy"],
  ["fbff", "-_8"],
]

test("base64url follows the vectors of RFC 4648 both ways", () => {
  for (const [hex, text] of VECTORS) {
    const raw = new Uint8Array(Buffer.from(hex, "hex"))
    assert.equal(toBase64Url(raw), text)
    assert.deepEqual(fromBase64Url(text), raw)
  }
})

test("any bytes come back from their text, which is what Node writes too", () => {
  fc.assert(
    fc.property(bytes, (raw) => {
      const text = toBase64Url(raw)
      assert.equal(text, Buffer.from(raw).toString("base64url"))
      assert.deepEqual(fromBase64Url(text), new Uint8Array(raw))
    }),
  )
})

test("a text is read only when it is the one text of its bytes", () => {
  const letters = fc.string({ unit: fc.constantFrom(..."AZaz09-_+/= Q"), maxLength: 12 })
  fc.assert(
    fc.property(fc.oneof(letters, fc.string()), (text) => {
      const raw = fromBase64Url(text)
      assert(raw === undefined || toBase64Url(raw) === text)
    }),
    { numRuns: 2_000 },
  )
})

test("foreign letters, padding, an impossible length and unused bits are refused", () => {
  for (const text of ["A", "AAAAA", "AA==", "A A", "AA\n", "AB", "AAB", "+/", "Zm9vé", "Zm9v\u{1f600}A", "AA\u0000A"])
    assert.equal(fromBase64Url(text), undefined, JSON.stringify(text))
})

test("hex is lower-case, two digits a byte", () => {
  fc.assert(fc.property(bytes, (raw) => assert.equal(toHex(raw), Buffer.from(raw).toString("hex"))))
})

test("bytes are the same when all of them are, and as many", () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      assert(sameBytes(a, Uint8Array.from(a)))
      assert.equal(sameBytes(a, b), Buffer.from(a).equals(Buffer.from(b)))
      assert(!sameBytes(a, concatBytes(a, Uint8Array.of(0))))
    }),
  )
})

test("joined bytes stand one after another in a new place", () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 5 }), (parts) => {
      const whole = concatBytes(...parts)
      assert.deepEqual(Buffer.from(whole), Buffer.concat(parts))
      assert(parts.every((part) => part.buffer !== whole.buffer))
    }),
  )
})
