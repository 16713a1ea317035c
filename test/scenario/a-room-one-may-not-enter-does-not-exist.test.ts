import assert from "node:assert/strict"
import test from "node:test"
import type { RoomId } from "../../src/shared/ids.ts"
import { privateRoomId } from "../../src/shared/private-room.ts"
import {
  applicationMessage,
  commitBody,
  departureOf,
  externalCommit,
  groupFounding,
  memberCommit,
  newGroupId,
  privateFounding,
  randomId,
} from "../helpers/ws-messages.ts"
import { foundGroup, roomsOf } from "../helpers/ws-rooms.ts"
import { startTestServer, type TestServer } from "../helpers/ws-server.ts"

const [ANNA, BEN, CARLA] = [0, 1, 2]

/** A server with a private chat and a group of anna and ben, and ids of both kinds under which there is nothing. */
async function begin(t: Parameters<typeof startTestServer>[0]) {
  const server = await startTestServer(t, { accounts: 3 })
  const idOf = (one: number, other: number) =>
    privateRoomId(server.person(one).accountKey, server.person(other).accountKey)
  const { session } = server.person(BEN)
  const chat = await idOf(ANNA, BEN)
  await roomsOf(server, ANNA).found(chat, privateFounding(chat, session.account.name, [session.device]))
  const group = await foundGroup(server, ANNA, [BEN])
  return { server, chat, group, there: [chat, group], absent: [await idOf(BEN, BEN), newGroupId()] }
}

/** Everything that somebody may try with a room of which only the id is known, each with the refusal. */
async function refusals(server: TestServer, index: number, room: RoomId): Promise<string[]> {
  const rooms = roomsOf(server, index)
  const own = server.person(index)
  const asked = {
    groupInfo: () => rooms.groupInfo(room),
    external: () => rooms.commit(room, commitBody(0, externalCommit(1, 400, room), 2, room)),
    commit: () => rooms.commit(room, commitBody(0, memberCommit(1, 400, room), 2, room)),
    welcome: () => rooms.welcome(room),
    welcomed: () => rooms.welcomed(room, 0),
    marks: () => rooms.marks(room),
    depart: () => rooms.depart(room, departureOf(own, "room")),
  }
  const answers: string[] = []
  for (const [what, ask] of Object.entries(asked))
    answers.push(
      await ask().then(
        () => `${what} taken`,
        ({ code }) => `${what} ${code}`,
      ),
    )
  return answers
}

test("over HTTPS, a stranger hears the same of a room that exists as of one that does not", async (t) => {
  const { server, there, absent } = await begin(t)
  const missing = ["groupInfo", "external", "commit", "welcome"].map((what) => `${what} not_found`)
  const wanted = [...missing, "welcomed taken", "marks not_found", "depart not_found"]
  for (const room of [...there, ...absent]) assert.deepEqual(await refusals(server, CARLA, room), wanted)
})

test("over the WebSocket, a stranger hears the same of a room that exists as of one that does not", async (t) => {
  const { server, there, absent } = await begin(t)
  const [anna, carla] = [await server.online(ANNA), await server.online(CARLA)]
  for (const room of there) {
    anna.send({ type: "send", id: randomId(), room, after: 0, message: applicationMessage(1, 200, room) })
    await anna.next("sent")
  }
  for (const room of [...there, ...absent]) {
    carla.send({ type: "send", id: randomId(), room, after: 0, message: applicationMessage(1, 200, room) })
    assert.equal((await carla.next("refused")).code, "not_a_member")
    for (const seq of [0, 1, 2, 99])
      for (const type of ["persisted", "read"] as const) {
        carla.send({ type, room, seq })
        assert.equal((await carla.next("error")).code, "not_a_member", `${type} ${seq}`)
      }
    carla.send({ type: "typing", room })
    assert.equal((await carla.next("error")).code, "not_a_member")
  }
  assert.deepEqual(
    (await carla.everything()).filter(({ type }) => type !== "presence" && type !== "entry"),
    [],
  )
})

test("a stranger founds nobody's private chat, under no kind of room, whether it exists or not", async (t) => {
  const { server, chat } = await begin(t)
  const [anna, ben] = [server.person(ANNA), server.person(BEN)]
  const free = await privateRoomId(anna.accountKey, anna.accountKey)
  const rooms = roomsOf(server, CARLA)
  for (const room of [chat, free]) {
    for (const { session } of [anna, ben])
      await assert.rejects(rooms.found(room, privateFounding(room, session.account.name)), { code: "bad_request" })
    await assert.rejects(rooms.found(room, groupFounding(room)), { code: "bad_request" })
    const general = { ...groupFounding(room), kind: "general" as const }
    await assert.rejects(rooms.found(room, general), { code: "bad_request" })
  }
})

test("an account's other device may enter what one of its devices is in", async (t) => {
  const server = await startTestServer(t, { accounts: 2, devices: 2 })
  const [first, second, other] = [0, 1, 2]
  const room = await foundGroup(server, other, [first])
  assert.equal((await roomsOf(server, second).groupInfo(room)).seq, 0)
  await assert.rejects(roomsOf(server, second).marks(room), { code: "not_found" })
  const joined = await roomsOf(server, second).commit(room, commitBody(0, externalCommit(1, 400, room), 2, room))
  assert.equal(joined.seq, 1)
  assert.equal((await roomsOf(server, second).marks(room)).marks.length, 2)
})
