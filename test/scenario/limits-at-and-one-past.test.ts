import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import test from "node:test"
import { toBase64Url } from "../../src/shared/bytes.ts"
import { CLOSE_CODES } from "../../src/shared/errors.ts"
import { roomId } from "../../src/shared/ids.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { ManualTime } from "../helpers/manual-time.ts"
import type { TestSocket } from "../helpers/ws-client.ts"
import { applicationMessage, randomId } from "../helpers/ws-messages.ts"
import { GENERAL_ROOM_ID, startTestServer } from "../helpers/ws-server.ts"

const room = GENERAL_ROOM_ID
const SECOND = 1000

const say = (socket: TestSocket, after: number, message = applicationMessage(1)) =>
  socket.send({ type: "send", id: randomId(), room, after, message })

/** An application message of exactly so many bytes. */
function messageOf(size: number): Uint8Array<ArrayBuffer> {
  const guess = applicationMessage(0, size)
  return applicationMessage(0, size + (size - guess.length))
}

test("frameMax: a frame of 65,536 bytes is read, one more byte closes", async (t) => {
  const server = await startTestServer(t, { accounts: 1 })
  const socket = await server.online(0)
  socket.raw('{"type":"ping"}'.padEnd(LIMITS.frameMax))
  await socket.next("pong")
  socket.raw('{"type":"ping"}'.padEnd(LIMITS.frameMax + 1))
  assert.equal((await socket.closed).code, CLOSE_CODES.frame_too_large.code)
})

test("messageMax: a message of 40,960 bytes is taken and comes back whole, one more byte closes", async (t) => {
  const server = await startTestServer(t, { accounts: 1 })
  const socket = await server.online(0)
  const message = messageOf(LIMITS.messageMax)
  assert.equal(message.length, LIMITS.messageMax)
  say(socket, server.after, message)
  assert.deepEqual((await socket.next("entry")).message, message)
  say(socket, server.after, messageOf(LIMITS.messageMax + 1))
  assert.equal((await socket.closed).code, CLOSE_CODES.bad_message.code)
})

test("roomsPerDevice: resume names 1,000 rooms, not 1,001", async (t) => {
  const server = await startTestServer(t, { accounts: 1 })
  const resume = (count: number) => {
    const rooms = Array.from({ length: count }, () => roomId.parse(toBase64Url(randomBytes(16)), "room"))
    return { type: "resume", cursors: rooms.map((each) => ({ room: each, seq: 0 })) } as const
  }
  const { cookie } = server.person(0)
  const good = await server.open({ cookie })
  good.send(resume(LIMITS.roomsPerDevice))
  await good.next("ready")
  const bad = await server.open({ cookie })
  bad.send(resume(LIMITS.roomsPerDevice + 1))
  assert.equal((await bad.closed).code, CLOSE_CODES.bad_message.code)
})

test("framesAtOnce: 1,000 frames at once are answered, the next one is flooding; time gives room for more", async (t) => {
  const time = new ManualTime()
  const server = await startTestServer(t, { accounts: 1, now: time.now, after: time.after })
  const socket = await server.online(0)
  const ping = (count: number) => {
    for (let number = 0; number < count; number++) socket.raw('{"type":"ping"}')
  }
  // `resume` was the first of them.
  ping(LIMITS.framesAtOnce - 1)
  await socket.take("pong", LIMITS.framesAtOnce - 1)
  time.pass(SECOND)
  ping(LIMITS.framesPerSecond)
  await socket.take("pong", LIMITS.framesPerSecond)
  ping(1)
  assert.equal((await socket.closed).code, CLOSE_CODES.flooding.code)
})

test("framesAtOnce: frames that only ask for a pong, or are one, count as well", async (t) => {
  const time = new ManualTime()
  const server = await startTestServer(t, { accounts: 1, now: time.now, after: time.after })
  const asking = await server.online(0)
  // One by one: ws itself cuts off who asks for many pongs and reads none.
  const answered = () => Promise.race([once(asking.webSocket, "pong"), asking.closed])
  for (let number = 0; number < LIMITS.framesAtOnce; number++) {
    asking.webSocket.ping()
    await answered()
  }
  assert.equal((await asking.closed).code, CLOSE_CODES.flooding.code)
  const answering = await server.online(0)
  for (let number = 0; number < LIMITS.framesAtOnce; number++) answering.webSocket.pong()
  assert.equal((await answering.closed).code, CLOSE_CODES.flooding.code)
})

test("framesAtOnce: what the rate of messages counts is not counted twice", async (t) => {
  const time = new ManualTime()
  const server = await startTestServer(t, { accounts: 1, now: time.now, after: time.after })
  const socket = await server.online(0)
  for (let number = 0; number < LIMITS.framesAtOnce + 10; number++) say(socket, server.after)
  await socket.take("sent", LIMITS.framesAtOnce + 10)
})

test("LIMIT_MESSAGES: the burst is sent, the next message is refused with the seconds, after which it is taken", async (t) => {
  const time = new ManualTime()
  const settings = { LIMIT_MESSAGES: "3, 1/s, pause 10s" }
  const server = await startTestServer(t, { accounts: 2, settings, now: time.now, after: time.after })
  const [socket, other] = [await server.online(0), await server.online(1)]
  for (let number = 0; number < 4; number++) say(socket, server.after)
  const { code, seconds } = await socket.next("refused")
  assert.deepEqual({ code, seconds }, { code: "rate_limited", seconds: 10 })
  await socket.take("sent", 3)
  say(other, server.after)
  await other.next("sent")
  time.pass(9 * SECOND)
  say(socket, server.after)
  assert.equal((await socket.next("refused")).seconds, 1)
  time.pass(SECOND)
  say(socket, server.after)
  await socket.next("sent")
})

test("LIMIT_TYPING: one signal too many is answered with the seconds and goes to nobody", async (t) => {
  const time = new ManualTime()
  const settings = { LIMIT_TYPING: "2, 1/s" }
  const server = await startTestServer(t, { accounts: 2, settings, now: time.now, after: time.after })
  const [socket, other] = [await server.online(0), await server.online(1)]
  for (let number = 0; number < 3; number++) socket.send({ type: "typing", room })
  assert.deepEqual(await socket.next("error"), { type: "error", code: "rate_limited", seconds: 1 })
  const typing = (await other.everything()).filter(({ type }) => type === "typing")
  assert.deepEqual(typing, Array(2).fill({ type: "typing", room, account: "person-0" }))
})

test("resumeWithin: who has not resumed 10 seconds after the handshake is closed, who has is not", async (t) => {
  const time = new ManualTime()
  const server = await startTestServer(t, { accounts: 2, now: time.now, after: time.after })
  const silent = await server.open({ cookie: server.person(0).cookie })
  const ready = await server.online(1)
  time.pass(LIMITS.resumeWithin - 1)
  // The answer to a handshake begun now comes after whatever the timer would have done.
  await server.http("/healthz")
  assert.equal(silent.webSocket.readyState, silent.webSocket.OPEN)
  time.pass(1)
  assert.equal((await silent.closed).code, CLOSE_CODES.wrong_order.code)
  await ready.everything()
})

test("heartbeatEvery: who answers pings stays, who misses one is gone at the next", async (t) => {
  const time = new ManualTime()
  const server = await startTestServer(t, { accounts: 2, now: time.now, after: time.after })
  const [alive, dead] = [await server.online(0), await server.online(1)]
  Reflect.set(dead.webSocket, "_autoPong", false)
  const pinged = [alive, dead].map(({ webSocket }) => new Promise((resolve) => webSocket.once("ping", resolve)))
  time.pass(LIMITS.heartbeatEvery)
  await Promise.all(pinged)
  await alive.everything()
  time.pass(LIMITS.heartbeatEvery)
  assert.equal((await dead.closed).code, 1006)
  await alive.everything()
})

test("presenceGrace: a reload is no absence, five seconds are; logging out counts at once", async (t) => {
  const time = new ManualTime()
  const server = await startTestServer(t, { accounts: 3, now: time.now, after: time.after })
  const witness = await server.online(2)
  const first = await server.online(0)
  assert.deepEqual(await witness.next("presence"), { type: "presence", account: "person-0", online: true })
  await first.close()
  time.pass(LIMITS.presenceGrace - 1)
  const second = await server.online(0)
  assert.deepEqual(await witness.everything(), [])
  await second.close()
  await server.http("/healthz")
  time.pass(LIMITS.presenceGrace)
  assert.deepEqual(await witness.next("presence"), { type: "presence", account: "person-0", online: false })
  await server.online(1)
  assert.equal((await witness.next("presence")).online, true)
  await server.http("/api/log-out", server.person(1).cookie, {})
  assert.deepEqual(await witness.next("presence"), { type: "presence", account: "person-1", online: false })
})
