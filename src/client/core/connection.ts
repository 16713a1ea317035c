/**
 * The connection to the server: opens the WebSocket, says where this device stands in each room, and opens it again
 * whenever it is lost. Waiting grows from attempt to attempt up to half a minute and is drawn at random below that bound
 * (full jitter), so that a server that comes back is not met by everybody at once. It is short again only after a
 * connection that lasted: a server that says `ready` and then fails, over and over, must not be asked ever faster. A ping
 * every so often finds connections that are dead without saying so.
 */

import { API } from "../../shared/api.ts"
import { CLOSE_CODES } from "../../shared/errors.ts"
import {
  type ClientMessage,
  type ClientMessageOf,
  clientMessage,
  parseFrame,
  type ServerMessage,
  type ServerMessageOf,
  serverMessage,
  writeFrame,
} from "../../shared/protocol.ts"
import { ParseError } from "../../shared/schema.ts"
import { call } from "./api.ts"
import type { Platform, Socket } from "./platform.ts"
import { ClientError, type ConnectionState } from "./types.ts"

const FIRST_WAIT = 500
const LONGEST_WAIT = 30_000
/** Milliseconds from `ready` after which a connection has lasted; no shorter than the wait that it makes short again. */
const LASTING = LONGEST_WAIT
const PING_EVERY = 20_000
const ANSWER_WITHIN = 10_000
const READY_WITHIN = 15_000

export interface ConnectionOptions {
  readonly platform: Platform
  /** Where this device stands in each room, at the moment of asking. */
  readonly cursors: () => ClientMessageOf<"resume">["cursors"]
  readonly ready: (message: ServerMessageOf<"ready">) => void
  readonly message: (message: Exclude<ServerMessage, { readonly type: "ready" | "pong" }>) => void
  readonly state: (state: ConnectionState) => void
}

export class Connection {
  readonly #options: ConnectionOptions
  readonly #stop = new AbortController()
  #socket: Socket | undefined
  #isReady = false
  #attempt = 0
  #nudge: (() => void) | undefined
  #heard = 0
  readonly #offNetwork: () => void

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#offNetwork = options.platform.onNetwork(() => this.nudge())
  }

  /** Starts; from now on it keeps itself open. */
  start(): void {
    void this.#run()
  }

  get isReady(): boolean {
    return this.#isReady
  }

  /** Sends a message; false when there is no connection to send it on. */
  send(message: ClientMessage): boolean {
    if (!this.#isReady || this.#socket === undefined) return false
    this.#socket.send(writeFrame(clientMessage, message))
    return true
  }

  /** Tries again now, if it is waiting. */
  nudge(): void {
    this.#nudge?.()
  }

  /** Lets go of this connection and makes a new one, which resumes where this device stands. */
  restart(): void {
    this.#socket?.close()
  }

  /** Ends for good. */
  stop(): void {
    this.#stop.abort()
    this.#offNetwork()
    this.#nudge?.()
    this.#socket?.close()
  }

  async #run(): Promise<void> {
    const { platform, state } = this.#options
    while (!this.#stop.signal.aborted) {
      state({ kind: "connecting" })
      const wasReady = await this.#session()
      if (this.#stop.signal.aborted) return
      if (!wasReady && (await this.#isOver())) return this.#finish({ kind: "ended" })
      if (this.#stop.signal.aborted) return
      const bound = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#attempt)
      const [random = 0] = platform.random(1)
      const wait = Math.round((bound * (random + 1)) / 256)
      this.#attempt += 1
      state({ kind: "offline", retryAt: platform.now() + wait })
      const early = new AbortController()
      this.#nudge = () => early.abort()
      await platform.delay(wait, early.signal)
      this.#nudge = undefined
    }
  }

  /** One connection from its opening to its end; resolves to whether it ever was ready. */
  #session(): Promise<boolean> {
    const { platform, cursors } = this.#options
    return new Promise((resolve) => {
      let readyAt: number | undefined
      const isOver = new AbortController()
      const socket: Socket = platform.connect({
        open: () => {
          this.#heard = platform.now()
          socket.send(writeFrame(clientMessage, { type: "resume", cursors: cursors() }))
        },
        message: (text) => {
          this.#heard = platform.now()
          const message = readFrame(text)
          if (message === undefined) return socket.close()
          if (message.type === "ready") readyAt = platform.now()
          this.#take(message, socket)
        },
        closed: (code) => {
          isOver.abort()
          this.#isReady = false
          this.#socket = undefined
          const final = finalState(code)
          if (final !== undefined) this.#finish(final)
          if (readyAt !== undefined && platform.now() - readyAt >= LASTING) this.#attempt = 0
          resolve(readyAt !== undefined)
        },
      })
      this.#socket = socket
      void platform.delay(READY_WITHIN, isOver.signal).then(() => {
        if (readyAt === undefined) socket.close()
      })
    })
  }

  #take(message: ServerMessage, socket: Socket): void {
    if (message.type === "ready") {
      this.#isReady = true
      this.#options.state({ kind: "online" })
      this.#options.ready(message)
      void this.#watch(socket)
    } else if (message.type !== "pong") this.#options.message(message)
  }

  /** Pings while this socket is the current one; a connection that answers nothing is given up. */
  async #watch(socket: Socket): Promise<void> {
    const { platform } = this.#options
    while (this.#socket === socket) {
      await platform.delay(PING_EVERY, this.#stop.signal)
      if (this.#socket !== socket || !this.send({ type: "ping" })) return
      const asked = platform.now()
      await platform.delay(ANSWER_WITHIN, this.#stop.signal)
      if (this.#socket === socket && this.#heard < asked) socket.close()
    }
  }

  /** A browser does not say why a WebSocket could not be opened; whether the session is over can be asked. */
  async #isOver(): Promise<boolean> {
    try {
      await call(this.#options.platform, API.session)
      return false
    } catch (error) {
      return error instanceof ClientError && error.code === "not_logged_in"
    }
  }

  #finish(state: ConnectionState): void {
    if (this.#stop.signal.aborted) return
    this.stop()
    this.#options.state(state)
  }
}

/** What a close code means for good. Codes for broken messages mean that trying again would break again. */
function finalState(closed: number): ConnectionState | undefined {
  if (closed === CLOSE_CODES.session_ended.code) return { kind: "ended" }
  if (closed === CLOSE_CODES.replaced.code) return { kind: "replaced" }
  const known = Object.entries(CLOSE_CODES).find(([, { code }]) => code === closed)
  return known?.[1].final
    ? { kind: "failed", error: new Error(`the server closed the connection: ${known[0]}`) }
    : undefined
}

function readFrame(text: string): ServerMessage | undefined {
  try {
    return parseFrame(serverMessage, text)
  } catch (error) {
    if (error instanceof ParseError) return undefined
    throw error
  }
}
