/** The connection without a network: sockets, clock and waits are the test's own, so each step happens when it says so. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Connection } from "../../src/client/core/connection.ts"
import type { ConnectionState } from "../../src/client/core/types.ts"
import { Typing } from "../../src/client/core/typing.ts"
import { accountName, deviceId, roomId } from "../../src/shared/ids.ts"
import { serverMessage, writeFrame } from "../../src/shared/protocol.ts"
import { fakePlatform, settled } from "../helpers/fake-platform.ts"

const ROOM = roomId.parse("general_chat", "room")
const ANNA = accountName.parse("anna", "name")

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

  it("begins with short waits again after it was online for half a minute, and not before", async () => {
    for (const [milliseconds, wait] of [
      [30_000, 500],
      [29_999, 2_000],
    ] as const) {
      const { fake, connection, states, goOnline } = open()
      for (const each of [500, 1_000]) {
        fake.socket.handlers.closed(1006)
        await settled()
        await fake.pass(each)
      }
      await goOnline()
      fake.advance(milliseconds)
      fake.socket.handlers.closed(1001)
      await settled()
      assert.equal(waitOf(states.at(-1), fake.platform.now()), wait)
      connection.stop()
    }
  })

  it("waits longer and longer for a server that lets it in and fails each time", async () => {
    const { fake, connection, states, goOnline } = open()
    const waited: (number | undefined)[] = []
    for (let attempt = 0; attempt < 8; attempt++) {
      await goOnline()
      fake.socket.handlers.closed(4500)
      await settled()
      const wait = waitOf(states.at(-1), fake.platform.now())
      waited.push(wait)
      await fake.pass(wait ?? 0)
    }
    assert.deepEqual(waited, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
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
