import assert from "node:assert/strict"
import { EventEmitter, once } from "node:events"
import { createServer } from "node:http"
import { type AddressInfo, connect } from "node:net"
import test, { type TestContext } from "node:test"
import WebSocket from "ws"
import { Gateway, type GatewayOptions } from "../../src/server/gateway.ts"
import type { RoomNews } from "../../src/server/room-news.ts"
import type { Session } from "../../src/server/session.ts"
import { CLOSE_CODES, UserError } from "../../src/shared/errors.ts"
import { accountName, roomId } from "../../src/shared/ids.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { ManualTime } from "../helpers/manual-time.ts"
import { TestSocket } from "../helpers/ws-client.ts"
import { applicationMessage, randomDevice, randomId } from "../helpers/ws-messages.ts"

const room = roomId.parse("general_chat", "room")
const nobody = (): Promise<undefined> => Promise.resolve(undefined)
const person = (id: number): Session => ({
  account: { id, name: accountName.parse(`person-${id}`, "name") },
  device: randomDevice(),
})

const ROOMS: GatewayOptions["rooms"] = {
  send: async () => ({ seq: 1, at: 0, first: true }),
  log: async () => [],
  placesOf: async () => [],
  newsFor: async () => ({ elsewhere: [], departures: [], keyPackages: 0 }),
  persisted: nobody,
  seen: nobody,
  on: () => undefined,
}

/** A gateway behind plain HTTP, with nothing but what a test puts behind it. */
async function start(t: TestContext, replaced: Partial<GatewayOptions> = {}) {
  const server = createServer()
  const reports: string[] = []
  const gateway = new Gateway({
    ...{ server, rooms: ROOMS, findSession: nobody, limiter: { take: () => 0 }, isAllowedOrigin: () => true },
    ...{ sessionLogs: false, ...new ManualTime(), report: (line: string) => reports.push(line) },
    ...replaced,
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  t.after(async () => {
    server.close()
    await gateway.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  /** Resolves to the socket or the status of the refusal. */
  const open = () =>
    new Promise<TestSocket | number>((resolve) => {
      const webSocket = new WebSocket(`ws://127.0.0.1:${port}/ws`)
      const socket = new TestSocket(webSocket)
      webSocket.on("open", () => resolve(socket))
      webSocket.on("unexpected-response", (_, { statusCode = 0 }) => resolve(statusCode))
    })
  const ready = async () => {
    const socket = await open()
    assert(socket instanceof TestSocket)
    socket.send({ type: "resume", cursors: [] })
    await socket.next("ready")
    return socket
  }
  return { gateway, port, reports, open, ready }
}

test("socketsPerAccount: twenty devices of an account connect, not one more; another account still does", async (t) => {
  let next = 1
  const { open } = await start(t, { findSession: async () => person(next) })
  for (let count = 0; count < LIMITS.socketsPerAccount; count++) assert((await open()) instanceof TestSocket)
  assert.equal(await open(), 503)
  next = 2
  assert((await open()) instanceof TestSocket)
})

test("socketsInAll: a thousand connect, not one more; when one is gone the next may", async (t) => {
  let next = 0
  const findSession = async () => person(Math.floor(next++ / LIMITS.socketsPerAccount))
  const { open } = await start(t, { findSession })
  const sockets = []
  for (let count = 0; count < LIMITS.socketsInAll; count++) sockets.push(await open())
  const [first] = sockets
  assert(first instanceof TestSocket)
  assert(sockets.every((socket) => socket instanceof TestSocket))
  assert.equal(await open(), 503)
  await first.close()
  // The server may hear of it a little later than the client.
  let answer = await open()
  while (answer === 503) answer = await open()
  assert(answer instanceof TestSocket)
})

test("a store that fails during the upgrade is answered with 500 and one line that tells nothing", async (t) => {
  const findSession = () => Promise.reject(new Error("secret"))
  const { open, reports } = await start(t, { findSession })
  assert.equal(await open(), 500)
  assert.equal(reports.length, 1)
  assert.doesNotMatch(String(reports), /secret/)
})

test("what a handler did not expect ends that connection with internal, and is one line without content", async (t) => {
  const session = person(1)
  const send = () => Promise.reject(new Error("canary"))
  const { ready, reports } = await start(t, { findSession: async () => session, rooms: { ...ROOMS, send } })
  const socket = await ready()
  socket.send({ type: "send", id: randomId(), room, after: 0, message: applicationMessage(0) })
  assert.equal((await socket.closed).code, CLOSE_CODES.internal.code)
  assert.equal(reports.length, 1)
  assert.match(String(reports), /^send failed: Error/)
  assert.doesNotMatch(String(reports), /canary/)
  await ready()
})

test("a full disk refuses the message and leaves the connection", async (t) => {
  const session = person(1)
  const send = () => Promise.reject(new UserError("storage_full"))
  const { ready } = await start(t, { findSession: async () => session, rooms: { ...ROOMS, send } })
  const socket = await ready()
  const id = randomId()
  socket.send({ type: "send", id, room, after: 0, message: applicationMessage(0) })
  assert.deepEqual(await socket.next("refused"), { type: "refused", id, room, code: "storage_full" })
  assert.deepEqual(await socket.everything(), [])
})

test("a server that is ending takes no more connections", async (t) => {
  const { gateway, open, ready } = await start(t, { findSession: async () => person(1) })
  const socket = await ready()
  await gateway.close()
  assert.equal((await socket.closed).code, CLOSE_CODES.going_away.code)
  assert.equal(await open(), 503)
})

test("a peer that goes away while its session is looked for leaves nothing behind", async (t) => {
  let answer: (session: Session) => void = () => undefined
  const asked = new EventEmitter()
  const findSession = () => {
    asked.emit("asked")
    return new Promise<Session>((resolve) => {
      answer = resolve
    })
  }
  const { port, open, reports } = await start(t, { findSession })
  const leaving = connect(port, "127.0.0.1")
  const upgrade = ["GET /ws HTTP/1.1", "Host: localhost", "Connection: Upgrade", "Upgrade: websocket", "", ""]
  leaving.write(upgrade.join("\r\n"))
  await once(asked, "asked")
  leaving.resetAndDestroy()
  await once(leaving, "close")
  answer(person(1))
  const opening = open()
  await once(asked, "asked")
  answer(person(1))
  assert((await opening) instanceof TestSocket)
  assert.deepEqual(reports, [])
})

test("a device that is put into a room or out of one while it is told its places is told the newer ones", async (t) => {
  const session = person(1)
  const left: ((news: RoomNews["left"]) => void)[] = []
  const place = { room, kind: "group", seq: 0, joinedSeq: 0, head: 1, hasLeft: false, oldest: 1 } as const
  let asked = 0
  const rooms: GatewayOptions["rooms"] = {
    ...ROOMS,
    on(what, listener) {
      if (what === "left") left.push((news) => Reflect.apply(listener, undefined, [news]))
    },
    async placesOf() {
      asked += 1
      if (asked > 1) return []
      for (const tell of left) tell({ room, device: session.device, seq: 2 })
      return [{ ...place, welcome: undefined, delivered: 0 }]
    },
  }
  const { open } = await start(t, { findSession: async () => session, rooms })
  const socket = await open()
  assert(socket instanceof TestSocket)
  socket.send({ type: "resume", cursors: [{ room, seq: 0 }] })
  assert.deepEqual((await socket.next("ready")).rooms, [])
  assert.equal(asked, 2)
})
