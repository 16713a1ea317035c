import assert from "node:assert/strict"
import test from "node:test"
import type { RoomId } from "../../src/shared/ids.ts"
import type { TestSocket } from "../helpers/ws-client.ts"
import { applicationMessage, commitBody, externalCommit, memberCommit, randomId } from "../helpers/ws-messages.ts"
import { changeRoom, foundGroup, roomsOf } from "../helpers/ws-rooms.ts"
import { startTestServer, type TestServer } from "../helpers/ws-server.ts"

const [ANNA, BEN, CARLA] = [0, 1, 2]

/** Somebody's WebSocket, with these rooms told as known up to these places. */
async function online(server: TestServer, index: number, cursors: readonly { room: RoomId; seq: number }[]) {
  const socket = await server.open({ cookie: server.person(index).cookie })
  socket.send({ type: "resume", cursors: [...cursors] })
  return { socket, ready: await socket.next("ready") }
}

async function say(socket: TestSocket, room: RoomId, after: number): Promise<number> {
  socket.send({ type: "send", id: randomId(), room, after, message: applicationMessage(1, 200, room) })
  return (await socket.next("sent")).seq
}

const seqsOf = (messages: Awaited<ReturnType<TestSocket["everything"]>>) =>
  messages.flatMap((each) => (each.type === "entry" ? [each.seq] : []))

test("while it is connected: the commit that removed it is the last that it gets", async (t) => {
  const server = await startTestServer(t, { accounts: 3, members: 0 })
  const room = await foundGroup(server, ANNA, [BEN])
  const anna = await online(server, ANNA, [{ room, seq: 0 }])
  const ben = await online(server, BEN, [])
  assert.equal(ben.ready.rooms[0]?.welcome, 0)
  await say(anna.socket, room, 0)
  const removed = await changeRoom(server, ANNA, room, { after: 0, epoch: 2, removed: [BEN] })
  assert.equal(removed, 2)
  await say(anna.socket, room, removed)
  anna.socket.send({ type: "typing", room })
  anna.socket.send({ type: "read", room, seq: 3 })
  await anna.socket.everything()
  const got = await ben.socket.everything()
  assert.deepEqual(seqsOf(got), [1, 2])
  assert.deepEqual(
    got.filter(({ type }) => type !== "entry" && type !== "presence"),
    [{ type: "removed", room, seq: removed }],
  )
})

test("when it comes back later: everything up to that commit, and the room stands there until it has persisted it", async (t) => {
  const server = await startTestServer(t, { accounts: 2, members: 0 })
  const room = await foundGroup(server, ANNA, [BEN])
  const anna = await online(server, ANNA, [{ room, seq: 0 }])
  await say(anna.socket, room, 0)
  const removed = await changeRoom(server, ANNA, room, { after: 0, epoch: 2, removed: [BEN] })
  await say(anna.socket, room, removed)
  const { socket, ready } = await online(server, BEN, [{ room, seq: 0 }])
  assert.deepEqual(ready.rooms, [{ room, kind: "group", head: removed, delivered: 0, removed }])
  assert.deepEqual(seqsOf(await socket.take("entry", 2)), [1, 2])
  await say(anna.socket, room, removed)
  socket.send({ type: "persisted", room, seq: removed })
  assert.deepEqual(seqsOf(await socket.everything()), [])
  // Nothing answers `persisted`: it is on the disk when the room is gone.
  let rooms = ready.rooms.length
  while (rooms > 0) rooms = (await online(server, BEN, [{ room, seq: removed }])).ready.rooms.length
})

test("it may neither send nor commit nor signal, and hears that it is not in the room", async (t) => {
  const server = await startTestServer(t, { accounts: 2, members: 0 })
  const room = await foundGroup(server, ANNA, [BEN])
  const { socket } = await online(server, BEN, [{ room, seq: 0 }])
  const removed = await changeRoom(server, ANNA, room, { after: 0, epoch: 2, removed: [BEN] })
  socket.send({ type: "send", id: randomId(), room, after: removed, message: applicationMessage(1, 200, room) })
  assert.equal((await socket.next("refused")).code, "not_a_member")
  for (const type of ["typing", "read"] as const) {
    socket.send(type === "typing" ? { type, room } : { type, room, seq: removed })
    assert.equal((await socket.next("error")).code, "not_a_member")
  }
  const body = commitBody(removed, memberCommit(2, 400, room), 3, room)
  await assert.rejects(roomsOf(server, BEN).commit(room, body), { code: "not_a_member" })
})

test("it may come back by an external commit, and gets what comes after that", async (t) => {
  const server = await startTestServer(t, { accounts: 2, members: 0 })
  const room = await foundGroup(server, ANNA, [BEN])
  const anna = await online(server, ANNA, [{ room, seq: 0 }])
  const { socket } = await online(server, BEN, [{ room, seq: 0 }])
  const removed = await changeRoom(server, ANNA, room, { after: 0, epoch: 2, removed: [BEN] })
  await say(anna.socket, room, removed)
  const { seq } = await roomsOf(server, BEN).groupInfo(room)
  const back = await roomsOf(server, BEN).commit(room, commitBody(seq, externalCommit(2, 400, room), 3, room))
  const said = await say(anna.socket, room, back.seq)
  assert.deepEqual(seqsOf(await socket.take("entry", 2)), [removed, said])
  assert.equal(await say(socket, room, back.seq), said + 1)
})

test("removed once more, it gets nothing of what was said between", async (t) => {
  const server = await startTestServer(t, { accounts: 2, members: 0 })
  const room = await foundGroup(server, ANNA, [BEN])
  const anna = await online(server, ANNA, [{ room, seq: 0 }])
  const { socket } = await online(server, BEN, [{ room, seq: 0 }])
  const first = await changeRoom(server, ANNA, room, { after: 0, epoch: 2, removed: [BEN] })
  await say(anna.socket, room, first)
  await changeRoom(server, ANNA, room, { after: first, epoch: 3, removed: [BEN] })
  await anna.socket.everything()
  assert.deepEqual(seqsOf(await socket.everything()), [first])
})

test("a device that was added is told at once, and gets what is said from then on", async (t) => {
  const server = await startTestServer(t, { accounts: 3, members: 0 })
  const carla = await online(server, CARLA, [])
  const room = await foundGroup(server, ANNA, [BEN])
  const anna = await online(server, ANNA, [{ room, seq: 0 }])
  await say(anna.socket, room, 0)
  const seq = await changeRoom(server, ANNA, room, { after: 0, epoch: 2, added: [CARLA] })
  assert.deepEqual(await carla.socket.next("invited"), { type: "invited", room, kind: "group", seq })
  assert.equal((await roomsOf(server, CARLA).welcome(room)).seq, seq)
  const said = await say(anna.socket, room, seq)
  assert.deepEqual(seqsOf(await carla.socket.take("entry", 1)), [said])
})

test("a founding is told to all whom it adds, who hear of marks and departures from then on", async (t) => {
  const server = await startTestServer(t, { accounts: 2, members: 0 })
  const [anna, ben] = [await online(server, ANNA, []), await online(server, BEN, [])]
  const room = await foundGroup(server, ANNA, [BEN])
  assert.deepEqual(await ben.socket.next("invited"), { type: "invited", room, kind: "group", seq: 0 })
  const said = await say(ben.socket, room, 0)
  anna.socket.send({ type: "persisted", room, seq: said })
  anna.socket.send({ type: "read", room, seq: said })
  const marks = { account: "person-0", delivered: said, read: said }
  const isWhole = () =>
    ben.socket.inbox.some((each) => each.type === "marks" && JSON.stringify(each.marks) === JSON.stringify(marks))
  await ben.socket.until(isWhole)
  assert.deepEqual((await roomsOf(server, BEN).marks(room)).marks[0], marks)
})

test("the devices of an account that a room is founded or changed without are told, and no others", async (t) => {
  const server = await startTestServer(t, { accounts: 3, devices: 2, members: 0 })
  const device = async (index: number) => (await online(server, index, [])).socket
  const [founders, bens, carlas] = [await device(1), await device(3), await device(5)]
  const told = async (socket: typeof bens) =>
    (await socket.everything()).filter(({ type }) => type === "elsewhere" || type === "invited")
  const room = await foundGroup(server, 0, [2])
  const elsewhere = { type: "elsewhere", room, kind: "group" }
  for (const socket of [founders, bens]) assert.deepEqual(await told(socket), [elsewhere])
  assert.deepEqual(await told(carlas), [])
  const seq = await changeRoom(server, 0, room, { after: 0, epoch: 2, added: [3, 4] })
  assert.deepEqual(await told(bens), [{ type: "invited", room, kind: "group", seq }])
  assert.deepEqual(await told(carlas), [elsewhere])
  assert.deepEqual(await told(founders), [], "only of accounts that something has changed for")
})
