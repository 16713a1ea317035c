import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { type Attempt, Guessing, networkOf } from "../../src/server/guessing.ts"

const STRANGER: Attempt = { account: "anna", address: "192.0.2.1", browser: undefined }

function start(countersMax?: number) {
  let now = 1_000_000
  const guessing = new Guessing(() => now, countersMax)
  return {
    guessing,
    pass: (seconds: number) => {
      now += seconds * 1000
    },
    /** Fails once if it may; gives the wait before. */
    fail: (attempt: Partial<Attempt> = {}) => {
      const wait = guessing.wait({ ...STRANGER, ...attempt })
      if (wait === 0) guessing.begin({ ...STRANGER, ...attempt }).failed()
      return wait
    },
    wait: (attempt: Partial<Attempt> = {}) => guessing.wait({ ...STRANGER, ...attempt }),
  }
}

/** An address in a network of its own. */
const elsewhere = (number: number) => `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`

test("the first five wrong passwords for an account cost nothing, then the wait doubles up to five minutes", () => {
  const { fail, wait, pass } = start()
  for (let tries = 0; tries < 5; tries++) assert.equal(fail({ address: elsewhere(tries) }), 0)
  const waits: number[] = []
  for (let tries = 5; tries < 20; tries++) {
    assert.equal(fail({ address: elsewhere(tries) }), 0)
    waits.push(wait({ address: "198.51.100.1" }))
    pass(waits.at(-1) ?? 0)
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300, 300, 300])
})

test("an account is never locked: whatever was tried, the wait is five minutes at most", () => {
  const { guessing, wait } = start()
  for (let tries = 0; tries < 500; tries++) guessing.begin({ ...STRANGER, address: elsewhere(tries) }).failed()
  assert.equal(wait(), 300)
})

test("failures are forgotten with time, also those far past the bound", () => {
  const { guessing, fail, pass } = start()
  for (let tries = 0; tries < 500; tries++) guessing.begin({ ...STRANGER, address: elsewhere(tries) }).failed()
  pass(4 * 3600)
  for (let tries = 0; tries < 5; tries++) assert.equal(fail({ address: elsewhere(1000 + tries) }), 0)
})

test("a browser that has logged in before is not delayed by the guesses of others", () => {
  const { guessing, wait } = start()
  for (let tries = 0; tries < 100; tries++) guessing.begin(STRANGER).failed()
  assert.equal(wait(), 300)
  assert.equal(wait({ browser: "aa" }), 0)
  assert.equal(wait({ browser: "aa", address: "198.51.100.7" }), 0)
})

test("a known browser that guesses is delayed itself, and delays nobody else", () => {
  const { fail, wait } = start()
  for (let tries = 0; tries < 6; tries++) assert.equal(fail({ browser: "aa" }), 0)
  assert.equal(wait({ browser: "aa" }), 1)
  assert.equal(wait({ browser: "bb" }), 0)
  assert.equal(wait(), 0)
  assert.equal(wait({ browser: "aa", account: "bert" }), 0)
})

test("one address that tries many accounts is delayed, and its neighbour is not", () => {
  const { fail, wait } = start()
  for (let tries = 0; tries < 11; tries++) assert.equal(fail({ account: `name-${tries}` }), 0)
  assert.equal(wait({ account: "another" }), 1)
  assert.equal(wait({ account: "another", address: "192.0.2.2" }), 0)
})

test("an address waits a minute at most, however often it tries again as soon as it may", () => {
  const { fail, wait, pass } = start()
  let longest = 0
  for (let tries = 0; tries < 40; tries++) {
    assert.equal(fail({ account: `name-${tries}` }), 0)
    longest = wait({ account: "another" })
    pass(longest)
  }
  assert.equal(longest, 60)
})

test("all addresses of one IPv6 /64 count as one, the next /64 is another", () => {
  const { fail, wait } = start()
  for (let tries = 0; tries < 11; tries++) fail({ account: `name-${tries}`, address: `2001:db8:0:1::${tries}` })
  assert.equal(wait({ account: "another", address: "2001:db8:0:1:ffff::1" }), 1)
  assert.equal(wait({ account: "another", address: "2001:db8:0:2::1" }), 0)
})

test("a thousand failures in a short time slow everybody unknown down, by ten seconds at most, and fade", () => {
  const { guessing, wait, pass } = start()
  const spread = (number: number) => ({ ...STRANGER, account: `name-${number}`, address: elsewhere(number) })
  for (let number = 0; number < 1000; number++) guessing.begin(spread(number)).failed()
  assert.equal(wait(spread(5000)), 0)
  for (let number = 1000; number < 1500; number++) guessing.begin(spread(number)).failed()
  assert.equal(wait(spread(5000)), 10)
  assert.equal(wait({ browser: "aa" }), 0)
  pass(60)
  guessing.begin(spread(6000)).failed()
  assert.equal(wait(spread(5000)), 0)
})

test("attempts on one account at the same time are counted before they are known to have failed", () => {
  const { guessing, wait } = start()
  const waits = Array.from({ length: 50 }, (_, number) => {
    const attempt = { ...STRANGER, address: elsewhere(number) }
    const before = wait(attempt)
    if (before === 0) guessing.begin(attempt)
    return before
  })
  assert.equal(waits.filter((each) => each === 0).length, 6)
})

test("a class behind one address may log in all at the same time", () => {
  const { guessing, wait } = start()
  const begun = Array.from({ length: 30 }, (_, number) => {
    assert.equal(wait({ account: `pupil-${number}` }), 0)
    return guessing.begin({ ...STRANGER, account: `pupil-${number}` })
  })
  for (const { takeBack } of begun) takeBack()
  assert.equal(wait({ account: "pupil-31" }), 0)
})

test("an attempt that succeeds leaves no trace, however many failed before", () => {
  for (const failures of [0, 4, 5, 8]) {
    const { guessing, wait } = start()
    for (let tries = 0; tries < failures; tries++) guessing.begin(STRANGER).failed()
    const before = wait()
    guessing.begin(STRANGER).takeBack()
    assert.equal(wait(), before)
  }
})

test("successes at the same time leave no trace in any order, and failures among them stay", () => {
  const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 })
  fc.assert(
    fc.property(order, fc.integer({ min: 0, max: 8 }), (indices, failed) => {
      const { guessing, wait } = start()
      const begun = indices.map(() => guessing.begin(STRANGER))
      for (const [count, index] of indices.entries())
        if (count < failed) begun[index]?.failed()
        else begun[index]?.takeBack()
      if (failed <= 5) assert.equal(wait(), 0)
      else assert.notEqual(wait(), 0)
    }),
  )
})

test("unknown and known names are the same to it: nothing here knows which exist", () => {
  const { fail } = start()
  const waits = (account: string, third: string) =>
    Array.from({ length: 8 }, (_, index) => fail({ account, address: `192.0.${third}.${index}` }))
  assert.deepEqual(waits("anna", "2"), waits("nobody", "3"))
})

test("past the most counters the least recently failing is given up, and only that", () => {
  const { guessing, fail, wait } = start(8)
  for (let tries = 0; tries < 9; tries++) guessing.begin({ ...STRANGER, account: "victim" }).failed()
  for (let tries = 0; tries < 2; tries++) fail({ account: `name-${tries}`, address: elsewhere(tries) })
  assert.notEqual(wait({ account: "victim", address: "198.51.100.1" }), 0)
  for (let tries = 2; tries < 20; tries++) fail({ account: `name-${tries}`, address: elsewhere(tries) })
  assert.equal(wait({ account: "victim", address: "198.51.100.1" }), 0)
})

const NETWORKS: readonly (readonly [address: string, network: string])[] = [
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:0001:2::", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["unknown", "unknown"],
]
for (const [address, network] of NETWORKS)
  test(`the network of ${address} is ${network}`, () => assert.equal(networkOf(address), network))
