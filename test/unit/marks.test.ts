import assert from "node:assert/strict"
import { test } from "node:test"
import { Rooms } from "../../src/server/rooms.ts"
import type { Session } from "../../src/server/session.ts"
import type { RoomId } from "../../src/shared/ids.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { anotherDevice, NOON, openTestStore, somebody } from "../helpers/store.ts"
import { applicationMessage, changingBody, groupFounding, newGroupId, randomId } from "../helpers/ws-messages.ts"

const refuses = (code: string) => ({ name: "UserError", code })

/** A group of anna and ben, in which three messages were said. */
async function begin(t: Parameters<typeof openTestStore>[0]) {
  const place = await openTestStore(t)
  const [anna, ben] = [await somebody(place, "anna"), await somebody(place, "ben")]
  const [second, room] = [await anotherDevice(place, ben), newGroupId()]
  const { rooms } = place
  await rooms.found(anna, room, groupFounding(room, [ben.device, second.device]))
  const say = () => rooms.send(anna, { id: randomId(), room, after: 0, message: applicationMessage(1, 200, room) })
  for (let count = 0; count < 3; count++) await say()
  const moved: string[] = []
  rooms.on("moved", ({ marks: { account, delivered, read } }) => moved.push(`${account} ${delivered} ${read}`))
  const marks = async (session: Session, of: RoomId = room) =>
    (await rooms.marks(session, of)).marks.map(({ account, delivered, read }) => `${account} ${delivered} ${read}`)
  return { place, rooms, anna, ben, second, room, moved, marks, say }
}

test("an account has come as far as its device that is furthest, in what it holds and in what was seen", async (t) => {
  const { rooms, anna, ben, second, room, marks, moved } = await begin(t)
  assert.deepEqual(await marks(anna), ["anna 0 0", "ben 0 0"])
  await rooms.persisted(ben, room, 3)
  await rooms.persisted(second, room, 2)
  await rooms.seen(second, room, 2)
  await rooms.seen(ben, room, 1)
  assert.deepEqual(await marks(anna), ["anna 0 0", "ben 3 2"])
  assert.deepEqual(moved, ["ben 3 0", "ben 3 2"])
})

test("marks move forward only, and are told when they have moved", async (t) => {
  const { rooms, ben, room, marks, moved } = await begin(t)
  for (const seq of [2, 1, 2, 3, 3]) await rooms.persisted(ben, room, seq)
  for (const seq of [1, 0, 1, 2]) await rooms.seen(ben, room, seq)
  assert.deepEqual(moved, ["ben 2 0", "ben 3 0", "ben 3 1", "ben 3 2"])
  assert.deepEqual(await marks(ben), ["anna 0 0", "ben 3 2"])
})

test("nobody has seen what was not said yet: such a mark stands at the head", async (t) => {
  const { rooms, ben, room, marks, moved } = await begin(t)
  await rooms.seen(ben, room, 1_000)
  assert.deepEqual(await marks(ben), ["anna 0 0", "ben 0 3"])
  assert.deepEqual(moved, ["ben 0 3"])
  await assert.rejects(rooms.persisted(ben, room, 4), refuses("bad_request"))
})

test("whoever is not in a room, or was removed from it, neither moves marks there nor sees them", async (t) => {
  const { place, rooms, anna, ben, second, room, marks, moved } = await begin(t)
  const carla = await somebody(place, "carla")
  await rooms.commit(anna, room, changingBody(room, 0, 2, { removed: [ben.device, second.device] }))
  for (const session of [carla, ben])
    for (const each of [room, newGroupId()]) await assert.rejects(marks(session, each), refuses("not_found"))
  for (const each of [room, newGroupId()]) {
    for (const seq of [0, 2, 99]) await assert.rejects(rooms.persisted(carla, each, seq), refuses("not_a_member"))
    for (const session of [carla, ben]) await assert.rejects(rooms.seen(session, each, 1), refuses("not_a_member"))
  }
  const message = () => ({ id: randomId(), room, after: 4, message: applicationMessage(2, 200, room) })
  // A device that was removed says what it holds, so that the room is not told to it for ever; nobody hears of it.
  const told: unknown[] = []
  rooms.on("delivered", (news) => told.push(news))
  await rooms.persisted(ben, room, 4)
  assert.deepEqual(await rooms.placesOf(ben), [])
  assert.equal((await rooms.send(anna, message())).seq, 5)
  await rooms.persisted(ben, room, 5)
  // Nor after a start, which reads how far everybody is: the removal was entry 4.
  const [atStart] = await new Rooms(place.store, () => NOON).placesOf(anna)
  assert.equal(atStart?.delivered, 4)
  assert.deepEqual([...told, ...moved], [])
  assert.deepEqual(await marks(anna), ["anna 0 0"])
})

test("marksFor: twenty accounts hear of one another, twenty-one do not, and twenty do again", async (t) => {
  const { place, rooms, anna, ben, room, marks, moved } = await begin(t)
  const others: Session[] = []
  for (let count = 2; count <= LIMITS.marksFor; count++) others.push(await somebody(place, `person-${count}`))
  const [last, ...rest] = others
  assert(last)
  await rooms.commit(anna, room, changingBody(room, 0, 2, { added: rest.map(({ device }) => device) }))
  await rooms.persisted(ben, room, 1)
  assert.deepEqual(moved, ["ben 1 0"])
  await rooms.commit(anna, room, changingBody(room, 4, 3, { added: [last.device] }))
  await rooms.persisted(ben, room, 2)
  assert.deepEqual(moved, ["ben 1 0"])
  assert.equal((await marks(anna)).length, LIMITS.marksFor + 1)
  await rooms.commit(anna, room, changingBody(room, 5, 4, { removed: [last.device] }))
  await rooms.persisted(ben, room, 3)
  assert.deepEqual(moved, ["ben 1 0", "ben 3 0"])
})
