/** The connection without a network: sockets, clock and waits are the test's own, so each step happens when it says so. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Connection } from "../../src/client/core/connection.ts"
import type { HttpAnswer, Platform, SocketHandlers } from "../../src/client/core/platform.ts"
import { Unreachable } from "../../src/client/core/platform.ts"
import type { ConnectionState } from "../../src/client/core/types.ts"
import { Typing } from "../../src/client/core/typing.ts"
import { accountName, deviceId, roomId } from "../../src/shared/ids.ts"
import { serverMessage, writeFrame } from "../../src/shared/protocol.ts"

const ROOM = roomId.parse("general_chat", "room")
const ANNA = accountName.parse("anna", "name")

/** Everything that was asked for by now has been done. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

interface FakeSocket {
  readonly handlers: SocketHandlers
  readonly sent: string[]
  isClosed: boolean
}

interface Wait {
  readonly milliseconds: number
  readonly end: () => void
}

/** A platform on which nothing happens by itself. */
function fakePlatform() {
  const sockets: FakeSocket[] = []
  const waits: Wait[] = []
  let now = 1_000_000
  let random = 255
  let session: HttpAnswer | Unreachable = new Unreachable()
  let networkIsBack = (): void => undefined
  const platform: Platform = {
    request: async () => {
      if (session instanceof Unreachable) throw session
      return session
    },
    connect: (handlers) => {
      const socket: FakeSocket = { handlers, sent: [], isClosed: false }
      sockets.push(socket)
      const close = (): void => {
        socket.isClosed = true
        queueMicrotask(() => handlers.closed(1006))
      }
      return { send: (text) => void socket.sent.push(text), close }
    },
    deviceName: "Test",
    openVault: () => Promise.reject(new Error("not here")),
    keys: { current: async () => undefined, keep: async () => undefined, forget: async () => undefined },
    lock: async () => undefined,
    now: () => now,
    random: (length) => new Uint8Array(length).fill(random),
    delay: (milliseconds, signal) =>
      new Promise((resolve) => {
        const wait = { milliseconds, end: resolve }
        waits.push(wait)
        const done = (): void => {
          waits.splice(waits.indexOf(wait), 1)
          resolve()
        }
        if (signal?.aborted) done()
        signal?.addEventListener("abort", done)
      }),
    onNetwork: (listener) => {
      networkIsBack = listener
      return () => undefined
    },
  }
  return {
    platform,
    sockets,
    waits,
    get socket() {
      const socket = sockets.at(-1)
      if (socket === undefined) throw new Error("no socket")
      return socket
    },
    /** Ends the newest wait of so many milliseconds, the clock going on by as much. */
    async pass(milliseconds: number) {
      const wait = waits.findLast((each) => each.milliseconds === milliseconds)
      assert.ok(wait, `nobody waits ${milliseconds} ms, but ${waits.map((each) => each.milliseconds)}`)
      waits.splice(waits.indexOf(wait), 1)
      now += milliseconds
      wait.end()
      await settled()
    },
    setRandom: (value: number) => {
      random = value
    },
    setSession: (answer: HttpAnswer) => {
      session = answer
    },
    networkIsBack: () => networkIsBack(),
  }
}

const READY = writeFrame(serverMessage, {
  ...{ type: "ready", account: ANNA, device: deviceId.parse("AAAAAAAAAAAAAAAAAAAAAA", "device"), now: 0 },
  ...{ rooms: [], elsewhere: [], departures: [], keyPackages: 0, online: [], sessionLogs: true },
})

function open() {
  const fake = fakePlatform()
  const states: ConnectionState[] = []
  const messages: string[] = []
  const connection = new Connection({
    platform: fake.platform,
    cursors: () => [{ room: ROOM, seq: 7 }],
    ready: () => messages.push("ready"),
    message: ({ type }) => messages.push(type),
    state: (state) => states.push(state),
  })
  connection.start()
  const goOnline = async (): Promise<void> => {
    fake.socket.handlers.open()
    fake.socket.handlers.message(READY)
    await settled()
  }
  return { ...fake, fake, connection, states, messages, goOnline }
}

const waitOf = (state: ConnectionState | undefined, now: number) =>
  state?.kind === "offline" ? state.retryAt - now : undefined

describe("A connection", () => {
  it("says first where this device stands, and is online once the server has answered", async () => {
    const { fake, connection, states, messages, goOnline } = open()
    assert.equal(connection.send({ type: "ping" }), false)
    fake.socket.handlers.open()
    assert.deepEqual(
      fake.socket.sent.map((text) => JSON.parse(text)),
      [{ type: "resume", cursors: [{ room: "general_chat", seq: 7 }] }],
    )
    assert.equal(connection.isReady, false)
    await goOnline()
    assert.deepEqual(
      states.map(({ kind }) => kind),
      ["connecting", "online"],
    )
    assert.deepEqual(messages, ["ready"])
    assert.equal(connection.send({ type: "ping" }), true)
    connection.stop()
  })

  it("waits longer from attempt to attempt, up to half a minute, and at random below that", async () => {
    const { fake, connection, states } = open()
    const waited: (number | undefined)[] = []
    for (let attempt = 0; attempt < 9; attempt++) {
      fake.socket.handlers.closed(1006)
      await settled()
      const wait = waitOf(states.at(-1), fake.platform.now())
      waited.push(wait)
      await fake.pass(wait ?? 0)
    }
    assert.deepEqual(waited, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
    fake.setRandom(0)
    fake.socket.handlers.closed(1006)
    await settled()
    assert.equal(waitOf(states.at(-1), fake.platform.now()), Math.round(30_000 / 256))
    connection.stop()
  })

  it("begins with short waits again after it was online", async () => {
    const { fake, connection, states, goOnline } = open()
    for (const wait of [500, 1_000]) {
      fake.socket.handlers.closed(1006)
      await settled()
      await fake.pass(wait)
    }
    await goOnline()
    fake.socket.handlers.closed(1001)
    await settled()
    assert.equal(waitOf(states.at(-1), fake.platform.now()), 500)
    connection.stop()
  })

  it("tries at once when the network is back or the person asks for it", async () => {
    const { fake, connection } = open()
    fake.socket.handlers.closed(1006)
    await settled()
    fake.networkIsBack()
    await settled()
    assert.equal(fake.sockets.length, 2)
    fake.socket.handlers.closed(1006)
    await settled()
    connection.nudge()
    await settled()
    assert.equal(fake.sockets.length, 3)
    connection.stop()
  })

  it("gives up a socket that does not become ready, and one that no longer answers", async () => {
    const { fake, connection, states, goOnline } = open()
    fake.socket.handlers.open()
    await fake.pass(15_000)
    assert.equal(fake.socket.isClosed, true)
    assert.equal(states.at(-1)?.kind, "offline")
    await fake.pass(500)
    await goOnline()
    await fake.pass(20_000)
    assert.equal(fake.socket.sent.at(-1), '{"type":"ping"}')
    fake.socket.handlers.message('{"type":"pong"}')
    await fake.pass(10_000)
    assert.equal(fake.socket.isClosed, false)
    await fake.pass(20_000)
    await fake.pass(10_000)
    assert.equal(fake.socket.isClosed, true)
    assert.equal(states.at(-1)?.kind, "offline")
    connection.stop()
  })

  it("ends for good when the session is over, another takes its place, or the server calls it broken", async () => {
    for (const [code, kind] of [
      [4401, "ended"],
      [4409, "replaced"],
      [4400, "failed"],
      [1009, "failed"],
    ] as const) {
      const { fake, states, goOnline } = open()
      await goOnline()
      fake.socket.handlers.closed(code)
      await settled()
      assert.equal(states.at(-1)?.kind, kind)
      assert.deepEqual(
        fake.waits.filter(({ milliseconds }) => milliseconds < 10_000),
        [],
      )
    }
  })

  it("asks why it is refused, and ends when the session is over", async () => {
    const { fake, states } = open()
    fake.setSession({ status: 401, body: { error: "not_logged_in", text: "Log in first." } })
    fake.socket.handlers.closed(1006)
    await settled()
    await settled()
    assert.equal(states.at(-1)?.kind, "ended")
  })

  it("comes back after every code that is not final", async () => {
    for (const code of [1000, 1001, 1006, 4413, 4429, 4500]) {
      const { fake, connection, states, goOnline } = open()
      await goOnline()
      fake.socket.handlers.closed(code)
      await settled()
      assert.equal(states.at(-1)?.kind, "offline", String(code))
      connection.stop()
    }
  })

  it("lets go of a server that does not speak the protocol", async () => {
    for (const frame of ["", "no JSON", "{}", '{"type":"pong","more":1}', '{"type":"unheard"}']) {
      const { fake, connection, states, messages, goOnline } = open()
      await goOnline()
      fake.socket.handlers.message(frame)
      await settled()
      assert.equal(states.at(-1)?.kind, "offline", frame)
      assert.deepEqual(messages, ["ready"])
      connection.stop()
    }
  })
})

describe("Typing", () => {
  it("is told now and then, and forgotten a little after the last word of it", async () => {
    const fake = fakePlatform()
    const changes: unknown[] = []
    const typing = new Typing(fake.platform, new AbortController().signal, (room) => changes.push(room))
    assert.equal(typing.mayTell(ROOM), true)
    assert.equal(typing.mayTell(ROOM), false)
    typing.heard(ROOM, ANNA)
    assert.deepEqual(typing.in(ROOM), ["anna"])
    await fake.pass(4_000)
    assert.deepEqual(typing.in(ROOM), [])
    assert.equal(typing.mayTell(ROOM), true)
    typing.heard(ROOM, ANNA)
    typing.spoke(ROOM, ANNA)
    assert.deepEqual(typing.in(ROOM), [])
    assert.equal(changes.length, 4)
  })
})
