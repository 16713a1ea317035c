import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import path from "node:path"
import { test } from "node:test"
import { LIMITS } from "../../src/shared/limits.ts"
import { cookieHeader, named, newDevice, startAccounts } from "../helpers/accounts.ts"

const code = (wanted: string) => ({ name: "UserError", code: wanted })

test("who signs up can log in on another device, and gets the account key back as it was wrapped", async (t) => {
  const { signUp, logIn, accounts } = await startAccounts(t)
  const { wrappedKey, accountKey, cookies } = await signUp("anna")
  assert.equal((await accounts.findSession(cookies))?.account.name, "anna")
  const device = newDevice()
  const { answer } = await logIn("anna", "right", { device })
  assert.deepEqual(answer, { name: "anna", device, accountKey, wrappedKey })
})

test("no file of the data folder holds the proof, the recovery proof, a token or the wrapped key", async (t) => {
  const { signUp, dir } = await startAccounts(t)
  const { auth, recoveryAuth, wrappedKey, accountKey, cookies } = await signUp("anna")
  const files = await Promise.all(
    ["securechat.db", "securechat.db-wal"].map((name) => readFile(path.join(dir, name)).catch(() => Buffer.alloc(0))),
  )
  const all = Buffer.concat(files)
  const holds = (bytes: Uint8Array) => all.includes(Buffer.from(bytes))
  assert.equal(holds(accountKey), true, "what is public is found, so the search works")
  for (const secret of [auth, recoveryAuth, wrappedKey]) assert.equal(holds(secret), false)
  for (const pair of cookies.split("; ")) {
    const token = pair.split("=")[1] ?? ""
    assert.equal(token.length, 43)
    assert.equal(all.includes(token) || all.includes(Buffer.from(token, "base64url")), false)
  }
})

test("a taken name is refused before any hashing, and so is somebody's device; no account is left behind", async (t) => {
  const { signUp, asked, accounts } = await startAccounts(t)
  const { device } = await signUp("anna")
  asked.length = 0
  await assert.rejects(signUp("anna"), code("name_taken"))
  await assert.rejects(signUp("bert", { device }), code("device_taken"))
  assert.equal(asked.filter((each) => each.startsWith("scrypt")).length, 0)
  await signUp("bert")
  assert.equal((await accounts.salt(named("bert"))).iterations, LIMITS.kdfIterationsMin)
})

test("of many sign-ups for one name at the same time exactly one succeeds, the others hear name_taken", async (t) => {
  const { signUp, logIn } = await startAccounts(t)
  const all = await Promise.allSettled(Array.from({ length: 8 }, () => signUp("anna")))
  const codes = all.map((each) => (each.status === "fulfilled" ? "ok" : each.reason.code))
  assert.deepEqual(codes.sort(), [...Array(7).fill("name_taken"), "ok"])
  await logIn("anna", "right")
})

test("a closed registration takes nobody and costs nothing", async (t) => {
  const { signUp, asked } = await startAccounts(t, { REGISTRATION: "closed" })
  await assert.rejects(signUp("anna"), code("registration_closed"))
  assert.deepEqual(asked, [])
})

test("sign-ups are counted by network: a whole IPv6 /64 shares one limit, and the wait is named", async (t) => {
  const { signUp, pass } = await startAccounts(t, { LIMIT_SIGN_UPS: "2, 0.1/s" })
  for (const number of [1, 2]) await signUp(`name-${number}`, {}, `2001:db8::${number}`)
  await assert.rejects(signUp("name-3", {}, "2001:db8::ffff:3"), { ...code("rate_limited"), details: { seconds: 10 } })
  await signUp("name-4", {}, "2001:db8:0:1::1")
  pass(10_000)
  await signUp("name-5", {}, "2001:db8::5")
})

test("a wrong password and a name that nobody has: the same error, the same steps, one scrypt run each", async (t) => {
  const { signUp, logIn, asked } = await startAccounts(t)
  const { cookies } = await signUp("anna")
  const steps = async (name: string, sent?: string) => {
    asked.length = 0
    const more = sent === undefined ? {} : { cookies: sent }
    await assert.rejects(logIn(name, "wrong", more), { ...code("wrong_credentials"), details: {} })
    return [...asked]
  }
  for (const sent of [undefined, cookies]) {
    const known = await steps("anna", sent)
    assert.deepEqual(await steps("nobody", sent), known)
    assert.deepEqual(
      known.filter((each) => each.startsWith("scrypt")),
      ["scrypt 32768"],
    )
  }
})

test("the salt of an unknown name looks like a known one's, stays the same, and costs the same steps", async (t) => {
  const { signUp, accounts, asked } = await startAccounts(t)
  const { salt } = await signUp("anna")
  asked.length = 0
  const unknown = await accounts.salt(named("nobody"))
  assert.deepEqual(asked, ["find"])
  assert.deepEqual(await accounts.salt(named("nobody")), unknown)
  assert.notDeepEqual(await accounts.salt(named("nobody2")), unknown)
  const known = await accounts.salt(named("anna"))
  assert.deepEqual(known, { salt, iterations: LIMITS.kdfIterationsMin })
  assert.deepEqual(Object.keys(unknown), Object.keys(known))
  assert.deepEqual([unknown.salt.length, unknown.iterations], [known.salt.length, known.iterations])
})

test("after five wrong passwords the wait is named before anything is hashed, for known and unknown names alike", async (t) => {
  const { signUp, logIn, asked, pass } = await startAccounts(t)
  await signUp("anna")
  const attempts = async (name: string, network: string) => {
    const heard: string[] = []
    for (let tries = 0; tries < 8; tries++)
      await logIn(name, "wrong", { address: `198.51.${network}.${tries}` }).catch(({ code: how, details }) =>
        heard.push(`${how} ${details.seconds ?? ""}`),
      )
    return heard
  }
  const known = await attempts("anna", "1")
  assert.deepEqual(known, [...Array(6).fill("wrong_credentials "), "rate_limited 1", "rate_limited 1"])
  assert.deepEqual(await attempts("nobody", "2"), known)
  asked.length = 0
  await assert.rejects(logIn("anna", "right"), code("rate_limited"))
  assert.deepEqual(asked, ["find"])
  pass(1000)
  await logIn("anna", "right")
})

test("a browser that has logged in before gets in while strangers guess; its own wrong passwords are counted", async (t) => {
  const { signUp, logIn } = await startAccounts(t)
  const { cookies } = await signUp("anna")
  for (let tries = 0; tries < 6; tries++)
    await assert.rejects(logIn("anna", "wrong", { address: "198.51.100.1" }), code("wrong_credentials"))
  await assert.rejects(logIn("anna", "right", { address: "198.51.100.1" }), code("rate_limited"))
  await assert.rejects(logIn("anna", "right"), code("rate_limited"))
  await logIn("anna", "right", { cookies })
  for (let tries = 0; tries < 6; tries++)
    await assert.rejects(logIn("anna", "wrong", { cookies }), code("wrong_credentials"))
  await assert.rejects(logIn("anna", "right", { cookies }), code("rate_limited"))
})

test("a browser known to one account is a stranger to another, and a made-up one is a stranger to all", async (t) => {
  const { signUp, logIn } = await startAccounts(t)
  const { cookies } = await signUp("anna")
  await signUp("bert")
  for (let tries = 0; tries < 6; tries++)
    await assert.rejects(logIn("bert", "wrong", { cookies, address: `198.51.100.${tries}` }), code("wrong_credentials"))
  const madeUp = `__Host-browser=${"A".repeat(43)}`
  for (const sent of [cookies, madeUp, ""])
    await assert.rejects(logIn("bert", "right", { cookies: sent }), code("rate_limited"))
})

test("a known browser gets no second cookie; a new one gets one, and the newest fifty are kept", async (t) => {
  const { signUp, logIn, pass } = await startAccounts(t)
  const { cookies, device } = await signUp("anna")
  const again = await logIn("anna", "right", { cookies, device })
  assert.equal(again.cookies.length, 1)
  const isKnown = async (sent: string) => (await logIn("anna", "right", { cookies: sent, device })).cookies.length === 1
  for (let number = 0; number < 49; number++) {
    pass(1)
    await logIn("anna", "right", { device })
  }
  assert.equal(await isKnown(cookies), true)
  pass(1)
  const { cookies: newest } = await logIn("anna", "right", { device })
  assert.equal(await isKnown(cookies), false)
  assert.equal(await isKnown(cookieHeader(newest)), true)
})

test("another account's device, and one device too many, are told only to who has the password", async (t) => {
  const { signUp, logIn } = await startAccounts(t)
  const { device } = await signUp("anna")
  const { cookies } = await signUp("bert")
  await assert.rejects(logIn("bert", "wrong", { device, cookies }), code("wrong_credentials"))
  await assert.rejects(logIn("bert", "right", { device, cookies }), code("device_taken"))
  for (let count = 1; count < LIMITS.devicesPerAccount; count++) await logIn("bert", "right", { cookies })
  await assert.rejects(logIn("bert", "wrong", { cookies }), code("wrong_credentials"))
  await assert.rejects(logIn("bert", "right", { cookies }), code("too_many_devices"))
})

test("many right passwords at the same time: some are told to wait, and none leaves a trace", async (t) => {
  const { logIn, signUp, asked } = await startAccounts(t)
  await signUp("anna")
  asked.length = 0
  const answers = await Promise.allSettled(Array.from({ length: 12 }, () => logIn("anna", "right")))
  const codes = answers.map((each) => (each.status === "fulfilled" ? "ok" : each.reason.code))
  assert.deepEqual(
    [...new Set(codes)].filter((each) => each !== "ok" && each !== "rate_limited"),
    [],
  )
  const runs = asked.filter((each) => each.startsWith("scrypt")).length
  assert.equal(codes.filter((each) => each === "ok").length, runs)
  assert.equal(runs >= 6, true, "the free tries")
  await logIn("anna", "right")
})
