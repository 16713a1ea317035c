import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import test from "node:test"
import { API } from "../../src/shared/api.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { serverMessage, writeFrame } from "../../src/shared/protocol.ts"
import {
  changingBody,
  departureOf,
  groupFounding,
  groupInfo,
  memberCommit,
  newGroupId,
  randomDevice,
  randomId,
} from "../helpers/ws-messages.ts"
import { foundGroup, roomsOf } from "../helpers/ws-rooms.ts"
import { type Past, type Somebody, startTestServer } from "../helpers/ws-server.ts"

const bytes = (length: number) => randomBytes(length).toString("base64url")
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

const room = newGroupId()
const founding = (added: readonly string[], welcome: string) => {
  const info = Buffer.from(groupInfo(1, room)).toString("base64url")
  return { id: randomId(), kind: "group", groupInfo: info, added, welcome }
}
const FOUND = API.found.path.replace(":room", room)

/** For each bound: where it is asked, and the body with this much. */
const BOUNDS = {
  keyPackageMax: [API.keyPackages.path, (much: number) => ({ keyPackages: [], lastResort: bytes(much) })],
  keyPackagesPerDevice: [API.keyPackages.path, (much: number) => ({ keyPackages: many(much, () => bytes(9)) })],
  accountsAtOnce: [API.claim.path, (much: number) => ({ accounts: many(much, () => "person-0") })],
  welcomeMax: [FOUND, (much: number) => founding([randomDevice()], bytes(much))],
} as const

for (const [name, [path, body]] of Object.entries(BOUNDS)) {
  const limit = LIMITS[name as keyof typeof BOUNDS]
  test(`${name}: ${limit} are read, one more is a bad request`, async (t) => {
    const server = await startTestServer(t, { accounts: 2, members: 0 })
    const ask = async (much: number) => {
      const sent = body(much)
      // A founding may name the devices that there are.
      const real = "added" in sent ? { ...sent, added: [server.person(1).session.device] } : sent
      return (await server.http(path, server.person(0).cookie, real)).status
    }
    assert.equal(await ask(limit + 1), 400)
    assert.equal(await ask(limit), 200)
  })
}

test("changesPerCommit: a commit adds 128 devices, not 129, and removes as many", async (t) => {
  const devices = LIMITS.devicesPerAccount
  const accounts = Math.ceil((LIMITS.changesPerCommit + 2) / devices)
  const server = await startTestServer(t, { accounts, devices, members: 0 })
  const [, ...others] = server.people.map(({ session }) => session.device)
  const [most, tooMany] = [others.slice(0, LIMITS.changesPerCommit), others.slice(0, LIMITS.changesPerCommit + 1)]
  const group = await foundGroup(server, 0, [])
  const rooms = roomsOf(server, 0)
  const bad = { code: "bad_request" }
  await assert.rejects(rooms.commit(group, changingBody(group, 0, 1, { added: tooMany })), bad)
  const { seq } = await rooms.commit(group, changingBody(group, 0, 1, { added: most }))
  await assert.rejects(rooms.commit(group, changingBody(group, seq, 2, { removed: tooMany })), bad)
  await rooms.commit(group, changingBody(group, seq, 2, { removed: most }))
  assert.equal((await rooms.marks(group)).marks.length, 1)
})

test("statementLength: a departure has 113 bytes, neither more nor less", async (t) => {
  const server = await startTestServer(t, { accounts: 2, members: 0 })
  const group = await foundGroup(server, 0, [1])
  const statement = departureOf(server.person(1), "room")
  const path = API.depart.path.replace(":room", group)
  const ask = async (said: Uint8Array) => {
    const body = { statement: Buffer.from(said).toString("base64url") }
    return (await server.http(path, server.person(1).cookie, body)).status
  }
  assert.equal(await ask(statement.subarray(1)), 400)
  assert.equal(await ask(Buffer.concat([statement, new Uint8Array(1)])), 400)
  assert.equal(await ask(statement), 200)
})

test("commitBodyMax: the largest commit, GroupInfo and Welcome that fit into a body are taken together", async (t) => {
  const server = await startTestServer(t, { accounts: 2, members: 0 })
  const group = await foundGroup(server, 0, [])
  const body = changingBody(group, 0, 1, { added: [server.person(1).session.device] })
  const [commit, welcome] = [memberCommit(0, 200 * 1024, group), new Uint8Array(randomBytes(LIMITS.welcomeMax))]
  assert.equal((await roomsOf(server, 0).commit(group, { ...body, commit, welcome })).seq, 1)
  const tooLarge = { ...changingBody(group, 1, 2, {}), commit: memberCommit(1, LIMITS.commitMax - 200, group) }
  const withWelcome = { ...tooLarge, added: [server.person(1).session.device], welcome }
  await assert.rejects(roomsOf(server, 0).commit(group, withWelcome), { code: "too_large" })
})

/** Puts somebody's first device into as many rooms as it may be in, and the second one into as many others. */
async function everywhere({ rooms, store, people }: Past): Promise<void> {
  const [first, second, anna, ben] = people
  assert(first && second && anna && ben)
  const found = (founder: Somebody, added: Somebody) => {
    const id = newGroupId()
    return rooms.found(founder.session, id, groupFounding(id, [added.session.device]))
  }
  await Promise.all(many(LIMITS.roomsPerDevice, () => found(anna, first)))
  await assert.rejects(found(ben, first), { code: "bad_request" })
  await Promise.all(many(LIMITS.roomsPerDevice, () => found(ben, second)))
  await store.departures.keepEverywhere(anna.session.device, departureOf(anna, "device"), Date.now())
}

test("roomsPerDevice: a device is in 1,000 rooms, not 1,001, and all it is told at once fits into one socket", async (t) => {
  const server = await startTestServer(t, { accounts: 2, devices: 2, members: 0, before: everywhere })
  const socket = await server.open({ cookie: server.person(0).cookie })
  socket.send({ type: "resume", cursors: [] })
  const ready = await socket.next("ready")
  assert.equal(ready.rooms.length, LIMITS.roomsPerDevice)
  assert.equal(ready.elsewhere.length, LIMITS.roomsPerDevice)
  assert.equal(ready.departures.length, LIMITS.departuresAtOnce)
  const name = ready.account.padEnd(LIMITS.nameMaxLength, "x")
  const most = writeFrame(serverMessage, { ...ready, online: many(LIMITS.socketsInAll, () => ready.account) })
  const longer = LIMITS.socketsInAll * (name.length - ready.account.length)
  t.diagnostic(`ready: ${most.length + longer} bytes`)
  assert(most.length + longer < LIMITS.bufferedMax)
})
