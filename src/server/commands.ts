/**
 * What a client may ask over its WebSocket: a table from message type to what it needs, what it costs and what is done.
 * Needs and cost are checked once, here, before any handler runs; a new message type cannot forget them.
 *
 * Messages of one connection are begun in the order in which they came, and none waits for another's disk: sends that
 * come together end in one transaction, and their answers go out in order. A refusal meant for the sender leaves the
 * connection as it is; anything unexpected ends it, so that the client starts again from what it knows is stored.
 *
 * Saying the same message again costs like saying another: what was lost with a connection are a few at most, and
 * looking ids up for free would be free for attackers too.
 */
import { UserError } from "../shared/errors.ts"
import type { RoomId } from "../shared/ids.ts"
import type { ClientMessage, ClientMessageOf } from "../shared/protocol.ts"
import { type Connection, frameOf } from "./connection.ts"
import type { Delivery } from "./delivery.ts"
import { startOf } from "./delivery.ts"
import type { Presence } from "./presence.ts"
import type { Persist } from "./progress.ts"
import type { Limited, RateLimiter } from "./rate-limit.ts"
import type { Rooms } from "./rooms.ts"

/** What the handlers work with. */
export interface Surroundings {
  readonly rooms: Pick<Rooms, "send" | "placesOf" | "newsFor" | "seen">
  readonly persist: Persist
  readonly delivery: Delivery
  readonly presence: Presence
  readonly limiter: Pick<RateLimiter, "take">
  readonly sessionLogs: boolean
  readonly now: () => number
  /** Hears of what was thrown and not meant for the client. */
  readonly unexpected: (type: ClientMessage["type"], error: unknown) => void
}

interface Command<M> {
  /** `fresh`: as the first message and never again. `ready`: after the answer to it. */
  readonly needs: "fresh" | "ready"
  /** Which rate of the account it counts for; without one it counts as a frame only. */
  readonly cost: Limited | undefined
  readonly run: (around: Surroundings, connection: Connection, message: M) => Promise<void>
  /** How the client is told of a UserError. */
  readonly refuse: (connection: Connection, message: M, error: UserError) => void
}

type Type = ClientMessage["type"]
type Messages = { readonly [T in Type]: ClientMessageOf<T> }
type Commands = { readonly [T in Type]: Command<Messages[T]> }

export const COMMANDS: Commands = {
  resume: { needs: "fresh", cost: undefined, run: resume, refuse: tellError },
  send: { needs: "ready", cost: "messages", run: send, refuse: tellRefused },
  persisted: { needs: "ready", cost: undefined, run: persisted, refuse: tellError },
  read: { needs: "ready", cost: undefined, run: read, refuse: tellError },
  typing: { needs: "ready", cost: "typing", run: typing, refuse: tellError },
  ping: { needs: "ready", cost: undefined, run: ping, refuse: tellError },
}

function tellError(connection: Connection, _message: unknown, { code, details: { seconds } }: UserError): void {
  connection.send({ type: "error", code, ...(seconds === undefined ? {} : { seconds }) })
}

function tellRefused(connection: Connection, { id, room }: Messages["send"], { code, details }: UserError): void {
  connection.send({ type: "refused", id, room, code, ...details })
}

/** Runs one message through the table. Never rejects. */
export function runCommand(around: Surroundings, connection: Connection, message: ClientMessage): Promise<void> {
  return runTyped(around, connection, message.type, message)
}

async function runTyped<T extends Type>(
  around: Surroundings,
  connection: Connection,
  type: T,
  message: Messages[T],
): Promise<void> {
  const { needs, cost, run, refuse }: Command<Messages[T]> = COMMANDS[type]
  if (connection.stage !== needs) return connection.close("wrong_order")
  try {
    if (cost !== undefined) pay(around, connection, cost)
    await run(around, connection, message)
  } catch (error) {
    if (error instanceof UserError) return refuse(connection, message, error)
    around.unexpected(type, error)
    connection.close("internal")
  }
}

function pay({ limiter }: Surroundings, connection: Connection, cost: Limited): void {
  const seconds = limiter.take(cost, String(connection.session.account.id))
  if (seconds > 0) throw new UserError("rate_limited", { seconds })
  connection.countedElsewhere()
}

/** Answers with what this device is in, then lets the log flow from where it says it is. */
async function resume(around: Surroundings, connection: Connection, { cursors }: Messages["resume"]): Promise<void> {
  const { rooms, delivery, presence, sessionLogs, now } = around
  connection.enter("resuming")
  const { session } = connection
  const said = new Map<RoomId, number>(cursors.map(({ room, seq }) => [room, seq]))
  const [found, news] = await connection.withPlaces(() =>
    Promise.all([rooms.placesOf(session), rooms.newsFor(session)]),
  )
  const places = found.map((place) => {
    const named = said.get(place.room)
    // A room whose Welcome still waits flows from where the device was added, whether it is named, from an earlier stay, or not.
    const seq = place.welcome === undefined ? named : Math.max(named ?? 0, place.joinedSeq)
    return { ...place, said: seq ?? 0, start: seq === undefined ? undefined : startOf(place, seq) }
  })
  if (connection.ended) return
  connection.enter("ready")
  presence.enter(session.account.name)
  connection.send({
    type: "ready",
    account: session.account.name,
    device: session.device,
    now: now(),
    rooms: places.map(({ room, kind, head, delivered, start, welcome, hasLeft }) => ({
      ...{ room, kind, head, delivered },
      ...(start === "behind" ? { behind: start } : {}),
      ...(welcome === undefined ? {} : { welcome }),
      ...(hasLeft ? { removed: head } : {}),
    })),
    ...news,
    online: presence.online(),
    sessionLogs,
  })
  for (const { room, head, start, hasLeft } of places)
    if (typeof start === "object") delivery.start(connection, room, start.after, head, hasLeft ? head : undefined)
  // What it persisted before may never have reached us.
  for (const { room, seq, head, said } of places)
    if (said > seq && said <= head) around.persist(session, room, said).catch((e) => around.unexpected("persisted", e))
}

async function send({ rooms }: Surroundings, connection: Connection, message: Messages["send"]): Promise<void> {
  const { id, room } = message
  const { seq, at } = await rooms.send(connection.session, message)
  connection.send({ type: "sent", id, room, seq, at })
}

function persisted({ persist }: Surroundings, connection: Connection, { room, seq }: Messages["persisted"]) {
  return persist(connection.session, room, seq)
}

/** Moves the mark of what this person has seen. */
async function read({ rooms }: Surroundings, { session }: Connection, { room, seq }: Messages["read"]): Promise<void> {
  await rooms.seen(session, room, seq)
}

/** Tells the others in the room, for as long as they read: an old one is worth nothing. */
async function typing({ delivery }: Surroundings, connection: Connection, { room }: Messages["typing"]): Promise<void> {
  if (!delivery.has(connection, room)) throw new UserError("not_a_member")
  const account = connection.session.account.name
  const frame = frameOf({ type: "typing", room, account })
  for (const other of delivery.audience(room))
    if (other.session.account.name !== account && !other.isFull) other.sendFrame(frame)
}

async function ping(_: Surroundings, connection: Connection): Promise<void> {
  connection.send({ type: "pong" })
}
