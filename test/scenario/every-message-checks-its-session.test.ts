import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import test from "node:test"
import { COMMANDS } from "../../src/server/commands.ts"
import { API } from "../../src/shared/api.ts"
import { CLOSE_CODES } from "../../src/shared/errors.ts"
import type { ClientMessage, ClientMessageOf, ServerMessage } from "../../src/shared/protocol.ts"
import { connect, type TestSocket } from "../helpers/ws-client.ts"
import { applicationMessage, randomId } from "../helpers/ws-messages.ts"
import { GENERAL_ROOM_ID, startTestServer, type TestServer } from "../helpers/ws-server.ts"

const room = GENERAL_ROOM_ID

type Answer = ServerMessage["type"] | "nothing"

/** For each message: what to send, and what answers a member of the room, and somebody else who is logged in. */
const MESSAGES: {
  readonly [T in ClientMessage["type"]]: {
    readonly make: (after: number) => ClientMessageOf<T>
    readonly member: Answer
    readonly outsider: Answer
  }
} = {
  resume: { make: (seq) => ({ type: "resume", cursors: [{ room, seq }] }), member: "ready", outsider: "ready" },
  send: {
    make: (after) => ({ type: "send", id: randomId(), room, after, message: applicationMessage(1) }),
    member: "sent",
    outsider: "refused",
  },
  persisted: { make: (seq) => ({ type: "persisted", room, seq }), member: "nothing", outsider: "error" },
  read: { make: (seq) => ({ type: "read", room, seq }), member: "nothing", outsider: "error" },
  typing: { make: () => ({ type: "typing", room }), member: "nothing", outsider: "error" },
  ping: { make: () => ({ type: "ping" }), member: "pong", outsider: "pong" },
}

const notPresence = ({ type }: ServerMessage) => type !== "presence"

/** Sends a message and waits for its answer; with `nothing`, sees that none came by the time a ping is answered. */
async function assertAnswered(socket: TestSocket, message: ClientMessage, wanted: Answer): Promise<void> {
  socket.send(message)
  const answer = wanted === "nothing" ? undefined : await socket.next(wanted)
  const others = (await socket.everything()).filter(({ type }) => type !== "presence" && type !== "entry")
  assert.deepEqual(others, [], `${message.type} was answered by ${answer?.type ?? wanted}`)
}

async function statuses(server: TestServer, cookies: readonly (string | undefined)[]): Promise<(number | "open")[]> {
  return Promise.all(
    cookies.map(async (cookie) => {
      const answer = await connect(server.port, { cookie })
      if (typeof answer === "number") return answer
      await answer.close()
      return "open"
    }),
  )
}

test("every message of the protocol stands in this table and in the server's", () => {
  assert.deepEqual(Object.keys(COMMANDS).sort(), Object.keys(MESSAGES).sort())
})

test("without a session, with a made-up, a changed or a misplaced one there is no WebSocket to send anything on", async (t) => {
  const server = await startTestServer(t, { accounts: 2 })
  const { cookie } = server.person(0)
  const changed = cookie.slice(0, -1) + (cookie.endsWith("A") ? "B" : "A")
  const madeUp = `__Host-session=${randomBytes(32).toString("base64url")}`
  const token = cookie.slice("__Host-session=".length)
  const misplaced = [`__Host-browser=${token}`, `session=${token}`, `__Host-Session=${token}`]
  const bad = [undefined, "", "__Host-session=", "__Host-session=AAAA", changed, madeUp, ...misplaced]
  assert.deepEqual(
    await statuses(server, bad),
    bad.map(() => 401),
  )
  assert.deepEqual(await statuses(server, [cookie, `a=b; ${cookie}; c=d`]), ["open", "open"])
})

test("a page of another site gets no WebSocket, whatever cookies the browser sends", async (t) => {
  const server = await startTestServer(t, { accounts: 1 })
  const { cookie } = server.person(0)
  const own = `https://127.0.0.1:${server.port}`
  const foreign = ["https://evil.example", "null", "", own.replace("https", "http"), `${own}.evil.example`, `${own}/`]
  for (const origin of [...foreign, null])
    assert.equal(await connect(server.port, { cookie, origin }), 403, `Origin: ${origin}`)
  for (const path of ["/", "/ws/", "/ws?room=1", "/wss", "/api/session"])
    assert.equal(await connect(server.port, { cookie, path }), 404, path)
})

for (const [type, { make, member, outsider }] of Object.entries(MESSAGES)) {
  test(`${type}: a member gets ${member}, who is not in the room ${outsider}`, async (t) => {
    const server = await startTestServer(t, { accounts: 2, members: 1 })
    for (const [index, wanted] of [member, outsider].entries()) {
      const socket =
        type === "resume" ? await server.open({ cookie: server.person(index).cookie }) : await server.online(index, 0)
      await assertAnswered(socket, make(server.after), wanted)
    }
  })

  test(`${type}: after the session has ended, there is no connection that could take it`, async (t) => {
    const server = await startTestServer(t, { accounts: 1 })
    const { cookie } = server.person(0)
    const socket = type === "resume" ? await server.open({ cookie }) : await server.online(0, 0)
    const { status } = await server.http(API.logOut.path, cookie, {})
    assert.equal(status, 200)
    socket.send(make(server.after))
    assert.equal((await socket.closed).code, CLOSE_CODES.session_ended.code)
    assert.deepEqual(socket.inbox.filter(notPresence), [])
    assert.deepEqual(await statuses(server, [cookie]), [401])
  })
}

test("one who is not in a room neither gets its entries nor learns of them", async (t) => {
  const server = await startTestServer(t, { accounts: 2, members: 1 })
  const [member, outsider] = [await server.online(0), await server.open({ cookie: server.person(1).cookie })]
  outsider.send({ type: "resume", cursors: [{ room, seq: 0 }] })
  assert.deepEqual((await outsider.next("ready")).rooms, [])
  member.send(MESSAGES.send.make(server.after))
  member.send({ type: "typing", room })
  await member.next("sent")
  assert.deepEqual((await outsider.everything()).filter(notPresence), [])
})

test("a session that ran out ends its connection at the next heartbeat", async (t) => {
  let now = Date.now()
  const timers: (() => void)[] = []
  const after = (_: number, run: () => void) => {
    timers.push(run)
    return () => undefined
  }
  const server = await startTestServer(t, { accounts: 1, now: () => now, after })
  const socket = await server.online(0)
  now += 31 * 24 * 60 * 60 * 1000
  for (const run of timers.splice(0)) run()
  assert.equal((await socket.closed).code, CLOSE_CODES.session_ended.code)
})
