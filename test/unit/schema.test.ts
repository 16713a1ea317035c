import assert from "node:assert/strict"
import test from "node:test"
import fc from "fast-check"
import {
  boolean,
  bytes,
  integer,
  list,
  literal,
  nullable,
  object,
  oneOf,
  ParseError,
  type Schema,
  string,
  type TypeOf,
  union,
} from "../../src/shared/schema.ts"

const everything = object(
  {
    flag: boolean,
    count: integer(-2, 5),
    kind: oneOf("a", "b"),
    fixed: literal("x"),
    name: string(1, 4),
    raw: bytes(1, 3),
    items: list(object({ n: integer(0) }), 2),
    maybe: nullable(integer(0)),
  },
  { extra: integer(0, 9) },
)
const good: TypeOf<typeof everything> = {
  ...{ flag: true, count: 5, kind: "b", fixed: "x", name: "abcd" },
  ...{ raw: Uint8Array.of(1, 2, 3), items: [{ n: 0 }, { n: 1 }], maybe: null, extra: 9 },
}
const written = { ...good, raw: "AQID" }

/** Each one past a limit, or of another type, and the rule that it must be told. */
const WRONG: readonly (readonly [object, RegExp])[] = [
  [{ flag: 1 }, /^it\.flag: must be true or false$/],
  [{ count: 6 }, /^it\.count: must be a whole number from -2 to 5$/],
  [{ count: -3 }, /^it\.count: /],
  [{ count: 1.5 }, /^it\.count: /],
  [{ count: "5" }, /^it\.count: /],
  [{ count: Number.NaN }, /^it\.count: /],
  [{ kind: "c" }, /^it\.kind: must be one of a, b$/],
  [{ kind: "toString" }, /^it\.kind: /],
  [{ fixed: "y" }, /^it\.fixed: must be "x"$/],
  [{ name: "" }, /^it\.name: must have 1 to 4 characters$/],
  [{ name: "abcde" }, /^it\.name: /],
  [{ name: "a\ud800" }, /^it\.name: must be well-formed Unicode$/],
  [{ name: 4 }, /^it\.name: must be text$/],
  [{ raw: "" }, /^it\.raw: must be base64url of 1 to 3 bytes$/],
  [{ raw: "AQIDBA" }, /^it\.raw: /],
  [{ raw: "AQI=" }, /^it\.raw: /],
  [{ raw: [1] }, /^it\.raw: /],
  [{ items: [{ n: 0 }, { n: 0 }, { n: 0 }] }, /^it\.items: must have at most 2 items$/],
  [{ items: { length: 0 } }, /^it\.items: must be a list$/],
  [{ items: [{ n: 0 }, { n: -1 }] }, /^it\.items\[1\]\.n: /],
  [{ items: [null] }, /^it\.items\[0\]: must be an object$/],
  [{ maybe: -1 }, /^it\.maybe: /],
  [{ extra: 10 }, /^it\.extra: /],
  [{ extra: undefined }, /^it\.extra: /],
  [{ other: 1 }, /^it: has a field that is not known here$/],
]

const parse = <T>(schema: Schema<T>, value: unknown): T => schema.parse(value, "it")

function assertTotal(schema: Pick<Schema<unknown>, "parse">, value: unknown): void {
  try {
    schema.parse(value, "it")
  } catch (error) {
    assert(error instanceof ParseError, String(error))
  }
}

test("what is written is what is read, at each limit", () => {
  assert.deepEqual(everything.write(good), written)
  assert.deepEqual(parse(everything, written), good)
  const { extra: _, ...without } = written
  assert.deepEqual(parse(everything, { ...without, count: -2, name: "a", raw: "AQ", items: [], maybe: 0 }), {
    ...{ flag: true, count: -2, kind: "b", fixed: "x", name: "a" },
    ...{ raw: Uint8Array.of(1), items: [], maybe: 0 },
  })
})

test("one past each limit, and each wrong type, is refused with its place and its rule", () => {
  for (const [change, rule] of WRONG)
    assert.throws(
      () => parse(everything, { ...written, ...change }),
      (error) => error instanceof ParseError && rule.test(error.message),
      JSON.stringify(change),
    )
})

test("each required field is missed when it is not there, even when every object has one by that name", () => {
  for (const name of Object.keys(written).filter((each) => each !== "extra")) {
    const { [name]: _, ...rest } = Object.fromEntries(Object.entries(written))
    assert.throws(() => parse(everything, rest), new ParseError(`it: lacks "${name}"`))
  }
  const inherited = object({ toString: integer(0), constructor: integer(0) })
  assert.throws(() => parse(inherited, {}), ParseError)
  assert.throws(() => parse(inherited, Object.create({ toString: 1, constructor: 1 })), ParseError)
})

test("a result holds what the definition names and nothing of the prototype that was sent", () => {
  const sent = JSON.parse('{"n":1,"__proto__":{"admin":true}}')
  assert.throws(() => parse(object({ n: integer(0) }), sent), ParseError)
  const either = union({ one: object({ n: integer(0) }) })
  assert.throws(() => parse(either, JSON.parse('{"type":"one","n":1,"__proto__":{"admin":true}}')), ParseError)
})

test("a union knows its variants by type and no others", () => {
  const either = union({ one: object({ n: integer(0) }), none: object({}) })
  assert.deepEqual(parse(either, { type: "one", n: 1 }), { type: "one", n: 1 })
  assert.deepEqual(parse(either, { type: "none" }), { type: "none" })
  for (const value of [{ type: "none", n: 1 }, { type: "toString" }, { type: "__proto__" }, { n: 1 }, { type: 1 }, []])
    assert.throws(() => parse(either, value), ParseError, JSON.stringify(value))
})

test("any value whatsoever is read or refused with a ParseError", () => {
  const schemas = [everything, union({ one: everything }), list(everything, 3), nullable(everything), bytes(0, 9)]
  const keys = fc.constantFrom(...Object.keys(written), "type", "n", "__proto__", "constructor", "length")
  const values = fc.oneof(
    ...[fc.anything({ withBigInt: true, withMap: true, withNullPrototype: true, withSparseArray: true }), fc.json()],
    fc.dictionary(keys, fc.anything()),
    fc.record({
      ...Object.fromEntries(Object.keys(written).map((key) => [key, fc.anything()])),
      type: fc.constant("one"),
    }),
  )
  fc.assert(
    fc.property(values, (value) => {
      for (const schema of schemas) assertTotal(schema, value)
    }),
    { numRuns: 2_000 },
  )
})

test("depth is refused where it begins, and costs no stack", () => {
  const deep = JSON.parse(`${"[".repeat(5_000)}${"]".repeat(5_000)}`)
  for (const schema of [everything, list(everything, 3), bytes(0, 9), integer(0)])
    assert.throws(() => schema.parse(deep, "it"), ParseError)
})

test("an error's text holds nothing that was sent", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."QZXJ"), minLength: 8, maxLength: 20 }), (secret) => {
      for (const value of [secret, [secret], { [secret]: secret }, { ...written, name: secret }, { type: secret }])
        try {
          everything.parse(value, "it")
        } catch (error) {
          assert(error instanceof ParseError && !error.message.includes(secret))
        }
    }),
  )
})
