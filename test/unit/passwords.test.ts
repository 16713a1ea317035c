import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { test } from "node:test"
import { open, Passwords, seal } from "../../src/server/passwords.ts"
import { UserError } from "../../src/shared/errors.ts"

type Run = ConstructorParameters<typeof Passwords>[0]

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A gate whose scrypt runs end when the test says so. */
function withSlowScrypt() {
  const running: (() => void)[] = []
  const costs: string[] = []
  const run: Run = (secret, salt, length, { N, r, p }) => {
    costs.push(`${N}:${r}:${p}`)
    const derived = Buffer.alloc(length, (secret[0] ?? 0) ^ (salt[0] ?? 0))
    return new Promise((resolve) => running.push(() => resolve(derived)))
  }
  const finish = async () => {
    await turn()
    running.shift()?.()
  }
  return { passwords: new Passwords(run), running, costs, finish }
}

const proof = randomBytes(32)

test("the right proof opens what was sealed with it, a wrong one gives nothing", async () => {
  const passwords = new Passwords()
  const { sealingKey, ...stored } = await passwords.hash(proof, "here")
  const wrapped = randomBytes(112)
  const sealed = seal(sealingKey, wrapped)
  const key = await passwords.check(proof, stored, "here")
  assert.ok(key !== undefined)
  assert.deepEqual(Buffer.from(open(key, sealed)), wrapped)
  const wrong = Buffer.from(proof)
  wrong[31] = (wrong[31] ?? 0) ^ 1
  assert.equal(await passwords.check(wrong, stored, "here"), undefined)
})

test("what is stored holds neither the proof nor the sealing key, and differs each time", async () => {
  const { passwords, finish } = withSlowScrypt()
  const hashed = passwords.hash(proof, "here")
  await finish()
  const { sealingKey, ...stored } = await hashed
  assert.deepEqual(Object.keys(stored).sort(), ["verifier", "verifierCost", "verifierSalt"])
  assert.equal(stored.verifierCost, "32768:8:3")
  assert.equal(stored.verifier.length, 32)
  assert.equal(sealingKey.length, 32)
  const real = new Passwords()
  const [one, two] = [await real.hash(proof, "here"), await real.hash(proof, "here")]
  assert.notDeepEqual(one.verifier, two.verifier)
  assert.notDeepEqual(one.verifier, one.sealingKey)
})

test("each change of a sealed key, and each cut, is noticed", async () => {
  const { sealingKey } = await new Passwords().hash(proof, "here")
  const sealed = seal(sealingKey, randomBytes(112))
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.throws(() => open(sealingKey, changed), `byte ${at}`)
  }
  for (const length of [0, 11, 27, 28, sealed.length - 1])
    assert.throws(() => open(sealingKey, sealed.subarray(0, length)))
})

test("a name that nobody has costs exactly one run of the same cost, and is never right", async () => {
  const { passwords, running, costs, finish } = withSlowScrypt()
  const made = passwords.hash(proof, "here")
  await finish()
  const { sealingKey: _, ...stored } = await made
  costs.length = 0
  for (const account of [stored, undefined]) {
    const checked = passwords.check(randomBytes(32), account, "here")
    await turn()
    assert.equal(running.length, 1)
    await finish()
    assert.equal(await checked, undefined)
  }
  assert.deepEqual(costs, ["32768:8:3", "32768:8:3"])
})

test("an account's own cost is used, so that it can be raised for new ones", async () => {
  const { passwords, costs, finish } = withSlowScrypt()
  const stored = { verifier: randomBytes(32), verifierSalt: randomBytes(16), verifierCost: "16384:4:1" }
  const checked = passwords.check(proof, stored, "here")
  await finish()
  await checked
  assert.deepEqual(costs, ["16384:4:1"])
})

test("runs go one at a time, in the order in which they came, and nobody gets in before those who wait", async () => {
  const { passwords, running, finish } = withSlowScrypt()
  const done: number[] = []
  const enter = (number: number) => passwords.check(proof, undefined, "here").then(() => done.push(number))
  const first = [enter(0), enter(1), enter(2)]
  await turn()
  assert.equal(running.length, 1)
  await finish()
  const late = enter(3)
  while (done.length < 4) {
    await finish()
    assert.ok(running.length <= 1)
  }
  await Promise.all([...first, late])
  assert.deepEqual(done, [0, 1, 2, 3])
})

/** How many of so many attempts were turned away, each with whole seconds to wait. */
async function turnedAway(attempts: readonly Promise<unknown>[]): Promise<number> {
  let count = 0
  for (const attempt of attempts)
    attempt.catch((error: unknown) => {
      assert.ok(error instanceof UserError && error.code === "busy")
      assert.ok(Number.isInteger(error.details.seconds) && (error.details.seconds ?? 0) > 0)
      count += 1
    })
  await turn()
  return count
}

test("one runs and sixty-four wait; whoever comes then is told that the server is busy, and when to come again", async () => {
  const { passwords, running, finish } = withSlowScrypt()
  const attempts = Array.from({ length: 65 }, (_, number) => passwords.check(proof, undefined, `network ${number % 2}`))
  assert.equal(await turnedAway(attempts), 0)
  assert.equal(await turnedAway([passwords.check(proof, undefined, "network 2")]), 1)
  await finish()
  await turn()
  assert.equal(await turnedAway([passwords.check(proof, undefined, "network 2")]), 0)
  assert.equal(running.length, 1)
})

test("one network fills three quarters of the queue and no more: others still get in", async () => {
  const { passwords } = withSlowScrypt()
  const flood = Array.from({ length: 100 }, () => passwords.check(proof, undefined, "flooding"))
  assert.equal(await turnedAway(flood), 100 - 1 - 48)
  assert.equal(await turnedAway([passwords.hash(proof, "elsewhere")]), 0)
})

test("a run that fails lets the next one go on", async () => {
  let runs = 0
  const passwords = new Passwords(async (_secret, _salt, length) => {
    runs += 1
    if (runs === 1) throw new Error("out of memory")
    return Buffer.alloc(length)
  })
  const [first, second] = await Promise.allSettled([passwords.hash(proof, "here"), passwords.hash(proof, "here")])
  assert.deepEqual([first?.status, second?.status], ["rejected", "fulfilled"])
})
