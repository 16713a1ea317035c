import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import test from "node:test"
import fc from "fast-check"
import { fromBase64Url, toBase64Url } from "../../src/shared/bytes.ts"
import { accountName, deviceId, messageId, roomId } from "../../src/shared/ids.ts"
import { GENERAL_ROOM, LIMITS } from "../../src/shared/limits.ts"
import { ParseError, type Schema } from "../../src/shared/schema.ts"

const accepts = (schema: Pick<Schema<unknown>, "parse">, value: unknown): boolean => {
  try {
    return schema.parse(value, "id") === value
  } catch (error) {
    assert(error instanceof ParseError)
    return false
  }
}

test("a user name has 3 to 32 of its letters and begins with a letter or digit", () => {
  for (const name of ["bob", "0-0", "a_b.c-d", "a".repeat(LIMITS.nameMaxLength)])
    assert(accepts(accountName, name), name)
  const wrong = [
    "bo",
    "a".repeat(LIMITS.nameMaxLength + 1),
    "Bob",
    ".bob",
    "-bob",
    "_bob",
    "bob ",
    "bob\n",
    "b b",
    "böb",
    "",
  ]
  for (const name of wrong) assert(!accepts(accountName, name), JSON.stringify(name))
})

test("sixteen random bytes are a device, message and room id", () => {
  for (let round = 0; round < 200; round++) {
    const text = toBase64Url(randomBytes(LIMITS.idLength))
    for (const schema of [deviceId, messageId, roomId]) assert(accepts(schema, text), text)
  }
})

test("an id is exactly a text that stands for sixteen bytes", () => {
  const nearly = fc.string({ unit: fc.constantFrom(..."AQgwBzZ09-_=+"), minLength: 20, maxLength: 24 })
  fc.assert(
    fc.property(fc.oneof(nearly, fc.string()), (text) => {
      const isId = fromBase64Url(text)?.length === LIMITS.idLength
      for (const schema of [deviceId, messageId]) assert.equal(accepts(schema, text), isId)
    }),
    { numRuns: 2_000 },
  )
})

test("the general room is a room by its name, and no device or message", () => {
  assert(accepts(roomId, GENERAL_ROOM))
  assert(!accepts(deviceId, GENERAL_ROOM) && !accepts(messageId, GENERAL_ROOM))
  for (const room of ["general_chat\n", "General_chat", "general_chat ", "", "../general_chat"])
    assert(!accepts(roomId, room), JSON.stringify(room))
})

test("only text is a name or an id", () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      fc.pre(typeof value !== "string")
      for (const schema of [accountName, deviceId, messageId, roomId]) assert(!accepts(schema, value))
    }),
  )
})
