import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { test } from "node:test"
import fc from "fast-check"
import { BROWSER_COOKIE, expired, newToken, SESSION_COOKIE, tokenHashIn } from "../../src/server/cookies.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { cookieHeader, startAccounts } from "../helpers/accounts.ts"

const DAY = 24 * 60 * 60 * 1000

test("a session cookie can't be read by scripts, sent in clear, by other sites, or to other hosts", () => {
  const { cookie } = newToken(SESSION_COOKIE, LIMITS.sessionFor)
  assert.match(cookie, /^__Host-session=[\w-]{43}; Path=\/; Max-Age=2592000; Secure; HttpOnly; SameSite=Strict$/)
  assert.equal(expired(SESSION_COOKIE), "__Host-session=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict")
})

test("a token is found among other cookies by its exact name, and only in its exact form", () => {
  const { hash, cookie } = newToken(SESSION_COOKIE, 1000)
  const pair = cookieHeader([cookie])
  for (const header of [pair, `a=b; ${pair}`, `${pair};c=d`, `x${pair}; ${pair}`, `${BROWSER_COOKIE}=x; ${pair}`])
    assert.deepEqual(tokenHashIn(header, SESSION_COOKIE), hash, header)
  const longer = [
    `${pair}A`,
    pair.slice(0, -1),
    `${pair}=`,
    pair.replace("=", "=="),
    pair.toLowerCase().replace("h", "H"),
  ]
  for (const header of [undefined, "", "a", ...longer, `x${pair}`, `${SESSION_COOKIE}="${pair.split("=")[1]}"`])
    assert.notDeepEqual(tokenHashIn(header, SESSION_COOKIE), hash, header)
  assert.equal(tokenHashIn(pair, BROWSER_COOKIE), undefined)
})

test("no cookie header, however odd, is more than no session", () => {
  const piece = fc.constantFrom(SESSION_COOKIE, "=", ";", " ", '"', "\t", "A".repeat(43), ",", "__proto__")
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((each) => each.join("")),
      ),
      (header) => {
        const hash = tokenHashIn(header, SESSION_COOKIE)
        assert.ok(hash === undefined || hash.length === 32, header)
      },
    ),
  )
})

test("a session is found by its token until thirty days are over, and not by any other", async (t) => {
  const { accounts, signUp, pass } = await startAccounts(t)
  const { cookies, device } = await signUp("anna")
  const found = await accounts.findSession(cookies)
  assert.deepEqual([found?.account.name, found?.device], ["anna", device])
  const madeUp = `${SESSION_COOKIE}=${randomBytes(32).toString("base64url")}`
  const [session = "", browser = ""] = cookies.split("; ").map((pair) => pair.split("=")[1])
  const others = [undefined, "", madeUp, `${SESSION_COOKIE}=${browser}`, `${BROWSER_COOKIE}=${session}`]
  for (const header of others) assert.equal(await accounts.findSession(header), undefined, header)
  pass(30 * DAY - 1)
  assert.notEqual(await accounts.findSession(cookies), undefined)
  pass(1)
  assert.equal(await accounts.findSession(cookies), undefined)
})

test("a log-out ends this session at once and tells whose device it was; others go on", async (t) => {
  const { accounts, signUp, logIn, ended } = await startAccounts(t)
  const { cookies, device } = await signUp("anna")
  const second = cookieHeader((await logIn("anna", "right")).cookies)
  const session = await accounts.findSession(cookies)
  assert.ok(session !== undefined, "it is there")
  ended.length = 0
  const { cookies: taken } = await accounts.logOut(session, cookies)
  assert.deepEqual(taken, [expired(SESSION_COOKIE)])
  assert.deepEqual(ended, [device])
  assert.equal(await accounts.findSession(cookies), undefined)
  assert.notEqual(await accounts.findSession(second), undefined)
})

test("a log-in on a device ends the session that the device had, and its connection", async (t) => {
  const { accounts, signUp, logIn, ended } = await startAccounts(t)
  const { cookies, device } = await signUp("anna")
  ended.length = 0
  const again = cookieHeader((await logIn("anna", "right", { device })).cookies)
  assert.deepEqual(ended, [device])
  assert.equal(await accounts.findSession(cookies), undefined)
  assert.equal((await accounts.findSession(again))?.device, device)
})

test("what has expired is forgotten by the sweep, what has not stays", async (t) => {
  const { accounts, store, signUp, pass } = await startAccounts(t)
  const old = await signUp("anna")
  pass(20 * DAY)
  const young = await signUp("bert")
  pass(15 * DAY)
  await store.sessions.sweep(Date.UTC(2026, 0, 1) + 35 * DAY)
  assert.equal(await accounts.findSession(old.cookies), undefined)
  assert.notEqual(await accounts.findSession(young.cookies), undefined)
})
