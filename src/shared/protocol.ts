/**
 * The protocol of the WebSocket: every message in both directions. From each definition come the type, the strict parser and
 * the writer (schema.ts); docs/protocol.md says in words what stands here, and a test keeps the two together. What is too
 * large or too rare for it goes over HTTP (api.ts).
 *
 * The order of a connection: the upgrade carries the session cookie; the client's first message is `resume` with
 * what it has persisted; the server answers `ready`, then sends each room's missing log entries, oldest first, and
 * from then on each new one. Every room's entries arrive in log order without gaps. Bytes are base64url.
 */
import { ERROR_CODES } from "./errors.ts"
import { accountName, deviceId, messageId, roomId } from "./ids.ts"
import { LIMITS } from "./limits.ts"
import {
  boolean,
  bytes,
  integer,
  list,
  literal,
  object,
  oneOf,
  ParseError,
  type Schema,
  type TypeOf,
  union,
} from "./schema.ts"
import { after, marks, roomKind, seq, statement, time } from "./wire.ts"

const cursor = object({ room: roomId, seq })
/** What a log entry is, as the server can see it (RFC 9420 section 6, content type). */
const entryKind = oneOf("message", "commit")

/** What a client may send over the WebSocket. */
export const clientMessage = union({
  /** First, once: the highest `seq` persisted in each room this device holds. Rooms left out are not delivered. */
  resume: object({ cursors: list(cursor, LIMITS.roomsPerDevice) }),
  /** An MLS PrivateMessage, made after the room's newest commit. The same id again gets the first answer again. */
  send: object({ id: messageId, room: roomId, after, message: bytes(1, LIMITS.messageMax) }),
  /** Everything up to `seq` is in this device's own storage. */
  persisted: object({ room: roomId, seq }),
  /** The person has seen everything up to `seq`. */
  read: object({ room: roomId, seq }),
  /** The person is typing in this room; valid for a few seconds, repeated while it lasts. */
  typing: object({ room: roomId }),
  /** Are you there? Answered with `pong`. */
  ping: object({}),
})
export type ClientMessage = TypeOf<typeof clientMessage>

const roomState = object(
  {
    room: roomId,
    kind: roomKind,
    /** The newest entry of the log. */
    head: seq,
    /** The highest `seq` that a device of another account has persisted. */
    delivered: seq,
  },
  {
    /**
     * This device has to join again: the oldest entry still kept is newer than what it needs next, or it has said before
     * that it held more, so that its state is an older one.
     */
    behind: literal("behind"),
    /** A Welcome waits for this device: that of the commit with this seq, 0 for the founding. */
    welcome: seq,
    /** The commit that removed this device: the last entry that it gets. */
    removed: seq,
  },
)

/** What the server may send over the WebSocket. */
export const serverMessage = union({
  /** The answer to `resume`: who this is, every room of this device, and who is online (names, sorted). */
  ready: object({
    account: accountName,
    device: deviceId,
    now: time,
    rooms: list(roomState, LIMITS.roomsPerDevice),
    /** Rooms of other devices of this account. */
    elsewhere: list(object({ room: roomId, kind: roomKind }), LIMITS.roomsPerDevice),
    /** Devices of these rooms that are to be removed by whoever commits next. */
    departures: list(object({ room: roomId, statement }), LIMITS.departuresAtOnce),
    /** KeyPackages of this device that are left, the last resort not counted. */
    keyPackages: integer(0),
    online: list(accountName, 100_000),
    /** Whether this server keeps session logs (DESIGN section 8). */
    sessionLogs: boolean,
  }),
  /** One entry of a room's log, to every device in the room, the sender's own too. `id` is the sender's. */
  entry: object({
    room: roomId,
    seq: integer(1),
    at: time,
    kind: entryKind,
    sender: accountName,
    device: deviceId,
    id: messageId,
    message: bytes(1, LIMITS.commitMax),
  }),
  /** The message with this id is committed to the log, durably. */
  sent: object({ id: messageId, room: roomId, seq: integer(1), at: time }),
  /** The message with this id was not taken: nothing was stored. */
  refused: object({ id: messageId, room: roomId, code: oneOf(...ERROR_CODES) }, { seq, seconds: integer(1) }),
  /** A device of another account has persisted everything up to `seq`. */
  delivered: object({ room: roomId, seq }),
  /** The marks of an account have moved, in a room of at most LIMITS.marksFor accounts. */
  marks: object({ room: roomId, marks }),
  /** This device was added to a room by the commit with this seq, 0 for the founding: a Welcome waits for it. */
  invited: object({ room: roomId, kind: roomKind, seq }),
  /** Other devices of this account were added to a room, and this one was not: it enters by itself. */
  elsewhere: object({ room: roomId, kind: roomKind }),
  /** This device was removed from a room by the commit with this seq, as its author says: no entry after it comes here. */
  removed: object({ room: roomId, seq }),
  /** A device of the room is to be removed by whoever commits next. */
  departure: object({ room: roomId, statement }),
  /** An account's first device came, or its last one went. */
  presence: object({ account: accountName, online: boolean }),
  typing: object({ room: roomId, account: accountName }),
  pong: object({}),
  /** What was asked for besides sending was refused; the connection stays. */
  error: object({ code: oneOf(...ERROR_CODES) }, { seconds: integer(1) }),
})
export type ServerMessage = TypeOf<typeof serverMessage>
export type ServerMessageOf<T extends ServerMessage["type"]> = Extract<ServerMessage, { readonly type: T }>
export type ClientMessageOf<T extends ClientMessage["type"]> = Extract<ClientMessage, { readonly type: T }>

/** Parses one WebSocket text frame; throws ParseError for anything that is not exactly a message of the schema. */
export function parseFrame<T>(schema: Schema<T>, text: string): T {
  return schema.parse(parseJson(text), "message")
}

/** Parses JSON; throws ParseError, whose text does not repeat the input. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ParseError("message: is not JSON")
  }
}

/** Writes one WebSocket text frame. */
export function writeFrame<T>(schema: Schema<T>, message: T): string {
  return JSON.stringify(schema.write(message))
}
