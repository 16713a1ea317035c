import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import path from "node:path"
import { test } from "node:test"
import type { Session } from "../../src/server/session.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { ADDRESS, authOf, named, newDevice, startAccounts } from "../helpers/accounts.ts"

const code = (wanted: string) => ({ name: "UserError", code: wanted })
const random = (length: number) => new Uint8Array(randomBytes(length))
const visitor = { address: ADDRESS, cookies: undefined }

type Started = Awaited<ReturnType<typeof startAccounts>>

const newPassword = (password: string) => ({
  ...{ salt: random(LIMITS.kdfSaltLength), iterations: LIMITS.kdfIterationsMin },
  ...{ auth: authOf(password), wrappedKey: random(112) },
})

async function sessionOf({ accounts }: Started, cookies: string): Promise<Session> {
  const session = await accounts.findSession(cookies)
  assert.ok(session !== undefined)
  return session
}

const recoverBody = (name: string, recoveryAuth: Uint8Array<ArrayBuffer>, password = "new") => ({
  ...{ name: named(name), recoveryAuth, device: newDevice(), deviceName: "Test" },
  ...newPassword(password),
})

test("a new password opens the account with the key as it was wrapped anew; the old one opens nothing", async (t) => {
  const started = await startAccounts(t)
  const { cookies, accountKey } = await started.signUp("anna")
  const body = { currentAuth: authOf("right"), ...newPassword("new") }
  await started.accounts.recovery.changePassword(await sessionOf(started, cookies), body, visitor)
  await assert.rejects(started.logIn("anna", "right"), code("wrong_credentials"))
  const { answer } = await started.logIn("anna", "new")
  assert.deepEqual([answer.accountKey, answer.wrappedKey], [accountKey, body.wrappedKey])
  assert.deepEqual((await started.accounts.salt(named("anna"))).salt, body.salt)
})

test("a new password ends the sessions of the account's other devices, and of nobody else's", async (t) => {
  const started = await startAccounts(t)
  const { cookies } = await started.signUp("anna")
  const bert = await started.signUp("bert")
  const other = newDevice()
  await started.logIn("anna", "right", { device: other })
  const session = await sessionOf(started, cookies)
  started.ended.length = 0
  const body = { currentAuth: authOf("right"), ...newPassword("new") }
  await started.accounts.recovery.changePassword(session, body, visitor)
  assert.deepEqual(started.ended, [other])
  assert.deepEqual(await started.accounts.findSession(cookies), session)
  await sessionOf(started, bert.cookies)
})

test("a wrong current password changes neither password nor recovery code, and counts as a guess", async (t) => {
  const started = await startAccounts(t)
  const { cookies, recoveryAuth } = await started.signUp("anna")
  const { recovery } = started.accounts
  const session = await sessionOf(started, cookies)
  const currentAuth = authOf("wrong")
  const attempts = [
    () => recovery.changePassword(session, { currentAuth, ...newPassword("new") }, visitor),
    () =>
      recovery.changeCode(session, { currentAuth, recoveryAuth: random(32), recoveryWrappedKey: random(60) }, visitor),
  ]
  for (let tries = 0; tries < 3; tries++)
    for (const attempt of attempts) await assert.rejects(attempt, code("wrong_credentials"))
  for (const attempt of attempts) await assert.rejects(attempt, code("rate_limited"))
  await assert.rejects(started.logIn("anna", "right"), code("rate_limited"))
  started.pass(1000)
  await started.logIn("anna", "right")
  await recovery.key({ name: named("anna"), recoveryAuth }, visitor)
})

test("a recovery code gives the account key as it was wrapped, then a password and a session; the key stays", async (t) => {
  const started = await startAccounts(t)
  const { accountKey, recoveryAuth, recoveryWrappedKey, device: lost } = await started.signUp("anna")
  const { recovery } = started.accounts
  const found = await recovery.key({ name: named("anna"), recoveryAuth }, visitor)
  assert.deepEqual(found, { accountKey, recoveryWrappedKey })
  const body = recoverBody("anna", recoveryAuth)
  started.ended.length = 0
  const { answer, cookies } = await recovery.recover(body, visitor)
  assert.deepEqual(answer, { name: "anna", device: body.device })
  assert.equal(cookies.length, 2)
  assert.deepEqual(started.ended, [body.device, lost])
  const { answer: again } = await started.logIn("anna", "new")
  assert.deepEqual([again.accountKey, again.wrappedKey], [accountKey, body.wrappedKey])
})

test("a new recovery code replaces the one before", async (t) => {
  const started = await startAccounts(t)
  const { cookies, recoveryAuth: old } = await started.signUp("anna")
  const { recovery } = started.accounts
  const fresh = { recoveryAuth: random(32), recoveryWrappedKey: random(60) }
  await recovery.changeCode(await sessionOf(started, cookies), { currentAuth: authOf("right"), ...fresh }, visitor)
  await assert.rejects(recovery.key({ name: named("anna"), recoveryAuth: old }, visitor), code("wrong_credentials"))
  await assert.rejects(recovery.recover(recoverBody("anna", old), visitor), code("wrong_credentials"))
  const { recoveryWrappedKey } = await recovery.key({ name: named("anna"), recoveryAuth: fresh.recoveryAuth }, visitor)
  assert.deepEqual(recoveryWrappedKey, fresh.recoveryWrappedKey)
})

test("a wrong recovery code, a wrong password and a name that nobody has: the same error, the same steps", async (t) => {
  const { signUp, logIn, accounts, asked } = await startAccounts(t)
  await signUp("anna")
  const steps = async (attempt: () => Promise<unknown>) => {
    asked.length = 0
    await assert.rejects(attempt, { ...code("wrong_credentials"), details: {} })
    return [...asked]
  }
  const wrongPassword = await steps(() => logIn("nobody", "wrong"))
  assert.deepEqual(wrongPassword, ["find", "scrypt 32768"])
  for (const name of ["anna", "nobody"]) {
    const key = () => accounts.recovery.key({ name: named(name), recoveryAuth: random(32) }, visitor)
    assert.deepEqual(await steps(key), wrongPassword)
    const recover = () => accounts.recovery.recover(recoverBody(name, random(32)), visitor)
    assert.deepEqual(await steps(recover), wrongPassword)
  }
})

test("guesses at the recovery code and at the password are counted together", async (t) => {
  const { signUp, logIn, accounts, pass } = await startAccounts(t)
  const { recoveryAuth } = await signUp("anna")
  const wrong = { name: named("anna"), recoveryAuth: random(32) }
  for (let tries = 0; tries < 3; tries++) {
    await assert.rejects(logIn("anna", "wrong"), code("wrong_credentials"))
    await assert.rejects(accounts.recovery.key(wrong, visitor), code("wrong_credentials"))
  }
  await assert.rejects(logIn("anna", "right"), code("rate_limited"))
  await assert.rejects(accounts.recovery.key({ ...wrong, recoveryAuth }, visitor), code("rate_limited"))
  await assert.rejects(accounts.recovery.recover(recoverBody("anna", recoveryAuth), visitor), code("rate_limited"))
  pass(1000)
  await accounts.recovery.key({ ...wrong, recoveryAuth }, visitor)
})

test("a recovery on somebody else's device changes nothing", async (t) => {
  const { signUp, logIn, accounts } = await startAccounts(t)
  const { recoveryAuth } = await signUp("anna")
  const { device } = await signUp("bert")
  const body = { ...recoverBody("anna", recoveryAuth), device }
  await assert.rejects(accounts.recovery.recover(body, visitor), code("device_taken"))
  await logIn("anna", "right")
})

test("no file of the data folder holds a proof or a wrapped key that was set later", async (t) => {
  const started = await startAccounts(t)
  const { cookies } = await started.signUp("anna")
  const password = newPassword("new")
  const fresh = { recoveryAuth: random(32), recoveryWrappedKey: random(60) }
  const session = await sessionOf(started, cookies)
  const { recovery } = started.accounts
  await recovery.changeCode(session, { currentAuth: authOf("right"), ...fresh }, visitor)
  await recovery.changePassword(session, { currentAuth: authOf("right"), ...password }, visitor)
  const files = await Promise.all(
    ["securechat.db", "securechat.db-wal"].map((name) => readFile(path.join(started.dir, name))),
  )
  const all = Buffer.concat(files)
  assert.ok(all.includes(Buffer.from(password.salt)), "what is public is found, so the search works")
  for (const secret of [password.auth, password.wrappedKey, fresh.recoveryAuth])
    assert.ok(!all.includes(Buffer.from(secret)))
})
