import assert from "node:assert/strict"
import { hkdfSync, randomBytes } from "node:crypto"
import { test } from "node:test"
import { signNotice } from "../../src/client/core/mls/departure.ts"
import { makeAccountKey } from "../../src/client/core/mls/identity.ts"
import { verify } from "../../src/client/core/mls/suite.ts"
import { checkResetCode, makeResetCode, RESET_CODE_FOR } from "../../src/server/reset-code.ts"
import { openSecrets } from "../../src/server/secret.ts"
import { ADDRESS, cookieHeader, named, newDevice, signUpBody, startAccounts } from "../helpers/accounts.ts"
import { GENERAL } from "../helpers/store.ts"
import { temporaryFolder } from "../helpers/temp.ts"
import { groupInfo } from "../helpers/ws-messages.ts"

const code = (wanted: string) => ({ name: "UserError", code: wanted })
const visitor = { address: ADDRESS, cookies: undefined }
const ANNA = named("anna")

type Started = Awaited<ReturnType<typeof startAccounts>>

const made = ({ secrets, now }: Started, name = ANNA) => makeResetCode(secrets, name, now())
const body = (resetCode: Uint8Array<ArrayBuffer>, name = "anna") => {
  const { auth, ...rest } = signUpBody(name)
  return { ...rest, auth, code: resetCode }
}

test("a reset code gives the account another key and password, and ends every session and device it had", async (t) => {
  const started = await startAccounts(t)
  const old = await started.signUp("anna")
  const second = newDevice()
  await started.logIn("anna", "right", { device: second })
  const bert = await started.signUp("bert")
  started.pass(2000)
  started.ended.length = 0
  const request = body(made(started))
  const { answer, cookies } = await started.accounts.reset.run(request, visitor)
  assert.deepEqual(answer, { name: "anna", device: request.device })
  assert.deepEqual(new Set(started.ended), new Set([old.device, second, request.device]))
  assert.equal(await started.accounts.findSession(old.cookies), undefined)
  assert.equal((await started.accounts.findSession(cookieHeader(cookies)))?.device, request.device)
  assert.equal((await started.accounts.findSession(bert.cookies))?.device, bert.device)
  for (const device of [old.device, second])
    await assert.rejects(started.logIn("anna", "right", { device }), code("device_retired"))
  const { answer: again } = await started.logIn("anna", "right")
  assert.deepEqual([again.accountKey, again.wrappedKey], [request.accountKey, request.wrappedKey])
  const { recovery } = started.accounts
  const oldCode = recovery.key({ name: ANNA, recoveryAuth: old.recoveryAuth }, visitor)
  await assert.rejects(oldCode, code("wrong_credentials"))
  await recovery.key({ name: ANNA, recoveryAuth: request.recoveryAuth }, visitor)
})

test("a reset leaves a notice about each old device, under the server's notice key, in the rooms it was in", async (t) => {
  const started = await startAccounts(t)
  const { device, accountKey, cookies } = await started.signUp("anna")
  const bert = await started.signUp("bert")
  const [anna, other] = [await started.accounts.findSession(cookies), await started.accounts.findSession(bert.cookies)]
  assert.ok(anna !== undefined && other !== undefined)
  const added = { devices: [other.device], welcome: randomBytes(40) }
  const founding = {
    session: anna,
    room: GENERAL,
    kind: "group",
    parties: [],
    groupInfo: groupInfo(1),
    added,
    at: started.now(),
  } as const
  await started.store.rooms.found(founding)
  started.pass(1000)
  await started.accounts.reset.run(body(made(started)), visitor)
  const [retired] = started.retired
  assert.equal(retired?.device, device)
  const [kept, ...others] = await started.store.departures.knownTo(other.device, 9)
  assert.deepEqual([kept?.room, others], [GENERAL, []])
  assert.deepEqual(Buffer.from(kept?.statement ?? []), Buffer.from(retired.statement))
  const said = Buffer.concat([Buffer.of(2), Buffer.from(device, "base64url"), accountKey])
  assert.deepEqual(Buffer.from(retired.statement.subarray(0, said.length)), said)
  const signed = Buffer.concat([Buffer.from("SecureChat departure 1\0"), said])
  assert.ok(await verify(started.secrets.noticeKey, signed, retired.statement.subarray(said.length)))
})

test("the server's notice is byte for byte the one that core signs and checks", async (t) => {
  const given = "ab".repeat(32)
  const { noticeKey, signNotice: signHere } = await openSecrets(await temporaryFolder(t), given)
  const seed = hkdfSync("sha256", Buffer.from(given, "hex"), new Uint8Array(), "SecureChat notices", 32)
  const pair = { publicKey: noticeKey, privateKey: new Uint8Array(seed) }
  const { publicKey: accountKey } = await makeAccountKey()
  const device = newDevice()
  assert.deepEqual(signHere(device, accountKey), await signNotice(pair, { device, accountKey }))
})

test("a reset code is good once, for its name, for a day, and not after another one was used", async (t) => {
  const started = await startAccounts(t)
  await started.signUp("anna")
  await started.signUp("bert")
  started.pass(2000)
  const [first, leaked] = [made(started), made(started)]
  const wrong = code("wrong_credentials")
  const { reset } = started.accounts
  await assert.rejects(reset.run(body(first, "bert"), visitor), wrong)
  await reset.run(body(first), visitor)
  for (const used of [first, leaked]) {
    started.asked.length = 0
    await assert.rejects(reset.run(body(used), visitor), wrong)
    assert.deepEqual(started.asked, ["find", "scrypt 32768"], "counted, and answered as a wrong one")
  }
  started.pass(2000)
  const late = made(started)
  started.pass(RESET_CODE_FOR)
  await assert.rejects(reset.run(body(late), visitor), wrong)
  await reset.run(body(made(started)), visitor)
})

test("of two resets with one code at the same time one succeeds", async (t) => {
  const started = await startAccounts(t)
  await started.signUp("anna")
  started.pass(2000)
  const resetCode = made(started)
  const all = await Promise.allSettled(
    [body(resetCode), body(resetCode)].map((each) => started.accounts.reset.run(each, visitor)),
  )
  const codes = all.map((each) => (each.status === "fulfilled" ? "ok" : each.reason.code))
  assert.deepEqual(codes.sort(), ["ok", "wrong_credentials"])
})

test("a wrong reset code and a right one for a name that nobody has: the error and steps of a wrong password", async (t) => {
  const started = await startAccounts(t)
  await started.signUp("anna")
  started.pass(2000)
  const madeUp = made(started)
  madeUp[15] = (madeUp[15] ?? 0) ^ 1
  const requests = [body(madeUp), body(madeUp, "nobody"), body(made(started, named("nobody")), "nobody")]
  for (const request of requests) {
    started.asked.length = 0
    await assert.rejects(started.accounts.reset.run(request, visitor), { ...code("wrong_credentials"), details: {} })
    assert.deepEqual(started.asked, ["find", "scrypt 32768"])
  }
  for (let tries = 0; tries < 5; tries++)
    await assert.rejects(started.accounts.reset.run(body(madeUp), visitor), code("wrong_credentials"))
  await assert.rejects(started.accounts.reset.run(body(made(started)), visitor), code("rate_limited"))
})

test("a reset to the key that the account has, to somebody else's, or on a device that exists changes nothing", async (t) => {
  const started = await startAccounts(t)
  const anna = await started.signUp("anna")
  const bert = await started.signUp("bert")
  started.pass(2000)
  const resetCode = made(started)
  const { reset } = started.accounts
  for (const accountKey of [anna.accountKey, bert.accountKey])
    await assert.rejects(reset.run({ ...body(resetCode), accountKey }, visitor), code("bad_request"))
  for (const device of [anna.device, bert.device])
    await assert.rejects(reset.run({ ...body(resetCode), device }, visitor), code("device_taken"))
  assert.deepEqual((await started.logIn("anna", "right")).answer.accountKey, anna.accountKey)
  assert.equal((await started.accounts.findSession(anna.cookies))?.device, anna.device)
})

test("a reset code is checked in every bit, and depends on the server's secret", async (t) => {
  const [mine, other] = [
    await openSecrets(await temporaryFolder(t), ""),
    await openSecrets(await temporaryFolder(t), ""),
  ]
  const now = Date.UTC(2026, 0, 1)
  const good = makeResetCode(mine, ANNA, now)
  assert.equal(checkResetCode(mine, ANNA, good, now), now)
  assert.equal(checkResetCode(mine, ANNA, good, now + RESET_CODE_FOR - 1), now)
  assert.equal(checkResetCode(mine, ANNA, good, now + RESET_CODE_FOR), undefined)
  assert.equal(checkResetCode(mine, ANNA, good, now - 1), undefined)
  assert.equal(checkResetCode(other, ANNA, good, now), undefined)
  for (let bit = 0; bit < 8 * good.length; bit++) {
    const changed = good.slice()
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.equal(checkResetCode(mine, ANNA, changed, now + 1), undefined, `bit ${bit}`)
  }
})
