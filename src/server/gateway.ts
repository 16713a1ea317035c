/**
 * The WebSocket side of the server: who is connected, from the handshake (upgrade.ts) to the end of a connection. The
 * first message must be `resume`, in time; then entries flow (delivery.ts) and commands are taken (commands.ts).
 *
 * What an attacker could try: a page of another site (origin), going on after log-out (a session's end closes its socket
 * at once, and each heartbeat asks again), connections that never speak (`resume` in time, heartbeat), very many of
 * them (bounded per account and in all), messages out of order (closed with a code).
 */
import type { Server as HttpServer, IncomingMessage } from "node:http"
import type { Server } from "node:https"
import type { Duplex } from "node:stream"
import { WebSocketServer } from "ws"
import type { AccountName, DeviceId, RoomId } from "../shared/ids.ts"
import { LIMITS } from "../shared/limits.ts"
import type { ServerMessage } from "../shared/protocol.ts"
import { runCommand, type Surroundings } from "./commands.ts"
import { Connection, type Ending, frameOf } from "./connection.ts"
import { Delivery } from "./delivery.ts"
import { nameOf } from "./http.ts"
import type { OriginCheck } from "./origins.ts"
import { Presence } from "./presence.ts"
import { highestNext } from "./progress.ts"
import type { RateLimiter } from "./rate-limit.ts"
import type { Rooms } from "./rooms.ts"
import type { Session } from "./session.ts"
import type { Marks } from "./store/marks.ts"
import { type After, after, oncePerTurn } from "./turn.ts"
import { checkUpgrade } from "./upgrade.ts"

/** At the server's own end: how long connections have to say goodbye, in milliseconds. */
const CLOSE_WITHIN = 2_000
/** Pieces that one message may come in. */
const FRAGMENTS_MAX = 64

type GatewayRooms = Pick<Rooms, "send" | "log" | "placesOf" | "newsFor" | "persisted" | "seen" | "on">

export interface GatewayOptions {
  readonly server: Pick<Server, "on"> | Pick<HttpServer, "on">
  readonly rooms: GatewayRooms
  readonly findSession: (cookies: string | undefined) => Promise<Session | undefined>
  readonly limiter: Pick<RateLimiter, "take">
  readonly isAllowedOrigin: OriginCheck
  readonly sessionLogs: boolean
  readonly now: () => number
  readonly report: (line: string) => void
  /** Called when a device comes and when it goes. */
  readonly onSeen?: (device: DeviceId) => void
  /** Tests have their own. */
  readonly after?: After | undefined
}

/** What is kept of a connection besides what it does itself. */
interface Peer {
  readonly stillValid: () => Promise<boolean>
  readonly stopWaiting: () => void
}

/** Takes the WebSockets of an HTTPS server. */
export class Gateway {
  readonly #options: GatewayOptions
  readonly #after: After
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.frameMax,
    maxFragments: FRAGMENTS_MAX,
    perMessageDeflate: false,
    skipUTF8Validation: false,
  })
  /** Connections that take and send messages; those that only say goodbye are in #webSockets.clients alone. */
  readonly #peers = new Map<Connection, Peer>()
  readonly #byDevice = new Map<DeviceId, Connection>()
  readonly #byAccount = new Map<AccountName, Set<Connection>>()
  readonly #delivery: Delivery
  readonly #presence: Presence
  readonly #around: Surroundings
  /** How far others have come, to be told at the end of this turn. */
  readonly #delivered = new Map<AccountName, Map<RoomId, number>>()
  /** Marks that have moved, to be told at the end of this turn. */
  readonly #moved = new Map<RoomId, Map<AccountName, Marks>>()
  #stopBeating: () => void
  #closing = false

  constructor(options: GatewayOptions) {
    const { server, rooms, limiter, sessionLogs, now, report } = options
    this.#options = options
    this.#after = options.after ?? after
    const delivery = new Delivery((room, seq, limit) => rooms.log(room, seq, limit), report)
    const announce = (account: AccountName, online: boolean) => this.#broadcast(account, online)
    const presence = new Presence({ after: this.#after, announce })
    this.#delivery = delivery
    this.#presence = presence
    const persist = highestNext((session, room, seq) => rooms.persisted(session, room, seq))
    const unexpected = (type: string, error: unknown) => report(`${type} failed: ${nameOf(error)}`)
    this.#around = { rooms, persist, delivery, presence, limiter, sessionLogs, now, unexpected }
    this.#stopBeating = this.#after(LIMITS.heartbeatEvery, () => this.#beat())
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head))
    this.#listen(rooms)
  }

  /** Hands what happens in rooms to the connections that it concerns. */
  #listen(rooms: GatewayRooms): void {
    const delivery = this.#delivery
    rooms.on("committed", (entry) => delivery.publish(entry))
    rooms.on("joined", ({ room, device, seq }) => {
      const connection = this.#readyOf(device)
      if (connection !== undefined) delivery.start(connection, room, seq, seq)
    })
    rooms.on("invited", ({ room, kind, device, seq }) => {
      const connection = this.#readyOf(device)
      connection?.send({ type: "invited", room, kind, seq })
      if (connection !== undefined) delivery.start(connection, room, seq, seq)
    })
    rooms.on("elsewhere", ({ room, kind, device }) => this.#readyOf(device)?.send({ type: "elsewhere", room, kind }))
    rooms.on("left", ({ room, device, seq }) => {
      const connection = this.#readyOf(device)
      if (connection === undefined) return
      delivery.end(connection, room, seq)
      connection.send({ type: "removed", room, seq })
    })
    rooms.on("departing", ({ room, statement, to }) => {
      const message = { type: "departure", room, statement } as const
      if (to === undefined) this.#tellRoom(room, message)
      else this.#readyOf(to)?.send(message)
    })
    const tellDelivered = oncePerTurn((account: AccountName) => this.#tellDelivered(account))
    rooms.on("delivered", ({ room, account, seq }) => {
      const rooms = this.#delivered.get(account) ?? new Map<RoomId, number>()
      this.#delivered.set(account, rooms.set(room, Math.max(seq, rooms.get(room) ?? 0)))
      tellDelivered(account)
    })
    const tellMarks = oncePerTurn((room: RoomId) => this.#tellMarks(room))
    rooms.on("moved", ({ room, marks }) => {
      this.#moved.set(room, (this.#moved.get(room) ?? new Map()).set(marks.account, marks))
      tellMarks(room)
    })
  }

  /** The connection of a device that has its places; one that is just being told of them is told again. */
  #readyOf(device: DeviceId): Connection | undefined {
    const connection = this.#byDevice.get(device)
    if (connection?.stage === "ready") return connection
    connection?.placesChanged()
    return undefined
  }

  #tellRoom(room: RoomId, message: ServerMessage): void {
    const frame = frameOf(message)
    for (const connection of this.#delivery.audience(room)) connection.sendFrame(frame)
  }

  #tellMarks(room: RoomId): void {
    const moved = this.#moved.get(room)?.values() ?? []
    this.#moved.delete(room)
    for (const marks of moved) this.#tellRoom(room, { type: "marks", room, marks })
  }

  /** Closes the connection of a device whose session has ended. */
  endSession(device: DeviceId): void {
    this.#byDevice.get(device)?.close("session_ended")
  }

  /** Takes no more connections, tells those there are to come back later, and waits for their end for a bounded time. */
  async close(): Promise<void> {
    this.#closing = true
    this.#stopBeating()
    const connections = [...this.#peers.keys()]
    for (const connection of connections) connection.close("going_away")
    this.#presence.close()
    const stop = this.#after(CLOSE_WITHIN, () => {
      for (const webSocket of this.#webSockets.clients) webSocket.terminate()
    })
    await Promise.all(connections.map((connection) => connection.gone))
    stop()
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { findSession, isAllowedOrigin, now, report } = this.#options
    const hasRoom = ({ account }: Session) =>
      !this.#closing &&
      this.#webSockets.clients.size < LIMITS.socketsInAll &&
      (this.#byAccount.get(account.name)?.size ?? 0) < LIMITS.socketsPerAccount
    const unexpected = (error: unknown) => report(`upgrade failed: ${nameOf(error)}`)
    const session = await checkUpgrade({ findSession, isAllowedOrigin, hasRoom, unexpected }, request, socket)
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
    const stopWaiting = this.#after(LIMITS.resumeWithin, () => {
      if (connection.stage === "fresh") connection.close("wrong_order")
    })
    this.#peers.set(connection, { stillValid, stopWaiting })
    this.#options.onSeen?.(device)
    this.#byDevice.set(device, connection)
    this.#byAccount.set(account.name, (this.#byAccount.get(account.name) ?? new Set()).add(connection))
    connection.open({
      message: (message) => void connection.track(runCommand(this.#around, connection, message)),
      ended: (how) => this.#forget(connection, how),
    })
  }

  #forget(connection: Connection, { wasReady, reason }: Ending): void {
    const { account, device } = connection.session
    this.#peers.get(connection)?.stopWaiting()
    this.#options.onSeen?.(device)
    this.#delivery.stop(connection)
    this.#peers.delete(connection)
    if (this.#byDevice.get(device) === connection) this.#byDevice.delete(device)
    const others = this.#byAccount.get(account.name)
    others?.delete(connection)
    if (others?.size === 0) this.#byAccount.delete(account.name)
    if (wasReady) this.#presence.leave(account.name, reason === "session_ended")
  }

  /** Tells everybody else that an account came or went. */
  #broadcast(account: AccountName, online: boolean): void {
    const frame = frameOf({ type: "presence", account, online })
    for (const connection of this.#peers.keys())
      if (connection.stage === "ready" && connection.session.account.name !== account) connection.sendFrame(frame)
  }

  #tellDelivered(account: AccountName): void {
    const rooms = this.#delivered.get(account) ?? []
    this.#delivered.delete(account)
    for (const [room, seq] of rooms)
      for (const connection of this.#byAccount.get(account) ?? [])
        if (this.#delivery.has(connection, room)) connection.send({ type: "delivered", room, seq })
  }

  #beat(): void {
    this.#stopBeating = this.#after(LIMITS.heartbeatEvery, () => this.#beat())
    for (const [connection, { stillValid }] of this.#peers) {
      connection.heartbeat()
      // A store that does not answer now is asked again at the next heartbeat.
      stillValid().then(
        (valid) => (valid ? undefined : connection.close("session_ended")),
        () => undefined,
      )
    }
  }
}
