import assert from "node:assert/strict"
import { test } from "node:test"
import { type Login, startAccountServer } from "../helpers/account-server.ts"
import type { Owner } from "../helpers/temp.ts"

const STRANGER = "198.51.100.1"
const OWNER = "192.0.2.1"
const ELSEWHERE = "203.0.113.1"
const WRONG = "wrong_credentials"

/** A server on which anna has signed up, with her browser's cookie. */
async function start(owner: Owner) {
  const { pass, outcome, signUp } = await startAccountServer(owner)
  const cookie = await signUp("anna", OWNER)
  const logIn = (login: Omit<Login, "name" | "password">) => outcome({ name: "anna", password: "right", ...login })
  /** Wrong passwords one after the other. */
  async function guess(times: number, login: Omit<Login, "name" | "password">): Promise<string[]> {
    const heard: string[] = []
    for (let tries = 0; tries < times; tries++)
      heard.push(await outcome({ name: "anna", password: `guess ${tries}`, ...login }))
    return heard
  }
  return { outcome, logIn, guess, cookie, pass: (seconds: number) => pass(seconds * 1000) }
}

test("a stranger who guesses waits longer each time; the owner's browser gets in meanwhile, from any address", async (t) => {
  const { pass, logIn, guess, cookie } = await start(t)
  assert.deepEqual(await guess(7, { from: STRANGER }), [...Array<string>(6).fill(WRONG), "rate_limited 1"])
  for (const wait of [1, 2, 4, 8]) {
    pass(wait)
    assert.deepEqual(await guess(2, { from: STRANGER }), [WRONG, `rate_limited ${2 * wait}`])
  }
  assert.equal(await logIn({ from: STRANGER }), "rate_limited 16", "even a right guess waits")
  for (const from of [OWNER, ELSEWHERE, STRANGER]) assert.equal(await logIn({ from, cookie }), "in", from)
  assert.equal(await logIn({ from: ELSEWHERE }), "rate_limited 16", "strangers elsewhere wait too")
  pass(16)
  assert.equal(await logIn({ from: ELSEWHERE }), "in", "nobody is locked out for good")
})

test("however long strangers guess, a stranger with the right password waits five minutes at most", async (t) => {
  const { pass, logIn, guess, cookie } = await start(t)
  for (let rounds = 0; rounds < 30; rounds++) {
    await guess(2, { from: `198.51.100.${rounds}` })
    pass(300)
  }
  await guess(7, { from: STRANGER })
  assert.match(await logIn({ from: ELSEWHERE }), /^rate_limited (?:[12]?\d?\d|300)$/)
  assert.equal(await logIn({ from: OWNER, cookie }), "in")
  pass(300)
  assert.equal(await logIn({ from: ELSEWHERE }), "in")
})

test("whoever stole a known browser's cookie guesses no faster than a stranger, and makes nobody else wait", async (t) => {
  const { logIn, guess, cookie } = await start(t)
  assert.deepEqual(await guess(7, { from: STRANGER, cookie }), [...Array<string>(6).fill(WRONG), "rate_limited 1"])
  assert.equal(await logIn({ from: OWNER }), "in")
})

test("who walks through many names from one network is slowed down, and his neighbour is not", async (t) => {
  const { pass, logIn, outcome } = await start(t)
  const heard: string[] = []
  for (let number = 0; number < 12; number++)
    heard.push(await outcome({ name: `name-${number}`, password: "guess", from: `2001:db8:0:1::${number}` }))
  assert.deepEqual(heard, [...Array<string>(11).fill(WRONG), "rate_limited 1"])
  assert.equal(await logIn({ from: "2001:db8:0:1::ffff" }), "rate_limited 1")
  assert.equal(await logIn({ from: "2001:db8:0:2::1" }), "in")
  pass(1)
  assert.equal(await logIn({ from: "2001:db8:0:1::ffff" }), "in")
})
