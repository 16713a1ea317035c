import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import test from "node:test"
import { CLOSE_CODES, type CloseReason } from "../../src/shared/errors.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { clientMessage, writeFrame } from "../../src/shared/protocol.ts"
import type { TestSocket } from "../helpers/ws-client.ts"
import { applicationMessage, randomDevice, randomId } from "../helpers/ws-messages.ts"
import { GENERAL_ROOM_ID, startTestServer, type TestServer } from "../helpers/ws-server.ts"

const room = GENERAL_ROOM_ID
const goodSend = { type: "send", id: randomId(), room, after: 0, message: applicationMessage(0) } as const
const sendWith = (change: object): string =>
  JSON.stringify({ ...JSON.parse(writeFrame(clientMessage, goodSend)), ...change })
const nested = (depth: number): string => "[".repeat(depth)

/** What breaks the form of a message, by what is wrong with it: the connection ends with `bad_message`. */
const BAD_TEXTS: Readonly<Record<string, string>> = {
  "is empty": "",
  "is not JSON": "{oops",
  "is JSON and no object": "17",
  "is null": "null",
  "is a list": "[]",
  "has no type": "{}",
  "has an unknown type": '{"type":"shutdown"}',
  "has a type that every object has": '{"type":"constructor"}',
  "has a type that is no text": '{"type":["ping"]}',
  "has an unknown field": '{"type":"ping","now":1}',
  "sets a prototype": '{"type":"ping","__proto__":{}}',
  "lacks a field": '{"type":"typing"}',
  "names an impossible room": '{"type":"typing","room":"../../etc/passwd"}',
  "has a number where text belongs": '{"type":"typing","room":7}',
  "has a seq below zero": `{"type":"persisted","room":"${room}","seq":-1}`,
  "has a seq that is no whole number": `{"type":"persisted","room":"${room}","seq":1.5}`,
  "has a seq that no number holds": `{"type":"persisted","room":"${room}","seq":1e400}`,
  "has a seq beyond what is exact": `{"type":"persisted","room":"${room}","seq":9007199254740993}`,
  "speaks for another device": sendWith({ device: randomDevice() }),
  "names another sender": sendWith({ sender: "person-1" }),
  "has an id that is too short": sendWith({ id: "AAAA" }),
  "has an id with unused bits set": sendWith({ id: "AAAAAAAAAAAAAAAAAAAAAB" }),
  "has padding in its bytes": sendWith({ message: "AAA=" }),
  "has no bytes": sendWith({ message: "" }),
  "has a message that is one byte too long": sendWith({
    message: randomBytes(LIMITS.messageMax + 1).toString("base64url"),
  }),
  "is 60 KiB of opening brackets": nested(60 * 1024),
  "hides depth in a field": sendWith({ message: JSON.parse(`${nested(500)}${"]".repeat(500)}`) }),
}

/** What breaks the rules below that (RFC 6455): sent as raw bytes or by ws, closed with its code. */
const BAD_FRAMES: Readonly<Record<string, { readonly code: number; readonly send: (socket: TestSocket) => void }>> = {
  "is binary": { code: CLOSE_CODES.binary_frame.code, send: ({ webSocket }) => webSocket.send(randomBytes(8)) },
  "is one byte too large": {
    code: CLOSE_CODES.frame_too_large.code,
    send: (socket) => socket.raw("a".repeat(LIMITS.frameMax + 1)),
  },
  "is too large in two fragments": {
    code: CLOSE_CODES.frame_too_large.code,
    send: ({ webSocket }) => {
      webSocket.send("a".repeat(LIMITS.frameMax), { fin: false })
      webSocket.send("a", { fin: true })
    },
  },
  "is not UTF-8": {
    code: 1007,
    send: ({ webSocket }) => webSocket.send(Buffer.from([0xff, 0xfe]), { binary: false }),
  },
  "comes in far too many fragments": {
    code: 1008,
    send: ({ webSocket }) => {
      for (let piece = 0; piece < 100; piece++) webSocket.send(" ", { fin: false })
    },
  },
  "has a reserved opcode": { code: 1002, send: (socket) => rawBytes(socket, [0x83, 0x80, 0, 0, 0, 0]) },
  "has a reserved bit set": { code: 1002, send: (socket) => rawBytes(socket, [0xc1, 0x80, 0, 0, 0, 0]) },
  "is not masked": { code: 1002, send: (socket) => rawBytes(socket, [0x81, 0x02, 0x7b, 0x7d]) },
}

/** Writes below ws, on the socket that it holds. */
function rawBytes({ webSocket }: TestSocket, bytes: readonly number[]): void {
  const socket: unknown = Reflect.get(webSocket, "_socket")
  assert(socket instanceof Object && "write" in socket && typeof socket.write === "function")
  socket.write(Buffer.from(bytes))
}

async function assertHealthy(server: TestServer): Promise<void> {
  const { status } = await server.http("/healthz")
  assert.equal(status, 200)
  assert.deepEqual(server.reports, [])
}

async function assertCloses(socket: TestSocket, reason: CloseReason): Promise<string> {
  const closed = await socket.closed
  assert.equal(closed.code, CLOSE_CODES[reason].code)
  return closed.reason
}

test("a text that is no message closes with bad_message, and its reason repeats nothing of it", async (t) => {
  const server = await startTestServer(t, { accounts: 2 })
  const witness = await server.online(1)
  for (const [what, text] of Object.entries(BAD_TEXTS)) {
    const socket = await server.online(0)
    socket.raw(text)
    const reason = await assertCloses(socket, "bad_message").catch((error: unknown) => {
      throw new Error(`a frame that ${what}`, { cause: error })
    })
    assert.match(reason, /^message[\w.[\]]*: [a-z]/, what)
    assert.doesNotMatch(reason, /passwd|oops|shutdown/, what)
  }
  await assertHealthy(server)
  assert.deepEqual(
    (await witness.everything()).filter(({ type }) => type !== "presence"),
    [],
  )
})

test("a frame that breaks RFC 6455 or the limits closes with the code for it", async (t) => {
  const server = await startTestServer(t, { accounts: 1 })
  for (const [what, { code, send }] of Object.entries(BAD_FRAMES)) {
    const socket = await server.online(0)
    send(socket)
    assert.equal((await socket.closed).code, code, `a frame that ${what}`)
  }
  await assertHealthy(server)
})

test("a good message in two fragments is taken like one in a single frame", async (t) => {
  const server = await startTestServer(t, { accounts: 1 })
  const socket = await server.online(0)
  socket.webSocket.send('{"type":', { fin: false })
  socket.webSocket.send('"ping"}', { fin: true })
  await socket.next("pong")
})

test("anything but resume first, a second resume, or something before ready is the wrong order", async (t) => {
  const server = await startTestServer(t, { accounts: 1 })
  const { cookie } = server.person(0)
  const resume = { type: "resume", cursors: [] } as const
  const inOneTurn: Readonly<Record<string, readonly Parameters<TestSocket["send"]>[0][]>> = {
    "a ping first": [{ type: "ping" }],
    "a send first": [goodSend],
    "two resumes at once": [resume, resume],
    "a ping before ready": [resume, { type: "ping" }],
  }
  for (const [what, messages] of Object.entries(inOneTurn)) {
    const socket = await server.open({ cookie })
    for (const message of messages) socket.send(message)
    assert.equal((await socket.closed).code, CLOSE_CODES.wrong_order.code, what)
  }
  const late = await server.online(0)
  late.send(resume)
  await assertCloses(late, "wrong_order")
  await assertHealthy(server)
})

test("what is well formed but not allowed is refused in words, and the connection stays", async (t) => {
  const server = await startTestServer(t, { accounts: 2, members: 1 })
  const [member, outsider] = [await server.online(0), await server.online(1)]
  const { after } = server
  const send = (socket: TestSocket, change: Partial<typeof goodSend> | object) =>
    socket.send({ ...goodSend, id: randomId(), after, ...change })
  send(member, { message: randomBytes(100) })
  assert.equal((await member.next("refused")).code, "bad_request")
  send(member, { after: after + 5 })
  assert.deepEqual(
    { ...(await member.next("refused")), id: "" },
    { type: "refused", id: "", room, code: "stale", seq: after },
  )
  send(outsider, {})
  assert.equal((await outsider.next("refused")).code, "not_a_member")
  outsider.send({ type: "persisted", room, seq: 0 })
  assert.equal((await outsider.next("error")).code, "not_a_member")
  outsider.send({ type: "typing", room })
  assert.equal((await outsider.next("error")).code, "not_a_member")
  member.send({ type: "persisted", room, seq: 1_000 })
  assert.equal((await member.next("error")).code, "bad_request")
  send(member, {})
  await member.next("sent")
  await assertHealthy(server)
})
