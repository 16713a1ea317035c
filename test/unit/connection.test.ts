import assert from "node:assert/strict"
import { EventEmitter } from "node:events"
import { PassThrough, Writable } from "node:stream"
import test from "node:test"
import fc from "fast-check"
import WebSocket from "ws"
import { Connection, type Ending } from "../../src/server/connection.ts"
import { textFrame } from "../../src/server/text-frame.ts"
import { accountName } from "../../src/shared/ids.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import type { ClientMessage } from "../../src/shared/protocol.ts"
import { ManualTime } from "../helpers/manual-time.ts"
import { randomDevice } from "../helpers/ws-messages.ts"

const turn = () => new Promise((resolve) => setImmediate(resolve))
const session = { account: { id: 1, name: accountName.parse("ann", "name") }, device: randomDevice() }

/** What a Connection uses of a WebSocket of ws; notes what is asked of it. */
class FakeWebSocket extends EventEmitter {
  readonly OPEN = WebSocket.OPEN
  readyState: number = WebSocket.OPEN
  readonly calls: string[] = []
  pause = () => this.calls.push("pause")
  resume = () => this.calls.push("resume")
  ping = () => this.calls.push("ping")
  terminate = () => this.calls.push("terminate")
  close = (code: number, reason: string) => {
    this.calls.push(`close ${code} ${reason}`)
    this.readyState = WebSocket.CLOSING
  }
}

/** A socket that takes writes and keeps them until the test lets go. */
class StuckSocket extends Writable {
  readonly writes: number[] = []
  #release: (() => void)[] = []

  constructor() {
    super({ highWaterMark: 16 * 1024 })
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.writes.push(chunk.length)
    this.#release.push(done)
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: () => void): void {
    this.writes.push(chunks.reduce((sum, { chunk }) => sum + chunk.length, 0))
    this.#release.push(done)
  }

  release(): void {
    for (const done of this.#release.splice(0)) done()
  }
}

function start(socket: Writable = new PassThrough()) {
  const webSocket = new FakeWebSocket()
  const time = new ManualTime()
  const messages: ClientMessage[] = []
  const endings: Ending[] = []
  // Both stand in for the two real classes, of which a Connection uses no more than they have.
  const connection: Connection = Reflect.construct(Connection, [webSocket, socket, session, time.now])
  connection.open({ message: (message) => messages.push(message), ended: (how) => endings.push(how) })
  return { webSocket, time, messages, endings, connection }
}

test("a frame says its length in the shortest form, and holds the text", () => {
  const sizes = fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536, 70_000)
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "grapheme" }),
        sizes.map((size) => "a".repeat(size)),
      ),
      (text) => {
        const frame = textFrame(text)
        const length = Buffer.byteLength(text)
        const [first, second] = frame
        assert.equal(first, 0x81)
        assert.equal(second, length <= 125 ? length : length <= 65_535 ? 126 : 127)
        const header = length <= 125 ? 2 : length <= 65_535 ? 4 : 10
        if (header === 4) assert.equal(frame.readUInt16BE(2), length)
        if (header === 10) assert.equal(frame.readBigUInt64BE(2), BigInt(length))
        assert.equal(frame.subarray(header).toString(), text)
      },
    ),
  )
})

test("all frames of one turn leave in one write", async () => {
  const socket = new StuckSocket()
  const { connection } = start(socket)
  const frame = textFrame("x".repeat(98))
  for (let count = 0; count < 5; count++) connection.sendFrame(frame)
  assert.deepEqual(socket.writes, [])
  await turn()
  assert.deepEqual(socket.writes, [500])
})

test("bufferedPause: a socket is full at 256 KiB, not one byte before, and drained when it holds less", async () => {
  const socket = new StuckSocket()
  const { connection } = start(socket)
  connection.sendFrame(Buffer.alloc(LIMITS.bufferedPause - 1))
  assert(!connection.isFull)
  await turn()
  connection.sendFrame(Buffer.alloc(1))
  assert(connection.isFull)
  let drained = false
  const waiting = connection.drained().then(() => {
    drained = true
  })
  await turn()
  assert(!drained)
  socket.release()
  await waiting
  assert(!connection.isFull)
})

test("bufferedMax: 1 MiB may wait, one more byte ends the connection", async () => {
  const { connection, webSocket, endings } = start(new StuckSocket())
  connection.sendFrame(Buffer.alloc(LIMITS.bufferedMax))
  assert(!connection.ended)
  connection.sendFrame(Buffer.alloc(1))
  assert(connection.ended)
  assert.deepEqual(webSocket.calls, ["terminate"])
  assert.equal(endings.length, 1)
  await connection.drained()
})

test("sendsUnderWay: with 64 messages under way nothing more is read, until one is done", async () => {
  const { connection, webSocket } = start()
  const done: (() => void)[] = []
  const begin = () => connection.track(new Promise((resolve) => done.push(resolve)))
  for (let count = 1; count < LIMITS.sendsUnderWay; count++) void begin()
  assert.deepEqual(webSocket.calls, [])
  void begin()
  void begin()
  assert.deepEqual(webSocket.calls, ["pause"])
  done.shift()?.()
  await turn()
  assert.deepEqual(webSocket.calls, ["pause"])
  done.shift()?.()
  await turn()
  assert.deepEqual(webSocket.calls, ["pause", "resume"])
})

test("after the end nothing is sent, taken or told again", async () => {
  const socket = new StuckSocket()
  const { connection, webSocket, messages, endings } = start(socket)
  connection.enter("ready")
  connection.close("replaced")
  connection.close("internal")
  connection.sendFrame(Buffer.alloc(1))
  connection.enter("ready")
  webSocket.emit("message", Buffer.from('{"type":"ping"}'), false)
  webSocket.emit("close")
  await turn()
  assert.deepEqual(endings, [{ wasReady: true, reason: "replaced" }])
  assert.deepEqual([messages, socket.writes, connection.stage], [[], [], "ended"])
  assert.deepEqual(webSocket.calls, ["close 4409 replaced", "resume"])
})

test("nothing follows the close frame of the peer", async () => {
  const socket = new StuckSocket()
  const { connection, webSocket } = start(socket)
  webSocket.readyState = WebSocket.CLOSING
  connection.sendFrame(Buffer.alloc(1))
  await turn()
  assert.deepEqual(socket.writes, [])
})

test("an error below ends the connection without a reason of ours", () => {
  const { webSocket, endings } = start()
  webSocket.emit("error", new Error("reset"))
  webSocket.emit("close")
  assert.deepEqual(endings, [{ wasReady: false, reason: undefined }])
})

test("a close text is never longer than a close frame holds", () => {
  const { connection, webSocket } = start()
  connection.close("bad_message", `message.${"x".repeat(200)}`)
  assert.equal(webSocket.calls[0]?.length, "close 4400 ".length + 123)
})
