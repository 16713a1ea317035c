/**
 * The WebSocket side of the server: from the handshake (upgrade.ts) to the end of a connection. The first message must be
 * `resume`, within a bounded time; then entries flow (delivery.ts) and commands are taken (commands.ts).
 *
 * What an attacker could try: a page of another site (origin), a stolen moment after log-out (a session's end closes its
 * socket at once, and each heartbeat asks again), connections that never speak (resume in time, heartbeat), very many
 * connections (bounded per account and in all), messages out of order (closed with a code).
 */
import type { IncomingMessage } from "node:http"
import type { Server } from "node:https"
import type { Duplex } from "node:stream"
import { WebSocketServer } from "ws"
import { UserError } from "../shared/errors.ts"
import type { AccountName, DeviceId } from "../shared/ids.ts"
import { LIMITS } from "../shared/limits.ts"
import { type Actions, runCommand } from "./commands.ts"
import { Connection, frameOf } from "./connection.ts"
import { Delivery, startOf } from "./delivery.ts"
import { nameOf } from "./http.ts"
import type { OriginCheck } from "./origins.ts"
import { Presence } from "./presence.ts"
import type { RateLimiter } from "./rate-limit.ts"
import type { Rooms } from "./rooms.ts"
import type { Session } from "./session.ts"
import { checkUpgrade } from "./upgrade.ts"

const CONNECTIONS_MAX = 1_500
const CLOSE_WITHIN = 2_000
const TIMING = { resumeWithin: LIMITS.resumeWithin, heartbeatEvery: LIMITS.heartbeatEvery, presenceGrace: 3_000 }

export interface GatewayOptions {
  readonly server: Server
  readonly rooms: Rooms
  readonly findSession: (cookies: string | undefined) => Promise<Session | undefined>
  readonly limiter: RateLimiter
  readonly isAllowedOrigin: OriginCheck
  readonly sessionLogs: boolean
  readonly now: () => number
  readonly report: (line: string) => void
  /** Milliseconds; tests shorten them. */
  readonly timing?: Partial<typeof TIMING> | undefined
}

type Stage = "fresh" | "resuming" | "ready"

/** What the gateway knows of one connection besides what it does itself. */
interface Peer {
  stage: Stage
  readonly stillValid: () => Promise<boolean>
  readonly resumeTimer: NodeJS.Timeout
}

export class Gateway {
  readonly #options: GatewayOptions
  readonly #timing: typeof TIMING
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.frameMax,
    perMessageDeflate: false,
    allowSynchronousEvents: true,
  })
  readonly #peers = new Map<Connection, Peer>()
  readonly #byDevice = new Map<DeviceId, Connection>()
  readonly #byAccount = new Map<AccountName, Set<Connection>>()
  readonly #delivery: Delivery
  readonly #presence: Presence
  readonly #heart: NodeJS.Timeout
  #closing = false

  constructor(options: GatewayOptions) {
    const { server, rooms, report } = options
    this.#options = options
    this.#timing = { ...TIMING, ...options.timing }
    this.#delivery = new Delivery((room, seq) => rooms.read(room, seq), report)
    this.#presence = new Presence({
      grace: this.#timing.presenceGrace,
      announce: (account, online) => this.#broadcast(frameOf({ type: "presence", account, online })),
    })
    this.#heart = setInterval(() => this.#beat(), this.#timing.heartbeatEvery)
    this.#heart.unref()
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head))
    rooms.onCommitted((entry) => {
      this.#delivery.publish(entry)
      // An accepted external commit lets its device in: it reads from the entry after its own commit on.
      const own = entry.kind === "commit" ? this.#byDevice.get(entry.device) : undefined
      if (own !== undefined && this.#stageOf(own) === "ready" && !this.#delivery.has(own, entry.room))
        this.#delivery.start(own, entry.room, entry.seq, entry.seq)
    })
    rooms.onDelivered(({ room, account, seq }) => {
      for (const connection of this.#readyOf(account)) connection.send({ type: "delivered", room, seq })
    })
  }

  /** Closes the connection of a device whose session has ended. */
  endSession(device: DeviceId): void {
    this.#byDevice.get(device)?.close("session_ended")
  }

  /** Tells every connection to come back later, and waits for their end for a bounded time. */
  async close(): Promise<void> {
    this.#closing = true
    clearInterval(this.#heart)
    this.#presence.close()
    for (const connection of this.#peers.keys()) connection.close("going_away")
    const timer = setTimeout(() => {
      for (const connection of this.#peers.keys()) connection.terminate()
    }, CLOSE_WITHIN)
    await Promise.all([...this.#peers.keys()].map((connection) => connection.gone))
    clearTimeout(timer)
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { findSession, isAllowedOrigin, now } = this.#options
    const hasRoom = ({ account }: Session) =>
      !this.#closing &&
      this.#peers.size < CONNECTIONS_MAX &&
      (this.#byAccount.get(account.name)?.size ?? 0) < LIMITS.socketsPerAccount
    const session = await checkUpgrade({ findSession, isAllowedOrigin, hasRoom }, request, socket)
    if (session === undefined) return
    const { cookie } = request.headers
    const stillValid = async () => (await findSession(cookie))?.device === session.device
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) =>
      this.#admit(new Connection(webSocket, socket, session, now), stillValid),
    )
  }

  #admit(connection: Connection, stillValid: () => Promise<boolean>): void {
    const { account, device } = connection.session
    this.#byDevice.get(device)?.close("replaced")
    const resumeTimer = setTimeout(() => connection.close("wrong_order"), this.#timing.resumeWithin)
    resumeTimer.unref()
    this.#peers.set(connection, { stage: "fresh", stillValid, resumeTimer })
    this.#byDevice.set(device, connection)
    this.#byAccount.set(account.name, (this.#byAccount.get(account.name) ?? new Set()).add(connection))
    const surroundings = {
      actions: this.#actions,
      stageOf: (each: Connection) => this.#stageOf(each),
      take: (kind: Parameters<RateLimiter["take"]>[0]) => this.#options.limiter.take(kind, String(account.id)),
      unexpected: (type: string, error: unknown) => this.#options.report(`${type} failed: ${nameOf(error)}`),
    }
    connection.open({
      message: (message) => void runCommand(surroundings, connection, message),
      closed: () => this.#forget(connection),
    })
  }

  #forget(connection: Connection): void {
    const { account, device } = connection.session
    const peer = this.#peers.get(connection)
    clearTimeout(peer?.resumeTimer)
    this.#delivery.stop(connection)
    this.#peers.delete(connection)
    if (this.#byDevice.get(device) === connection) this.#byDevice.delete(device)
    const others = this.#byAccount.get(account.name)
    others?.delete(connection)
    if (others?.size === 0) this.#byAccount.delete(account.name)
    if (peer?.stage === "ready") this.#presence.leave(account.name)
  }

  #stageOf(connection: Connection): Stage {
    return this.#peers.get(connection)?.stage ?? "fresh"
  }

  *#readyOf(account: AccountName): Iterable<Connection> {
    for (const connection of this.#byAccount.get(account) ?? [])
      if (this.#stageOf(connection) === "ready") yield connection
  }

  #broadcast(frame: Buffer): void {
    for (const [connection, { stage }] of this.#peers) if (stage === "ready") connection.sendFrame(frame)
  }

  #beat(): void {
    for (const [connection, { stillValid }] of this.#peers) {
      connection.heartbeat()
      stillValid().then(
        (valid) => (valid ? undefined : connection.close("session_ended")),
        () => undefined,
      )
    }
  }

  readonly #actions: Actions = {
    resume: async (connection, { cursors }) => {
      const peer = this.#peers.get(connection)
      if (peer === undefined) return
      peer.stage = "resuming"
      clearTimeout(peer.resumeTimer)
      const said = new Map(cursors.map(({ room, seq }) => [room, seq]))
      const places = (await this.#options.rooms.placesOf(connection.session)).map((place) => {
        const seq = said.get(place.room)
        return { ...place, start: seq === undefined ? undefined : startOf(place, seq) }
      })
      if (connection.ended) return
      peer.stage = "ready"
      const { account, device } = connection.session
      this.#presence.enter(account.name)
      connection.send({
        type: "ready",
        account: account.name,
        device,
        now: this.#options.now(),
        rooms: places.map(({ room, head, delivered, start }) => ({
          ...{ room, head, delivered },
          ...(start === "behind" ? { behind: start } : {}),
        })),
        online: this.#presence.online(),
        sessionLogs: this.#options.sessionLogs,
      })
      for (const { room, head, start } of places)
        if (typeof start === "object") this.#delivery.start(connection, room, start.after, head)
    },
    send: async (connection, { id, room, after, message }) => {
      const { seq, at } = await this.#options.rooms.send(connection.session, { id, room, after, message })
      connection.send({ type: "sent", id, room, seq, at })
    },
    persisted: (connection, { room, seq }) => this.#options.rooms.persisted(connection.session, room, seq),
    typing: async (connection, { room }) => {
      if (!this.#delivery.has(connection, room)) throw new UserError("not_a_member")
      const account = connection.session.account.name
      const frame = frameOf({ type: "typing", room, account })
      for (const other of this.#delivery.audience(room))
        if (other.session.account.name !== account) other.sendFrame(frame)
    },
  }
}
