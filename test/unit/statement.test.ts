import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { readStatement } from "../../src/server/statement.ts"
import { UserError } from "../../src/shared/errors.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { departureOf, randomDevice } from "../helpers/ws-messages.ts"

const accountKey = new Uint8Array(LIMITS.accountKeyLength).fill(7)

test("a statement says how far it goes, whose device it is about, and whose key stands in it", () => {
  const device = randomDevice()
  for (const scope of ["device", "room"] as const) {
    const said = readStatement(departureOf({ session: { device }, accountKey }, scope))
    assert.deepEqual(said, { scope, device, accountKey })
  }
})

test("any bytes at all are a statement of the right length and a known scope, or a bad request", () => {
  const near = fc.tuple(fc.nat({ max: 4 }), fc.uint8Array({ minLength: 110, maxLength: 115 }))
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    near.map(([scope, rest]) => Uint8Array.of(scope, ...rest)),
  )
  fc.assert(
    fc.property(bytes, (said) => {
      try {
        const { device, accountKey } = readStatement(said)
        assert.equal(said.length, LIMITS.statementLength)
        assert((said[0] ?? 9) <= 2)
        assert.deepEqual(Buffer.from(device, "base64url"), Buffer.from(said.subarray(1, 17)))
        assert.deepEqual(accountKey, said.slice(17, 49))
      } catch (error) {
        assert(error instanceof UserError && error.code === "bad_request", String(error))
        assert(said.length !== LIMITS.statementLength || (said[0] ?? 9) > 2)
      }
    }),
    { numRuns: 2_000 },
  )
})
