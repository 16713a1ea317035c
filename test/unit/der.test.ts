/** DER as src/server/certificates/der.ts writes and reads it, by property and against known encodings. */
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import {
  bitString,
  booleanTrue,
  contextTag,
  der,
  derLength,
  integer,
  oid,
  readElements,
  sequence,
  TAG,
  text,
  time,
} from "../../src/server/certificates/der.ts"

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
const only = (bytes: Uint8Array) => {
  const [element, ...rest] = readElements(bytes)
  assert.ok(element !== undefined && rest.length === 0)
  return element
}

test("a length is one byte up to 127 and then the shortest that holds it", () => {
  const known = { 0: "00", 127: "7f", 128: "8180", 255: "81ff", 256: "820100", 65535: "82ffff", 65536: "83010000" }
  for (const [length, bytes] of Object.entries(known)) assert.equal(hex(derLength(Number(length))), bytes)
  assert.equal(hex(derLength(0xffffffff)), "84ffffffff")
  for (const bad of [-1, 0.5, 0x1_0000_0000, Number.NaN]) assert.throws(() => derLength(bad), RangeError)
})

test("any length is read back as it was written", () => {
  const lengths = fc.oneof(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 65_530, max: 65_540 }))
  fc.assert(
    fc.property(lengths, (length) => {
      const element = only(der(TAG.octetString, new Uint8Array(length)))
      assert.equal(element.content.length, length)
    }),
    { numRuns: 200 },
  )
})

test("any sequence of elements is read back as it was written", () => {
  const elements = fc.array(fc.tuple(fc.constantFrom(...Object.values(TAG)), fc.uint8Array({ maxLength: 300 })))
  fc.assert(
    fc.property(elements, (given) => {
      const read = readElements(only(sequence(...given.map(([tag, content]) => der(tag, content)))).content)
      assert.deepEqual(
        read.map(({ tag, content }) => [tag, hex(content)]),
        given.map(([tag, content]) => [tag, hex(content)]),
      )
    }),
  )
})

test("an integer keeps its value, is never negative, and is as short as can be", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (magnitude) => {
      const { content, tag } = only(integer(magnitude))
      const [first = 0, second = 0x80] = content
      assert.equal(tag, TAG.integer)
      assert.equal(BigInt(`0x${hex(content)}`), BigInt(`0x0${hex(magnitude)}`))
      assert.ok(first < 0x80)
      assert.ok(first !== 0 || second >= 0x80)
    }),
  )
  assert.equal(hex(integer(Uint8Array.of())), "020100")
  assert.equal(hex(integer(Uint8Array.of(0x80))), "02020080")
  assert.equal(hex(integer(Uint8Array.of(0, 0, 0x7f))), "02017f")
})

/** Reads an OBJECT IDENTIFIER's content back, by X.690 section 8.19. */
function dotted(content: Uint8Array): string {
  const values: number[] = []
  let held = 0
  for (const byte of content) {
    held = held * 128 + (byte & 0x7f)
    if (byte < 0x80) values.push(held)
    if (byte < 0x80) held = 0
  }
  const [first = 0, ...rest] = values
  const top = Math.min(2, Math.floor(first / 40))
  return [top, first - top * 40, ...rest].join(".")
}

test("an object identifier is read back as it was written", () => {
  const big = fc.integer({ min: 0, max: 2 ** 40 })
  const start = fc.oneof(
    fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 39 })),
    fc.tuple(fc.constant(2), big),
  )
  fc.assert(
    fc.property(start, fc.array(big, { maxLength: 12 }), (head, rest) => {
      const written = [...head, ...rest].join(".")
      assert.equal(dotted(only(oid(written)).content), written)
    }),
  )
  assert.equal(hex(oid("1.2.840.10045.4.3.2")), "06082a8648ce3d040302")
  for (const bad of ["", "1", "3.1", "1.40", "1.2.", "1.2.-3", "1.02", "a.b", "1.2.9007199254740992"])
    assert.throws(() => oid(bad), RangeError, bad)
})

test("dates through 2049 are UTCTime, from 2050 GeneralizedTime, and cut to the second", () => {
  const at = (moment: number) => {
    const { tag, content } = only(time(moment))
    return [tag, Buffer.from(content).toString()]
  }
  assert.deepEqual(at(Date.UTC(2026, 0, 2, 3, 4, 5, 999)), [TAG.utcTime, "260102030405Z"])
  assert.deepEqual(at(Date.UTC(1950, 0, 1)), [TAG.utcTime, "500101000000Z"])
  assert.deepEqual(at(Date.UTC(1949, 11, 31, 23, 59, 59)), [TAG.generalizedTime, "19491231235959Z"])
  assert.deepEqual(at(Date.UTC(2049, 11, 31, 23, 59, 59, 999)), [TAG.utcTime, "491231235959Z"])
  assert.deepEqual(at(Date.UTC(2050, 0, 1)), [TAG.generalizedTime, "20500101000000Z"])
  assert.deepEqual(at(Date.UTC(9999, 11, 31, 23, 59, 59)), [TAG.generalizedTime, "99991231235959Z"])
  for (const bad of [Date.UTC(10_000, 0, 1), Number.NaN]) assert.throws(() => time(bad), RangeError)
})

test("the small types have their known encodings", () => {
  assert.equal(hex(booleanTrue()), "0101ff")
  assert.equal(hex(bitString(Uint8Array.of(0x80), 7)), "03020780")
  assert.equal(hex(text("é")), "0c02c3a9")
  assert.equal(hex(der(contextTag(2, false), Uint8Array.of(1), Uint8Array.of(2))), "82020102")
  assert.equal(contextTag(3, true), 0xa3)
})

test("what is not DER is refused", () => {
  const bad = {
    "a tag alone": "30",
    "an end too early": "300201",
    "an indefinite length": `3080${"00".repeat(200)}`,
    "a length that is not the shortest": "30810101",
    "a length with a leading zero": `30820001${"00".repeat(10)}`,
    "a length of five bytes": `3085000000000${"1".padEnd(21, "0")}`,
    "a length cut off": "3082ff",
    "a tag of several bytes": "1f8101020304",
    "something after a good element": "010100ff",
  }
  for (const [what, bytes] of Object.entries(bad))
    assert.throws(() => readElements(Buffer.from(bytes, "hex")), SyntaxError, what)
})

test("any bytes are either refused or read back exactly", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      try {
        assert.equal(
          readElements(bytes)
            .map(({ raw }) => hex(raw))
            .join(""),
          hex(bytes),
        )
      } catch (error) {
        assert.ok(error instanceof SyntaxError)
      }
    }),
    { numRuns: 2_000 },
  )
})
