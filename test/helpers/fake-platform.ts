/** A platform whose sockets, clock, waits and answers are the test's own: nothing happens on it until the test says so. */
import assert from "node:assert/strict"
import { type HttpAnswer, type Platform, type SocketHandlers, Unreachable } from "../../src/client/core/platform.ts"
import { quickStretch } from "./quick-passwords.ts"

/** Everything that was asked for by now has been done. */
export const settled = () => new Promise((resolve) => setImmediate(resolve))

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
export function fakePlatform() {
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
    stretch: quickStretch,
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
    /** Lets the clock alone go on. */
    advance: (milliseconds: number) => {
      now += milliseconds
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
