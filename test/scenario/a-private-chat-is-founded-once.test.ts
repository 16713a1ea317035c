import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import test from "node:test"
import { privateRoomId } from "../../src/shared/private-room.ts"
import {
  changingBody,
  commitBody,
  departureOf,
  externalCommit,
  groupFounding,
  groupInfo,
  newGroupId,
  privateFounding,
  randomDevice,
} from "../helpers/ws-messages.ts"
import { foundGroup, roomsOf } from "../helpers/ws-rooms.ts"
import { startTestServer } from "../helpers/ws-server.ts"

const [ANNA, BEN, CARLA] = [0, 1, 2]
const BAD = { code: "bad_request" }

async function begin(t: Parameters<typeof startTestServer>[0]) {
  const server = await startTestServer(t, { accounts: 3, members: 0 })
  const [anna, ben, carla] = [server.person(ANNA), server.person(BEN), server.person(CARLA)]
  const chat = await privateRoomId(anna.accountKey, ben.accountKey)
  const founding = () => privateFounding(chat, ben.session.account.name, [ben.session.device])
  return { server, anna, ben, carla, chat, founding }
}

test("of two who start the same chat at once, one founds it and the other is in it", async (t) => {
  const { server, anna, ben, chat, founding } = await begin(t)
  const other = privateFounding(chat, anna.session.account.name, [anna.session.device])
  const results = await Promise.allSettled([
    roomsOf(server, ANNA).found(chat, founding()),
    roomsOf(server, BEN).found(chat, other),
  ])
  const refused = results.flatMap((each) => (each.status === "rejected" ? [each.reason.code] : []))
  assert.deepEqual(refused, ["room_exists"])
  const late = results[0]?.status === "rejected" ? ANNA : BEN
  assert.equal((await roomsOf(server, late).welcome(chat)).seq, 0)
  assert.equal((await roomsOf(server, late).groupInfo(chat)).seq, 0)
  assert.equal(ben.session.account.name, "person-1")
})

test("the same founding again is answered as the first time; another one, or another's, is not", async (t) => {
  const { server, anna, chat, founding } = await begin(t)
  const rooms = roomsOf(server, ANNA)
  const first = founding()
  await rooms.found(chat, first)
  await roomsOf(server, BEN).welcomed(chat, 0)
  await rooms.found(chat, first)
  // The Welcome that was taken does not wait once more.
  await assert.rejects(roomsOf(server, BEN).welcome(chat), { code: "not_found" })
  await assert.rejects(rooms.found(chat, founding()), { code: "room_exists" })
  const byOther = { ...first, peer: anna.session.account.name }
  await assert.rejects(roomsOf(server, BEN).found(chat, byOther), { code: "room_exists" })
  await rooms.commit(chat, changingBody(chat, 0, 2, {}))
  await assert.rejects(rooms.found(chat, first), { code: "room_exists" })
})

test("what does not go together founds nothing", async (t) => {
  const { server, ben, carla, chat, founding } = await begin(t)
  const rooms = roomsOf(server, ANNA)
  const right = founding()
  const { peer: _, ...noPeer } = right
  const { welcome: __, ...noWelcome } = right
  const group = newGroupId()
  const wrong = [
    [chat, noPeer],
    [chat, noWelcome],
    [chat, { ...right, added: [] }],
    [chat, { ...right, groupInfo: groupInfo(0, chat) }],
    [chat, { ...right, groupInfo: groupInfo(1, group) }],
    [chat, { ...right, peer: carla.session.account.name }],
    [chat, { ...right, peer: server.person(ANNA).session.account.name }],
    [chat, { ...right, kind: "group" as const }],
    [chat, { ...right, added: [randomDevice()] }],
    [group, { ...groupFounding(group), peer: ben.session.account.name }],
    [group, { ...groupFounding(group), kind: "general" as const }],
  ] as const
  for (const [room, body] of wrong) await assert.rejects(rooms.found(room, body), BAD)
  await rooms.found(chat, right)
})

test("an unknown peer is told, and nobody is added who has ended", async (t) => {
  const { server, ben, carla, chat, founding } = await begin(t)
  const rooms = roomsOf(server, ANNA)
  const nobody = { ...founding(), peer: carla.session.account.name.replace("2", "99") }
  const answer = await server.http(`/api/rooms/${chat}`, server.person(ANNA).cookie, {
    ...nobody,
    groupInfo: Buffer.from(nobody.groupInfo).toString("base64url"),
    welcome: randomBytes(9).toString("base64url"),
  })
  assert.equal(answer.status, 404)
  const statement = departureOf(ben, "device")
  const body = { device: ben.session.device, statement: Buffer.from(statement).toString("base64url") }
  assert.equal((await server.http("/api/devices/retire", ben.cookie, body)).status, 200)
  await assert.rejects(rooms.found(chat, founding()), BAD)
})

test("a group takes no device that is unknown or has ended, and adds nobody by an external commit", async (t) => {
  const { server, ben, carla } = await begin(t)
  const room = await foundGroup(server, ANNA, [BEN])
  const rooms = roomsOf(server, ANNA)
  await assert.rejects(rooms.commit(room, changingBody(room, 0, 2, { added: [randomDevice()] })), BAD)
  const { welcome: _, ...noWelcome } = changingBody(room, 0, 2, { added: [carla.session.device] })
  await assert.rejects(rooms.commit(room, noWelcome), BAD)
  await assert.rejects(rooms.commit(room, { ...noWelcome, added: [], welcome: new Uint8Array(9) }), BAD)
  const external = commitBody(0, externalCommit(1, 400, room), 2, room)
  const removing = { ...external, removed: [ben.session.device] }
  const adding = { ...external, added: [carla.session.device], welcome: new Uint8Array(9) }
  for (const body of [removing, adding]) await assert.rejects(roomsOf(server, BEN).commit(room, body), BAD)
  assert.equal((await rooms.groupInfo(room)).seq, 0)
})

test("the peer of a private chat may enter it, also when no device of his was added", async (t) => {
  const { server, ben, chat } = await begin(t)
  await roomsOf(server, ANNA).found(chat, privateFounding(chat, ben.session.account.name))
  assert.equal((await roomsOf(server, BEN).groupInfo(chat)).seq, 0)
  const joined = await roomsOf(server, BEN).commit(chat, commitBody(0, externalCommit(0, 400, chat), 1, chat))
  assert.equal(joined.seq, 1)
})

test("KeyPackages that two ask for at once are not the same ones", async (t) => {
  const server = await startTestServer(t, { accounts: 3, members: 0 })
  const packages = (count: number) => Array.from({ length: count }, () => new Uint8Array(randomBytes(60)))
  const [lastResort = new Uint8Array(1)] = packages(1)
  const handedIn = await roomsOf(server, BEN).keyPackages({ keyPackages: packages(20), lastResort })
  assert.equal(handedIn.keyPackages, 20)
  const accounts = [server.person(BEN).session.account.name]
  const asked = Array.from({ length: 24 }, (_, count) =>
    roomsOf(server, count % 2 === 0 ? ANNA : CARLA).claim({ accounts }),
  )
  const given = (await Promise.all(asked)).flatMap(({ devices }) => devices.map(({ keyPackage }) => String(keyPackage)))
  assert.equal(given.length, 24)
  assert.equal(new Set(given).size, 21)
  assert.equal(given.filter((each) => each === String(lastResort)).length, 4)
})

test("LIMIT_CLAIMS: as many claims as it says, and one more is told to wait", async (t) => {
  const now = Date.now()
  const server = await startTestServer(t, { accounts: 2, settings: { LIMIT_CLAIMS: "2, 0.1/s" }, now: () => now })
  const accounts = [server.person(BEN).session.account.name]
  for (const _ of [1, 2]) await roomsOf(server, ANNA).claim({ accounts })
  await assert.rejects(roomsOf(server, ANNA).claim({ accounts }), { code: "rate_limited", details: { seconds: 10 } })
  await roomsOf(server, BEN).claim({ accounts })
})
