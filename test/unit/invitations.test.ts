import assert from "node:assert/strict"
import { test } from "node:test"
import { CURSORS, ELSEWHERE } from "../../src/server/store/log.ts"
import { IS_IN, IS_OF_ACCOUNT, OWNER, ROOMS_OF } from "../../src/server/store/rooms.ts"
import type { DeviceId } from "../../src/shared/ids.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { anotherDevice, NOON, openTestStore, privateRoomOf, somebody } from "../helpers/store.ts"
import { changingBody, groupFounding, newGroupId, privateFounding } from "../helpers/ws-messages.ts"

const NOT_FOUND = { name: "UserError", code: "not_found" }

async function begin(t: Parameters<typeof openTestStore>[0]) {
  const place = await openTestStore(t)
  const [anna, ben, carla] = [
    await somebody(place, "anna"),
    await somebody(place, "ben"),
    await somebody(place, "carla"),
  ] as const
  return { place, rooms: place.rooms, anna, ben, carla, room: newGroupId() }
}

test("a founding is one Welcome for all whom it adds, each of whom is in the room from its start", async (t) => {
  const { rooms, anna, ben, carla, room } = await begin(t)
  const founding = groupFounding(room, [ben.device, carla.device])
  await rooms.found(anna, room, founding)
  for (const session of [ben, carla]) {
    const { seq, welcome } = await rooms.welcome(session, room)
    assert.deepEqual([seq, welcome], [0, founding.welcome])
    const [at] = await rooms.placesOf(session)
    assert.deepEqual([at?.room, at?.kind, at?.seq, at?.joinedSeq, at?.welcome], [room, "group", 0, 0, 0])
  }
  await assert.rejects(rooms.welcome(anna, room), NOT_FOUND)
})

test("a commit adds from its own place in the log on", async (t) => {
  const { rooms, anna, ben, carla, room } = await begin(t)
  await rooms.found(anna, room, groupFounding(room, [ben.device]))
  const { seq } = await rooms.commit(anna, room, changingBody(room, 0, 2, { added: [carla.device] }))
  assert.equal((await rooms.welcome(carla, room)).seq, seq)
  assert.equal((await rooms.placesOf(carla))[0]?.joinedSeq, seq)
  assert.equal((await rooms.welcome(ben, room)).seq, 0)
})

test("a Welcome is kept until nobody waits for it, and what is said of an older one changes nothing", async (t) => {
  const { place, rooms, anna, ben, carla, room } = await begin(t)
  await rooms.found(anna, room, groupFounding(room, [ben.device, carla.device]))
  await rooms.welcomed(ben, room, 0)
  await assert.rejects(rooms.welcome(ben, room), NOT_FOUND)
  assert.equal((await rooms.welcome(carla, room)).seq, 0)
  const { seq } = await rooms.commit(anna, room, changingBody(room, 0, 2, { added: [ben.device] }))
  await rooms.welcomed(ben, room, 0)
  assert.equal((await rooms.welcome(ben, room)).seq, seq)
  assert.deepEqual([...(await place.store.invitations.waitingFor(ben.device))], [[room, seq]])
})

test("a device that is added again waits for the newer Welcome, and its place is that commit's", async (t) => {
  const { rooms, anna, ben, room } = await begin(t)
  await rooms.found(anna, room, groupFounding(room, [ben.device]))
  const body = changingBody(room, 0, 2, { added: [ben.device] })
  const { seq } = await rooms.commit(anna, room, body)
  assert.deepEqual((await rooms.welcome(ben, room)).welcome, body.welcome)
  assert.equal((await rooms.placesOf(ben))[0]?.joinedSeq, seq)
})

test("a device that is removed has no Welcome any more, and nobody's Welcome is swept away", async (t) => {
  const { place, rooms, anna, ben, carla, room } = await begin(t)
  await rooms.found(anna, room, groupFounding(room, [ben.device]))
  const { seq } = await rooms.commit(anna, room, changingBody(room, 0, 2, { added: [carla.device] }))
  await rooms.commit(anna, room, changingBody(room, seq, 3, { removed: [ben.device] }))
  await assert.rejects(rooms.welcome(ben, room), NOT_FOUND)
  assert.equal(await place.store.invitations.sweep(NOON), 1)
  assert.equal((await rooms.welcome(carla, room)).seq, seq)
})

test("the server adds no third account to a private chat, by founding or by commit, and any further device of the two", async (t) => {
  const { place, rooms, anna, ben, carla } = await begin(t)
  const chat = await privateRoomOf(place, anna, ben)
  const [own, theirs] = [await anotherDevice(place, anna), await anotherDevice(place, ben)]
  const found = (...devices: DeviceId[]) => rooms.found(anna, chat, privateFounding(chat, ben.account.name, devices))
  await assert.rejects(found(ben.device, carla.device), { name: "UserError", code: "bad_request" })
  await found(ben.device, own.device)
  const add = (device: DeviceId) => rooms.commit(anna, chat, changingBody(chat, 0, 2, { added: [device] }))
  await assert.rejects(add(carla.device), { name: "UserError", code: "bad_request" })
  await assert.rejects(rooms.groupInfo(carla, chat), NOT_FOUND)
  assert.deepEqual(await rooms.placesOf(carla), [])
  assert.equal((await add(theirs.device)).seq, 1)
})

test("a Welcome that nobody took is kept for thirty days", async (t) => {
  const { place, rooms, anna, ben, room } = await begin(t)
  await rooms.found(anna, room, groupFounding(room, [ben.device]))
  await place.store.invitations.sweep(NOON + LIMITS.retentionFor)
  assert.equal((await rooms.welcome(ben, room)).seq, 0)
  await place.store.invitations.sweep(NOON + LIMITS.retentionFor + 1)
  await assert.rejects(rooms.welcome(ben, room), NOT_FOUND)
  assert.equal((await rooms.placesOf(ben))[0]?.welcome, undefined)
  assert.equal((await rooms.groupInfo(ben, room)).seq, 0)
})

test("a device that was removed finds its last entry for thirty days, may come back as long, and is forgotten then", async (t) => {
  const { place, rooms, anna, ben, room } = await begin(t)
  await rooms.found(anna, room, groupFounding(room, [ben.device]))
  await rooms.commit(anna, room, changingBody(room, 0, 2, { removed: [ben.device] }))
  await rooms.persisted(anna, room, 1)
  await place.store.log.sweep(NOON + LIMITS.retentionFor)
  assert.deepEqual(
    (await rooms.log(room, 0)).map(({ seq }) => seq),
    [1],
  )
  await rooms.persisted(ben, room, 1)
  await place.store.log.sweep(NOON + LIMITS.retentionFor)
  assert.deepEqual(await rooms.log(room, 0), [])
  assert.equal((await rooms.groupInfo(ben, room)).seq, 1)
  await place.store.log.sweep(NOON + LIMITS.retentionFor + 1)
  await assert.rejects(rooms.groupInfo(ben, room), NOT_FOUND)
})

test("a room of one device is elsewhere for the others of its account, until they were in it themselves", async (t) => {
  const { place, rooms, anna, ben, room } = await begin(t)
  const second = await anotherDevice(place, ben)
  await rooms.found(anna, room, groupFounding(room, [ben.device]))
  assert.deepEqual((await rooms.newsFor(second)).elsewhere, [{ room, kind: "group" }])
  assert.deepEqual((await rooms.newsFor(ben)).elsewhere, [])
  await rooms.commit(anna, room, changingBody(room, 0, 2, { added: [second.device] }))
  assert.deepEqual((await rooms.newsFor(second)).elsewhere, [])
  await rooms.commit(anna, room, changingBody(room, 1, 3, { removed: [second.device] }))
  assert.deepEqual((await rooms.newsFor(second)).elsewhere, [])
})

test("who may enter, what a device is in, and what its account has elsewhere are answered from an index", async (t) => {
  const { store } = await openTestStore(t)
  const plans = await Promise.all([
    store.plan(CURSORS, ["device"]),
    store.plan(ELSEWHERE, [1, "device", 1]),
    store.plan(IS_OF_ACCOUNT, [1, "room", 1, "room"]),
    store.plan(IS_IN, ["device", "room"]),
    store.plan(OWNER, ["device", "room"]),
    store.plan(ROOMS_OF, ["device"]),
  ])
  assert.deepEqual(
    plans.flat().filter((step) => step.startsWith("SCAN")),
    [],
  )
})
