import assert from "node:assert/strict"
import path from "node:path"
import { test } from "node:test"
import type { Session } from "../../src/server/session.ts"
import { connect } from "../../src/server/store/connection.ts"
import { DEPARTURES_FOR } from "../../src/server/store/departures.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { anotherDevice, GENERAL, letIn, NOON, openTestStore, privateRoomOf, somebody } from "../helpers/store.ts"
import { changingBody, departureOf, groupFounding, newGroupId, privateFounding } from "../helpers/ws-messages.ts"

const refuses = (code: string) => ({ name: "UserError", code })

async function begin(t: Parameters<typeof openTestStore>[0]) {
  const place = await openTestStore(t)
  const [anna, ben] = [await somebody(place, "anna"), await somebody(place, "ben")]
  const [second, carla, room] = [await anotherDevice(place, ben), await somebody(place, "carla"), newGroupId()]
  await place.rooms.found(anna, room, groupFounding(room, [ben.device, second.device]))
  const told: string[] = []
  place.rooms.on("departing", ({ room, statement }) => told.push(`${room} ${Buffer.from(statement).toString("hex")}`))
  /** The statement of a device with the key of somebody's account. */
  const stated = async (session: Session, scope: "room" | "device" = "room", of: Session = session) => {
    const account = await place.store.accounts.find(of.account.name)
    return departureOf({ session, accountKey: account?.accountKey ?? new Uint8Array(32) }, scope)
  }
  const known = async (session: Session) => (await place.rooms.newsFor(session)).departures
  return { place, rooms: place.rooms, anna, ben, second, carla, room, told, stated, known }
}

test("a departure is told to all in the room, and waits until a commit has removed the device", async (t) => {
  const { rooms, anna, ben, second, room, told, stated, known } = await begin(t)
  const statement = await stated(ben)
  await rooms.depart(ben, room, statement)
  assert.deepEqual(told, [`${room} ${Buffer.from(statement).toString("hex")}`])
  for (const session of [anna, ben, second]) assert.deepEqual(await known(session), [{ room, statement }])
  await rooms.commit(anna, room, changingBody(room, 0, 2, { removed: [ben.device] }))
  for (const session of [anna, ben, second]) assert.deepEqual(await known(session), [])
})

test("one device of an account may say it of another, but nobody of somebody else's", async (t) => {
  const { rooms, anna, ben, second, room, stated, known } = await begin(t)
  await rooms.depart(ben, room, await stated(second))
  assert.equal((await known(anna)).length, 1)
  await assert.rejects(rooms.depart(anna, room, await stated(ben)), refuses("bad_request"))
  await assert.rejects(rooms.depart(anna, room, await stated(ben, "room", anna)), refuses("not_a_member"))
  assert.equal((await known(anna)).length, 1)
})

test("what is no statement about leaving a room is refused", async (t) => {
  const { rooms, ben, room, stated } = await begin(t)
  await assert.rejects(rooms.depart(ben, room, await stated(ben, "device")), refuses("bad_request"))
  await assert.rejects(rooms.depart(ben, room, new Uint8Array(LIMITS.statementLength - 1)), refuses("bad_request"))
})

test("nobody leaves a private chat or the general room", async (t) => {
  const { place, rooms, anna, ben, stated } = await begin(t)
  const chat = await privateRoomOf(place, anna, ben)
  await rooms.found(anna, chat, privateFounding(chat, ben.account.name, [ben.device]))
  await letIn(place, [anna, ben])
  for (const room of [chat, GENERAL])
    await assert.rejects(rooms.depart(ben, room, await stated(ben)), refuses("bad_request"))
})

test("a stranger hears the same of a group as of none", async (t) => {
  const { rooms, carla, room, stated } = await begin(t)
  for (const each of [room, newGroupId()])
    await assert.rejects(rooms.depart(carla, each, await stated(carla)), refuses("not_found"))
})

test("a device that was removed can't leave once more", async (t) => {
  const { rooms, anna, ben, room, stated } = await begin(t)
  await rooms.commit(anna, room, changingBody(room, 0, 2, { removed: [ben.device] }))
  await assert.rejects(rooms.depart(ben, room, await stated(ben)), refuses("not_a_member"))
})

test("a device that has ended leaves every room that it is in", async (t) => {
  const { rooms, anna, ben, room, told, stated, known } = await begin(t)
  const other = newGroupId()
  await rooms.found(anna, other, groupFounding(other, [ben.device]))
  const statement = await stated(ben, "device")
  await rooms.retire(ben.device, statement)
  assert.deepEqual(told.map((line) => line.split(" ")[0]).sort(), [room, other].sort())
  assert.equal((await known(anna)).length, 2)
  await assert.rejects(rooms.welcome(ben, room), refuses("not_found"))
})

test("statements about devices that are gone from the room are swept away, others not", async (t) => {
  const { place, rooms, ben, second, room, stated } = await begin(t)
  for (const session of [ben, second]) await rooms.depart(ben, room, await stated(session))
  assert.equal(await place.store.departures.sweep(), 0)
  // A commit takes the statement along with the place: only a damaged or older database has one without the other.
  const connection = await connect(path.join(place.dir, "securechat.db"), false)
  await connection.run("UPDATE cursors SET left_seq = 0 WHERE device_id = ?", [ben.device])
  await connection.close()
  assert.equal(await place.store.departures.sweep(), 1)
})

test("what is told of departures at once is bounded, and all are told in the end", async (t) => {
  const { place, rooms, anna, ben, known } = await begin(t)
  for (let count = 0; count < LIMITS.departuresAtOnce; count++) {
    const room = newGroupId()
    await rooms.found(anna, room, groupFounding(room, [ben.device]))
  }
  await place.store.departures.keepEverywhere(ben.device, new Uint8Array(LIMITS.statementLength), NOON)
  const told = new Set<string>()
  // Each time one of 65 is left out: twenty times the same one is less likely than a broken disk.
  for (let count = 0; count < 20; count++) {
    const now = await known(anna)
    assert.equal(now.length, LIMITS.departuresAtOnce)
    for (const { room } of now) told.add(room)
  }
  assert.equal(told.size, LIMITS.departuresAtOnce + 1)
})

test("departures are found by an index", async (t) => {
  const { store } = await openTestStore(t)
  const plan = await store.plan(DEPARTURES_FOR, ["device", 64])
  assert.deepEqual(
    plan.filter((step) => step.startsWith("SCAN")),
    [],
  )
})
