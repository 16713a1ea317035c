import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import type { Rate } from "../../src/server/config.ts"
import { readConfig } from "../../src/server/config.ts"
import { RateLimiter } from "../../src/server/rate-limit.ts"

const PLENTY: Rate = { burst: 9999, perSecond: 9999, pause: 0 }

/** A limiter for messages with a clock that only moves when told. */
function start(rate: Rate, keysMax?: number) {
  let now = 1_700_000_000_000
  const rates = { messages: rate, typing: PLENTY, commits: PLENTY, claims: PLENTY, "sign-ups": PLENTY }
  const limiter = new RateLimiter(rates, () => now, keysMax)
  return {
    limiter,
    take: (key = "anna") => limiter.take("messages", key),
    pass: (seconds: number) => {
      now += seconds * 1000
    },
  }
}

const times = (count: number, run: () => number) => Array.from({ length: count }, run)
const taken = (answers: readonly number[]) => answers.filter((seconds) => seconds === 0).length

test("as it comes: twenty messages at once, then a pause of ten seconds whose rest is named, then twenty again", () => {
  const { take, pass } = start(readConfig({}).LIMIT_MESSAGES)
  assert.deepEqual(times(20, take), Array(20).fill(0))
  assert.equal(take(), 10)
  pass(3.5)
  assert.equal(take(), 7)
  pass(6.499)
  assert.equal(take(), 1)
  pass(0.001)
  assert.deepEqual(times(20, take), Array(20).fill(0))
  assert.equal(take(), 10)
})

test("as it comes: two messages a second go on for ever without a pause", () => {
  const { take, pass } = start(readConfig({}).LIMIT_MESSAGES)
  for (let half = 0; half < 1000; half++) {
    assert.equal(take(), 0)
    pass(0.5)
  }
})

test("5 per 10s: five at once, then one each two seconds", () => {
  const { take, pass } = start(readConfig({ LIMIT_MESSAGES: "5 per 10s" }).LIMIT_MESSAGES)
  assert.equal(taken(times(6, take)), 5)
  assert.equal(take(), 2)
  pass(2)
  assert.equal(taken(times(2, take)), 1)
  pass(10)
  assert.equal(taken(times(6, take)), 5)
})

test("asking again during the pause does not make it longer", () => {
  const { take, pass } = start({ burst: 1, perSecond: 1, pause: 10 })
  take()
  for (const left of [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) {
    assert.equal(take(), left)
    pass(1)
  }
  assert.equal(take(), 0)
})

test("each key and each kind of action has a bucket of its own", () => {
  const { limiter, take } = start({ burst: 1, perSecond: 0.1, pause: 0 })
  assert.deepEqual([take("anna"), take("anna"), take("bert")], [0, 10, 0])
  assert.equal(limiter.take("typing", "anna"), 0)
})

test("a clock that is set back neither gives tokens nor takes any", () => {
  const { take, pass } = start({ burst: 2, perSecond: 1, pause: 0 })
  take()
  pass(-3600)
  assert.equal(take(), 0)
  assert.equal(take(), 1)
})

test("past the most buckets, the one that was not used for the longest time is given up, and only that", () => {
  const { take } = start({ burst: 1, perSecond: 0.001, pause: 0 }, 3)
  for (const key of ["a", "b", "c"]) assert.equal(take(key), 0)
  assert.notEqual(take("a"), 0)
  assert.equal(take("d"), 0)
  for (const key of ["a", "c", "d"]) assert.notEqual(take(key), 0)
  assert.equal(take("b"), 0)
})

test("whatever is asked and when, no more than the burst and the rate is given, and a refusal is true", () => {
  const rate = fc.record({
    burst: fc.integer({ min: 1, max: 50 }),
    perSecond: fc.integer({ min: 1, max: 5000 }).map((each) => each / 1000),
    pause: fc.integer({ min: 0, max: 30 }),
  })
  const steps = fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 200 })
  fc.assert(
    fc.property(rate, steps, (given, waits) => {
      const { take, pass } = start(given)
      let [elapsed, count] = [0, 0]
      for (const milliseconds of waits) {
        pass(milliseconds / 1000)
        elapsed += milliseconds / 1000
        const seconds = take()
        assert.equal(Number.isInteger(seconds) && seconds >= 0, true)
        if (seconds === 0) count += 1
        assert.ok(count <= given.burst + elapsed * given.perSecond + 0.001)
      }
      const seconds = take()
      pass(seconds)
      if (seconds > 0) assert.equal(take(), 0, "after the seconds that were named it may go on")
    }),
  )
})
