import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { test } from "node:test"
import { LIMITS } from "../../src/shared/limits.ts"
import { cookieHeader, named, newDevice, startAccounts } from "../helpers/accounts.ts"
import { GENERAL } from "../helpers/store.ts"
import { groupInfo } from "../helpers/ws-messages.ts"

const code = (wanted: string) => ({ name: "UserError", code: wanted })
const SCOPES = { device: 0, room: 1, notice: 2 }

/** A statement of the right form; nobody checks its signature here. */
function statement(device: string, accountKey: Uint8Array, scope: keyof typeof SCOPES = "device") {
  const said = [Buffer.of(SCOPES[scope]), Buffer.from(device, "base64url"), accountKey, randomBytes(64)]
  return new Uint8Array(Buffer.concat(said))
}

async function twoDevices(started: Awaited<ReturnType<typeof startAccounts>>) {
  const first = await started.signUp("anna")
  started.pass(1000)
  const device = newDevice()
  const { cookies } = await started.logIn("anna", "right", { device })
  const session = await started.accounts.findSession(first.cookies)
  assert.ok(session !== undefined)
  const second = { device, cookies: cookieHeader(cookies) }
  return { first, second, session, statement: statement(device, first.accountKey) }
}

test("the list has every device of the account with its name and times, the one seen last first", async (t) => {
  const started = await startAccounts(t)
  const { first, second, session } = await twoDevices(started)
  await started.signUp("bert")
  const at = started.now()
  assert.deepEqual(await started.accounts.devices.list(session), {
    devices: [
      { device: second.device, name: "Test", createdAt: at, lastSeenAt: at },
      { device: first.device, name: "Test", createdAt: at - 1000, lastSeenAt: at - 1000 },
    ],
  })
})

test("a device that is ended has no session, is in no list, and never logs in again; its place is free", async (t) => {
  const started = await startAccounts(t)
  const { second, session, statement } = await twoDevices(started)
  started.ended.length = 0
  const { answer, cookies } = await started.accounts.devices.retire(session, { device: second.device, statement })
  assert.deepEqual([answer, cookies], [{}, []])
  assert.deepEqual(started.ended, [second.device])
  assert.deepEqual(started.retired, [{ device: second.device, statement }])
  assert.equal(await started.accounts.findSession(second.cookies), undefined)
  assert.equal((await started.accounts.devices.list(session)).devices.length, 1)
  await assert.rejects(started.logIn("anna", "wrong", { device: second.device }), code("wrong_credentials"))
  await assert.rejects(started.logIn("anna", "right", { device: second.device }), code("device_retired"))
  await assert.rejects(started.signUp("carl", { device: second.device }), code("device_taken"))
  for (let count = 1; count < LIMITS.devicesPerAccount; count++) await started.logIn("anna", "right")
  await assert.rejects(started.logIn("anna", "right"), code("too_many_devices"))
})

test("the same end once more is answered the same; one's own device loses its cookie", async (t) => {
  const started = await startAccounts(t)
  const { first, second, session, statement: said } = await twoDevices(started)
  for (let times = 0; times < 2; times++)
    await started.accounts.devices.retire(session, { device: second.device, statement: said })
  const own = { device: first.device, statement: statement(first.device, first.accountKey) }
  const { cookies } = await started.accounts.devices.retire(session, own)
  assert.match(cookies.join(), /^__Host-session=; Path=\/; Max-Age=0;/)
  assert.equal(await started.accounts.findSession(first.cookies), undefined)
})

test("an ended device's KeyPackages and Welcomes go, and each of its rooms keeps the statement", async (t) => {
  const started = await startAccounts(t)
  const { second, session, statement } = await twoDevices(started)
  await started.store.keyPackages.handIn(
    second.device,
    { keyPackages: [randomBytes(300)], lastResort: randomBytes(300) },
    started.now(),
  )
  assert.equal(await started.store.keyPackages.left(second.device, 0), 1)
  const added = { devices: [second.device], welcome: randomBytes(40) }
  const room = { room: GENERAL, kind: "group", parties: [], groupInfo: groupInfo(1), added, at: started.now() } as const
  await started.store.rooms.found({ session, ...room })
  assert.equal((await started.store.invitations.waitingFor(second.device)).size, 1)
  await started.accounts.devices.retire(session, { device: second.device, statement })
  assert.equal(await started.store.keyPackages.left(second.device, 0), 0)
  assert.deepEqual(await started.store.keyPackages.claim([named("anna")], session.device, started.now()), [])
  assert.equal((await started.store.invitations.waitingFor(second.device)).size, 0)
  assert.deepEqual(await started.store.departures.knownTo(session.device, 9), [{ room: GENERAL, statement }])
})

test("a statement about another device, another key or of another scope ends nothing", async (t) => {
  const started = await startAccounts(t)
  const { first, second, session } = await twoDevices(started)
  const { accountKey } = first
  const { device } = second
  const wrong = [
    statement(first.device, accountKey),
    statement(device, new Uint8Array(randomBytes(32))),
    statement(device, accountKey, "room"),
    statement(device, accountKey, "notice"),
  ]
  for (const said of wrong)
    await assert.rejects(started.accounts.devices.retire(session, { device, statement: said }), code("bad_request"))
  assert.equal((await started.accounts.devices.list(session)).devices.length, 2)
  assert.deepEqual(started.retired, [])
})

test("another account's device, and one that does not exist, are answered alike and not ended", async (t) => {
  const started = await startAccounts(t)
  const { first, session } = await twoDevices(started)
  const bert = await started.signUp("bert")
  for (const device of [bert.device, newDevice()]) {
    const body = { device, statement: statement(device, first.accountKey) }
    await assert.rejects(started.accounts.devices.retire(session, body), code("not_found"))
  }
  assert.equal((await started.accounts.findSession(bert.cookies))?.device, bert.device)
  assert.deepEqual(started.retired, [])
})

test("when accounts were here last is told in the order asked, and null for a name that nobody has", async (t) => {
  const started = await startAccounts(t)
  const { device } = await started.signUp("anna")
  const early = started.now()
  started.pass(5000)
  await started.signUp("bert")
  const asked = ["bert", "nobody", "anna"].map(named)
  const seen = async () => (await started.accounts.devices.lastSeen({ accounts: asked })).accounts.map(({ at }) => at)
  assert.deepEqual(await seen(), [early + 5000, null, early])
  await started.store.devices.seen(device, early + 9000)
  await started.store.devices.seen(device, early)
  assert.deepEqual(await seen(), [early + 5000, null, early + 9000])
})
