import assert from "node:assert/strict"
import test from "node:test"
import { API } from "../../src/shared/api.ts"
import { CLOSE_CODES } from "../../src/shared/errors.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import type { ServerMessageOf } from "../../src/shared/protocol.ts"
import type { TestSocket } from "../helpers/ws-client.ts"
import { applicationMessage, commitBody, externalCommit, memberCommit, randomId } from "../helpers/ws-messages.ts"
import { GENERAL_ROOM_ID, type Past, startTestServer, type TestServer } from "../helpers/ws-server.ts"

const room = GENERAL_ROOM_ID
/** More than one pull from the log, and not a multiple of it. */
const MANY = 2 * LIMITS.pullRows + 45

const said =
  (count: number) =>
  async ({ rooms, people, after }: Past): Promise<void> => {
    const session = people[0]?.session
    assert(session)
    const message = () => ({ id: randomId(), room, after, message: applicationMessage(1) })
    await Promise.all(Array.from({ length: count }, () => rooms.send(session, message())))
  }

const seqs = (entries: readonly ServerMessageOf<"entry">[]): number[] => entries.map(({ seq }) => seq)
const from = (first: number, count: number): number[] => Array.from({ length: count }, (_, index) => first + index)

function say(socket: TestSocket, after: number) {
  const id = randomId()
  socket.send({ type: "send", id, room, after, message: applicationMessage(1) })
  return id
}

/** Posts a commit; resolves to its seq. */
async function commit(
  server: TestServer,
  index: number,
  after: number,
  commit: Uint8Array<ArrayBuffer>,
  epoch: number,
) {
  const route = API.commit.path.replace(":room", room)
  const { status, body: answer } = await server.http(
    route,
    server.person(index).cookie,
    API.commit.body.write(commitBody(after, commit, epoch)),
  )
  assert.equal(status, 200, answer)
  return API.commit.answer.parse(JSON.parse(answer), "answer").seq
}

test("a device that was away gets all it missed, in order, once, and then what is new", async (t) => {
  const server = await startTestServer(t, { accounts: 2, before: said(MANY) })
  const back = await server.online(1)
  const first = server.after + 1
  assert.deepEqual(seqs(await back.take("entry", MANY)), from(first, MANY))
  const other = await server.online(0, first + MANY - 1)
  for (const _ of from(0, 40)) say(other, server.after)
  assert.deepEqual(seqs(await back.take("entry", 40)), from(first + MANY, 40))
  assert.deepEqual(seqs(await other.take("entry", 40)), from(first + MANY, 40))
})

test("what is said while a device catches up comes after what it missed, without a gap", async (t) => {
  const server = await startTestServer(t, { accounts: 2, before: said(MANY) })
  const head = server.after + MANY
  const talker = await server.online(0, head)
  const returning = server.online(1)
  for (const _ of from(0, 100)) say(talker, server.after)
  const back = await returning
  assert.deepEqual(seqs(await back.take("entry", MANY + 100)), from(server.after + 1, MANY + 100))
})

/** Says where a device stands; resolves to what the server says of the room, and to the entries that follow by themselves. */
async function standing(server: TestServer, index: number, seq: number) {
  const socket = await server.open({ cookie: server.person(index).cookie })
  socket.send({ type: "resume", cursors: [{ room, seq }] })
  const [state] = (await socket.next("ready")).rooms
  return { behind: state?.behind, entries: (await socket.everything()).filter(({ type }) => type === "entry") }
}

test("a device that kept less than it said before is told to join again, and gets nothing", async (t) => {
  const server = await startTestServer(t, { accounts: 2 })
  const [talker, first] = [await server.online(0), await server.online(1)]
  for (const _ of from(0, 10)) say(talker, server.after)
  await first.take("entry", 10)
  first.send({ type: "persisted", room, seq: server.after + 10 })
  assert.equal((await talker.next("delivered")).seq, server.after + 10)
  assert.deepEqual(await standing(server, 1, server.after + 6), { behind: "behind", entries: [] })
})

test("a device that claims to hold more than the log has gets what comes next", async (t) => {
  const server = await startTestServer(t, { accounts: 2, before: said(3) })
  const ahead = await server.online(1, 1_000_000)
  const other = await server.online(0, server.after + 3)
  say(other, server.after)
  assert.equal((await ahead.next("entry")).seq, server.after + 4)
})

test("nobody gets what is older than its own joining: a device that asks for it has lost its place", async (t) => {
  const server = await startTestServer(t, { accounts: 3, before: said(2) })
  assert.deepEqual(await standing(server, 1, 0), { behind: "behind", entries: [] })
  const joinedAt = server.person(1).joinedAt ?? Number.NaN
  const middle = await server.online(1, joinedAt)
  assert.equal((await middle.next("entry")).seq, joinedAt + 1)
})

test("a device that joins while it is connected is served from its own commit on", async (t) => {
  const server = await startTestServer(t, { accounts: 2, members: 1, before: said(5) })
  const member = await server.online(0, server.after + 5)
  const joining = await server.online(1)
  const seq = await commit(server, 1, server.after, externalCommit(0), 1)
  assert.equal(seq, 6)
  assert.equal((await member.next("entry")).kind, "commit")
  say(member, seq)
  assert.equal((await joining.next("entry")).seq, seq + 1)
  // Its device enters anew (its state was lost): what it could not read any more is left out.
  const again = await commit(server, 1, seq, externalCommit(1), 2)
  say(member, again)
  assert.equal((await joining.next("entry")).seq, again + 1)
})

test("a member's own commit comes back to it in its place in the log", async (t) => {
  const server = await startTestServer(t, { accounts: 2 })
  const [one, other] = [await server.online(0, server.after), await server.online(1, server.after)]
  const seq = await commit(server, 0, server.after, memberCommit(1), 2)
  for (const socket of [one, other]) assert.equal((await socket.next("entry")).seq, seq)
})

test("a device that fell behind what is kept is told so, and gets nothing of that room", async (t) => {
  const now = Date.now()
  const before = async (past: Past) => {
    await said(5)(past)
    await past.store.log.sweep(now + LIMITS.retentionFor + 1)
  }
  const server = await startTestServer(t, { accounts: 2, now: () => now, before })
  const socket = await server.open({ cookie: server.person(1).cookie })
  socket.send({ type: "resume", cursors: [{ room, seq: server.after }] })
  const head = server.after + 5
  assert.deepEqual((await socket.next("ready")).rooms, [
    { room, kind: "general", head, delivered: 0, behind: "behind" },
  ])
  const other = await server.online(0, head)
  say(other, server.after)
  await other.next("sent")
  assert.deepEqual(
    (await socket.everything()).filter(({ type }) => type === "entry"),
    [],
  )
})

test("many sends in one go are acknowledged in their order, and said again get their first answer", async (t) => {
  const server = await startTestServer(t, { accounts: 1 })
  const socket = await server.online(0)
  const ids = from(0, 200).map(() => say(socket, server.after))
  const sent = await socket.take("sent", 200)
  assert.deepEqual(
    sent.map(({ id, seq }) => [id, seq]),
    ids.map((id, index) => [id, server.after + 1 + index]),
  )
  await socket.take("entry", 200)
  const again = await server.online(0, server.after + 200)
  const [first] = sent
  assert(first)
  again.send({ type: "send", id: first.id, room, after: 0, message: applicationMessage(9) })
  assert.deepEqual(await again.next("sent"), first)
  assert.deepEqual(
    (await again.everything()).filter(({ type }) => type === "entry"),
    [],
  )
})

test("the same device connecting again replaces its older connection", async (t) => {
  const server = await startTestServer(t, { accounts: 1 })
  const older = await server.online(0)
  const newer = await server.online(0)
  assert.equal((await older.closed).code, CLOSE_CODES.replaced.code)
  assert.deepEqual(await newer.everything(), [])
})

test("a sender learns how far somebody else's device has come, and its own devices do not count", async (t) => {
  const server = await startTestServer(t, { accounts: 2, devices: 2 })
  const [sender, second, other] = [await server.online(0, 3), await server.online(1, 3), await server.online(2, 3)]
  for (const _ of from(0, 5)) say(sender, server.after)
  await sender.take("sent", 5)
  second.send({ type: "persisted", room, seq: server.after + 5 })
  other.send({ type: "persisted", room, seq: server.after + 2 })
  other.send({ type: "persisted", room, seq: server.after + 4 })
  await sender.until(() => sender.inbox.some((each) => each.type === "delivered" && each.seq === server.after + 4))
  const marks = (await sender.everything()).flatMap((each) => (each.type === "delivered" ? [each.seq] : []))
  assert.deepEqual(
    marks,
    [...marks].sort((a, b) => a - b),
  )
  assert.equal(marks.at(-1), server.after + 4)
})

test("the server ends with a word to everybody", async (t) => {
  const server = await startTestServer(t, { accounts: 2 })
  const sockets = [await server.online(0), await server.online(1)]
  await server.close()
  for (const socket of sockets) assert.equal((await socket.closed).code, CLOSE_CODES.going_away.code)
})
