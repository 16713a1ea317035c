import assert from "node:assert/strict"
import { test } from "node:test"
import { Rooms } from "../../src/server/rooms.ts"
import { CURSORS, PULL, SIZES } from "../../src/server/store/log.ts"
import { FACTS } from "../../src/server/store/messages.ts"
import { FIND_SESSION } from "../../src/server/store/sessions.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { GENERAL, letIn, openTestStore, say, somebody } from "../helpers/store.ts"
import {
  applicationMessage,
  commitBody,
  externalCommit,
  founding,
  memberCommit,
  randomId,
} from "../helpers/ws-messages.ts"

const refuses = (code: string) => ({ name: "UserError", code })

test("the first to found the general room is in it, the second is told that it exists", async (t) => {
  const place = await openTestStore(t)
  const [anna, ben] = [await somebody(place, "anna"), await somebody(place, "ben")]
  await place.rooms.found(anna, GENERAL, founding())
  await assert.rejects(place.rooms.found(ben, GENERAL, founding()), refuses("room_exists"))
  assert.equal((await say(place, anna, 0)).seq, 1)
})

test("a founder who lost the answer may say the same again", async (t) => {
  const place = await openTestStore(t)
  const anna = await somebody(place, "anna")
  const info = founding()
  await place.rooms.found(anna, GENERAL, info)
  await place.rooms.found(anna, GENERAL, info)
  await assert.rejects(place.rooms.found(anna, GENERAL, founding()), refuses("room_exists"))
})

test("an external commit lets its device in, and a device that is not in may not send", async (t) => {
  const place = await openTestStore(t)
  const people = [await somebody(place, "anna"), await somebody(place, "ben")] as const
  await letIn(place, [people[0]])
  await assert.rejects(say(place, people[1], 0), refuses("not_a_member"))
  const body = commitBody(0, externalCommit(0), 1)
  const { seq } = await place.rooms.commit(people[1], GENERAL, body)
  assert.equal((await say(place, people[1], seq)).seq, seq + 1)
})

test("a member's commit by somebody who is not in is refused", async (t) => {
  const place = await openTestStore(t)
  const [anna, ben] = [await somebody(place, "anna"), await somebody(place, "ben")]
  await letIn(place, [anna])
  const body = commitBody(0, memberCommit(0), 1)
  await assert.rejects(place.rooms.commit(ben, GENERAL, body), refuses("not_a_member"))
})

test("what was made before the newest commit is stale, and says which commit that is", async (t) => {
  const place = await openTestStore(t)
  const [anna, ben] = [await somebody(place, "anna"), await somebody(place, "ben")]
  const newest = await letIn(place, [anna, ben])
  await assert.rejects(say(place, anna, 0), { ...refuses("stale"), details: { seq: newest } })
  const late = commitBody(0, memberCommit(0), 1)
  await assert.rejects(place.rooms.commit(anna, GENERAL, late), { ...refuses("stale"), details: { seq: newest } })
})

test("the same id again gets the first answer, also after the room has moved on", async (t) => {
  const place = await openTestStore(t)
  const [anna, ben] = [await somebody(place, "anna"), await somebody(place, "ben")]
  await letIn(place, [anna])
  const request = { id: randomId(), room: GENERAL, after: 0, message: applicationMessage(0) }
  const first = await place.rooms.send(anna, request)
  const body = commitBody(0, externalCommit(0), 1)
  await place.rooms.commit(ben, GENERAL, body)
  assert.deepEqual(await place.rooms.send(anna, request), { ...first, first: false })
  assert.deepEqual(await place.rooms.commit(ben, GENERAL, body), { seq: 2, at: place.clock.now })
  assert.equal((await place.rooms.log(GENERAL, 0)).length, 2)
})

test("an id that stands for a commit does not stand for a message", async (t) => {
  const place = await openTestStore(t)
  const [anna, ben] = [await somebody(place, "anna"), await somebody(place, "ben")]
  await letIn(place, [anna])
  const id = randomId()
  await place.rooms.commit(ben, GENERAL, { ...commitBody(0, externalCommit(0), 1), id })
  const message = { id, room: GENERAL, after: 1, message: applicationMessage(1) }
  await assert.rejects(place.rooms.send(ben, message), refuses("id_reused"))
})

test("two different ids in one turn get two places, one id twice gets one", async (t) => {
  const place = await openTestStore(t)
  const anna = await somebody(place, "anna")
  await letIn(place, [anna])
  const one = { id: randomId(), room: GENERAL, after: 0, message: applicationMessage(0) }
  const placed = await Promise.all([place.rooms.send(anna, one), place.rooms.send(anna, one), say(place, anna, 0)])
  assert.deepEqual(
    placed.map(({ seq }) => seq),
    [1, 1, 2],
  )
})

const WRONG: readonly (readonly [string, Uint8Array])[] = [
  ["a commit sent as a message", memberCommit(0)],
  ["an external commit sent as a message", externalCommit(0)],
  ["bytes that are no MLS message", new Uint8Array(100)],
  ["another room's message", applicationMessage(0, 200, "AAAAAAAAAAAAAAAAAAAAAA")],
]
for (const [what, message] of WRONG)
  test(`${what} is refused as a bad request`, async (t) => {
    const place = await openTestStore(t)
    const anna = await somebody(place, "anna")
    await letIn(place, [anna])
    const request = { id: randomId(), room: GENERAL, after: 0, message }
    await assert.rejects(place.rooms.send(anna, request), refuses("bad_request"))
  })

test("a commit whose GroupInfo is of another epoch is refused", async (t) => {
  const place = await openTestStore(t)
  const [anna, ben] = [await somebody(place, "anna"), await somebody(place, "ben")]
  await letIn(place, [anna])
  const body = commitBody(0, externalCommit(0), 2)
  await assert.rejects(place.rooms.commit(ben, GENERAL, body), refuses("bad_request"))
})

test("entries are announced after they are stored, in the order of the log, before their senders hear", async (t) => {
  const place = await openTestStore(t)
  const anna = await somebody(place, "anna")
  await letIn(place, [anna])
  const heard: string[] = []
  place.rooms.on("committed", ({ seq }) => heard.push(`entry ${seq}`))
  const sends = Array.from({ length: 5 }, () => say(place, anna, 0).then(({ seq }) => heard.push(`sent ${seq}`)))
  await Promise.all(sends)
  assert.deepEqual(heard.slice(0, 5), ["entry 1", "entry 2", "entry 3", "entry 4", "entry 5"])
  assert.equal(heard.length, 10)
})

test("a listener that fails keeps neither the sender nor the other listeners from hearing", async (t) => {
  const { store, clock } = await openTestStore(t)
  const lines: string[] = []
  const rooms = new Rooms(
    store,
    () => clock.now,
    (line) => lines.push(line),
  )
  const anna = await somebody({ store }, "anna")
  await letIn({ rooms }, [anna])
  const heard: number[] = []
  rooms.on("committed", () => {
    throw new TypeError("not a word of this")
  })
  rooms.on("committed", ({ seq }) => heard.push(seq))
  assert.equal((await say({ rooms }, anna, 0)).seq, 1)
  assert.equal((await say({ rooms }, anna, 0)).seq, 2)
  assert.deepEqual(heard, [1, 2])
  assert.deepEqual(lines, Array(2).fill("A listener of the rooms failed: TypeError"))
})

test("a cursor moves forward only, and not past the end of the log", async (t) => {
  const place = await openTestStore(t)
  const anna = await somebody(place, "anna")
  await letIn(place, [anna])
  for (let count = 0; count < 3; count++) await say(place, anna, 0)
  await place.rooms.persisted(anna, GENERAL, 3)
  await place.rooms.persisted(anna, GENERAL, 1)
  assert.equal((await place.rooms.placesOf(anna))[0]?.seq, 3)
  await assert.rejects(place.rooms.persisted(anna, GENERAL, 4), refuses("bad_request"))
})

test("entries that everybody has passed go after a day, all others after thirty days", async (t) => {
  const place = await openTestStore(t)
  const [anna, ben] = [await somebody(place, "anna"), await somebody(place, "ben")]
  const after = await letIn(place, [anna, ben])
  for (let count = 0; count < 3; count++) await say(place, anna, after)
  await place.rooms.persisted(anna, GENERAL, 4)
  await place.rooms.persisted(ben, GENERAL, 2)
  const kept = async () => (await place.rooms.log(GENERAL, 0)).map(({ seq }) => seq)
  await place.store.log.sweep(place.clock.now + LIMITS.passedKeptFor)
  assert.deepEqual(await kept(), [1, 2, 3, 4])
  await place.store.log.sweep(place.clock.now + LIMITS.passedKeptFor + 1)
  assert.deepEqual(await kept(), [3, 4])
  await place.store.log.sweep(place.clock.now + LIMITS.retentionFor)
  assert.deepEqual(await kept(), [3, 4])
  await place.store.log.sweep(place.clock.now + LIMITS.retentionFor + 1)
  assert.deepEqual(await kept(), [])
  assert.equal((await place.rooms.placesOf(ben))[0]?.oldest, 5)
})

test("one pull is bounded in rows and in bytes, and never empty while something follows", async (t) => {
  const place = await openTestStore(t)
  const anna = await somebody(place, "anna")
  await letIn(place, [anna])
  await Promise.all(Array.from({ length: LIMITS.pullRows + 1 }, () => say(place, anna, 0)))
  const large = 39 * 1024
  for (let count = 0; count < 8; count++) await say(place, anna, 0, large)
  const countAfter = async (seq: number, limit?: number) => (await place.rooms.log(GENERAL, seq, limit)).length
  assert.equal(await countAfter(0), LIMITS.pullRows)
  assert.equal(await countAfter(0, 3), 3)
  assert.equal(await countAfter(LIMITS.pullRows + 1), Math.floor(LIMITS.bufferedPause / (large + 200)))
  assert.equal(await countAfter(LIMITS.pullRows + 8), 1)
  assert.equal(await countAfter(LIMITS.pullRows + 9), 0)
})

test("the hot questions are answered from an index", async (t) => {
  const { store } = await openTestStore(t)
  const plans = await Promise.all([
    store.plan(PULL, [GENERAL, 0, 128]),
    store.plan(SIZES, [GENERAL, 0, 128]),
    store.plan(CURSORS, ["device"]),
    store.plan(FACTS, ["[]"]),
    store.plan(FIND_SESSION, [new Uint8Array(32), 0]),
  ])
  for (const plan of plans) {
    const scans = plan.filter((step) => step.startsWith("SCAN") && !step.includes("VIRTUAL TABLE"))
    assert.deepEqual(scans, [])
  }
})

test("a full disk refuses with storage_full, stores nothing of it, and is over when there is room again", async (t) => {
  const place = await openTestStore(t)
  const anna = await somebody(place, "anna")
  await letIn(place, [anna])
  await place.store.setMaxPages(1)
  const refused = await Promise.allSettled(Array.from({ length: 40 }, () => say(place, anna, 0, 30_000)))
  for (const result of refused) assert.equal(result.status === "rejected" && result.reason.code, "storage_full")
  assert.deepEqual(await place.rooms.log(GENERAL, 0), [])
  await place.store.setMaxPages(1_000_000)
  assert.equal((await say(place, anna, 0)).seq, 1)
  assert.equal((await place.rooms.log(GENERAL, 0)).length, 1)
})
