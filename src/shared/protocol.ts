/**
 * The protocol: every message of the WebSocket and every body of the HTTP interface. From each definition come the
 * type, the strict parser and the writer (schema.ts); docs/protocol.md says in words what stands here, and a test
 * keeps the two together.
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
  nullable,
  object,
  oneOf,
  ParseError,
  type Schema,
  string,
  type TypeOf,
  union,
} from "./schema.ts"

const seq = integer(0)
/** The `seq` of the newest commit in the room that the sender has handled: applied, or refused as everybody does. */
const after = integer(0)
/** Milliseconds since 1970 in UTC, by the server's clock. */
const time = integer(0)
const cursor = object({ room: roomId, seq })

/** What a log entry is, as the server can see it (RFC 9420 section 6, content type). */
const entryKind = oneOf("message", "commit")
export const ROOM_KINDS = ["general", "private", "group"] as const
const roomKind = oneOf(...ROOM_KINDS)
export type RoomKind = (typeof ROOM_KINDS)[number]
/** A signed statement that a device leaves a room or is gone for good (docs/encryption.md, departures). */
const statement = bytes(LIMITS.statementLength)
/** How far an account has come in a room: what one of its devices has persisted, and what its person has seen. */
const marks = object({ account: accountName, delivered: seq, read: seq })

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
    /** The oldest entry still kept is newer than what this device needs next: it has to rejoin from here. */
    behind: literal("behind"),
    /** A Welcome waits for this device: that of the commit with this seq, 0 for the founding. */
    welcome: seq,
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

// The HTTP interface. Every body is JSON; every answer that is not 2xx is an `errorBody`.

export const errorBody = object({ error: oneOf(...ERROR_CODES), text: string(1, 200) }, { seq, seconds: integer(1) })

const salt = bytes(LIMITS.kdfSaltLength)
const auth = bytes(LIMITS.authLength)
const wrappedKey = bytes(1, LIMITS.wrappedKeyMax)
const accountKey = bytes(LIMITS.accountKeyLength)
/** What a person calls a device: "Firefox on Linux". */
const deviceName = string(1, LIMITS.deviceNameMax)
const groupInfo = bytes(1, LIMITS.groupInfoMax)
const welcome = bytes(1, LIMITS.welcomeMax)
const keyPackage = bytes(1, LIMITS.keyPackageMax)
/** Devices that a commit adds or removes, by its maker's word: whom the server delivers to, and no more than that. */
const changedDevices = list(deviceId, LIMITS.changesPerCommit)
/** What comes from a new password. */
const newPassword = {
  salt,
  iterations: integer(LIMITS.kdfIterationsMin, LIMITS.kdfIterationsMax),
  auth,
  wrappedKey,
}
/** What comes from a recovery code: proof for the server, and the account key wrapped a second time. */
const newRecoveryCode = { recoveryAuth: auth, recoveryWrappedKey: wrappedKey }

export const API = {
  /** What anybody may know before logging in. `registration` says who may sign up. */
  server: {
    method: "GET",
    path: "/api/server",
    answer: object({
      registration: oneOf("open", "closed"),
      /** SHA-256 of the certificate authority this server made for itself; null when the certificate is another's. */
      fingerprint: nullable(string(1, 100)),
      sessionLogs: boolean,
      /** Ed25519 public key under which this server states that an account is gone; founders put it into the charter. */
      noticeKey: bytes(LIMITS.accountKeyLength),
    }),
  },
  /** The salt of a name, known or not: the answers cannot be told apart. */
  salt: {
    method: "POST",
    path: "/api/salt",
    body: object({ name: accountName }),
    answer: object({ salt, iterations: integer(LIMITS.kdfIterationsMin, LIMITS.kdfIterationsMax) }),
  },
  signUp: {
    method: "POST",
    path: "/api/sign-up",
    body: object({
      name: accountName,
      ...newPassword,
      accountKey,
      ...newRecoveryCode,
      device: deviceId,
      deviceName,
    }),
    answer: object({ name: accountName, device: deviceId }),
  },
  logIn: {
    method: "POST",
    path: "/api/log-in",
    body: object({ name: accountName, auth, device: deviceId, deviceName }),
    answer: object({ name: accountName, device: deviceId, accountKey, wrappedKey }),
  },
  logOut: { method: "POST", path: "/api/log-out", body: object({}), answer: object({}) },
  session: { method: "GET", path: "/api/session", answer: object({ name: accountName, device: deviceId }) },
  /** Sets another password; `currentAuth` proves the one before. */
  password: {
    method: "POST",
    path: "/api/password",
    body: object({ currentAuth: auth, ...newPassword }),
    answer: object({}),
  },
  /** Replaces the recovery code. */
  recoveryCode: {
    method: "POST",
    path: "/api/recovery-code",
    body: object({ currentAuth: auth, ...newRecoveryCode }),
    answer: object({}),
  },
  /** What a recovery code unlocks. */
  recoveryKey: {
    method: "POST",
    path: "/api/recovery/key",
    body: object({ name: accountName, recoveryAuth: auth }),
    answer: object({ accountKey, recoveryWrappedKey: wrappedKey }),
  },
  /** Sets a password by the recovery code, and logs a device in. */
  recover: {
    method: "POST",
    path: "/api/recovery",
    body: object({ name: accountName, recoveryAuth: auth, ...newPassword, device: deviceId, deviceName }),
    answer: object({ name: accountName, device: deviceId }),
  },
  /** Gives an account another key by a code of the person who runs the server, ends all its devices, and logs one in. */
  reset: {
    method: "POST",
    path: "/api/reset",
    body: object({
      ...{ name: accountName, code: bytes(LIMITS.codeLength), ...newPassword, accountKey, ...newRecoveryCode },
      ...{ device: deviceId, deviceName },
    }),
    answer: object({ name: accountName, device: deviceId }),
  },
  /** The devices of this account. */
  devices: {
    method: "GET",
    path: "/api/devices",
    answer: object({
      devices: list(
        object({ device: deviceId, name: deviceName, createdAt: time, lastSeenAt: time }),
        LIMITS.devicesPerAccount,
      ),
    }),
  },
  /** Ends a device of this account for good: its session, its KeyPackages, and by the statement its place in rooms. */
  retire: {
    method: "POST",
    path: "/api/devices/retire",
    body: object({ device: deviceId, statement }),
    answer: object({}),
  },
  /** When accounts were online last; null for one that never was, or does not exist. */
  lastSeen: {
    method: "POST",
    path: "/api/last-seen",
    body: object({ accounts: list(accountName, LIMITS.accountsAtOnce) }),
    answer: object({ accounts: list(object({ account: accountName, at: nullable(time) }), LIMITS.accountsAtOnce) }),
  },
  /** Hands in KeyPackages of this device (RFC 9420 section 10): each is given out once, the last resort as often as needed. */
  keyPackages: {
    method: "POST",
    path: "/api/key-packages",
    body: object({ keyPackages: list(keyPackage, LIMITS.keyPackagesPerDevice) }, { lastResort: keyPackage }),
    answer: object({ keyPackages: integer(0) }),
  },
  /** One KeyPackage for every device of these accounts that has any. */
  claim: {
    method: "POST",
    path: "/api/key-packages/claim",
    body: object({ accounts: list(accountName, LIMITS.accountsAtOnce) }),
    answer: object({
      devices: list(
        object({ account: accountName, device: deviceId, keyPackage }),
        LIMITS.accountsAtOnce * LIMITS.devicesPerAccount,
      ),
    }),
  },
  /** The newest GroupInfo of a room, with its ratchet tree; `seq` is that of the newest commit (0: founding). */
  groupInfo: {
    method: "GET",
    path: "/api/rooms/:room/group-info",
    answer: object({ seq, groupInfo }),
  },
  /**
   * Founds a room that does not exist: `room_exists` otherwise. The founder may have added devices by a first commit
   * that nobody else needs to see: the GroupInfo is of epoch 0, or of epoch 1 with `added` and their Welcome. The id of
   * a private chat comes from the keys of its two accounts (private-room.ts), one of which is the `peer`.
   */
  found: {
    method: "POST",
    path: "/api/rooms/:room",
    body: object({ id: messageId, kind: roomKind, groupInfo, added: changedDevices }, { peer: accountName, welcome }),
    answer: object({}),
  },
  /** A commit made after the newest one, with the GroupInfo it leads to, in one transaction. An external commit joins. */
  commit: {
    method: "POST",
    path: "/api/rooms/:room/commits",
    body: object(
      {
        id: messageId,
        after,
        commit: bytes(1, LIMITS.commitMax),
        groupInfo,
        added: changedDevices,
        removed: changedDevices,
      },
      { welcome },
    ),
    answer: object({ seq: integer(1), at: time }),
  },
  /** The Welcome that waits for this device. */
  welcome: {
    method: "GET",
    path: "/api/rooms/:room/welcome",
    answer: object({ seq, at: time, welcome }),
  },
  /** This device needs the Welcome of this commit no more. */
  welcomed: {
    method: "POST",
    path: "/api/rooms/:room/welcome",
    body: object({ seq }),
    answer: object({}),
  },
  /** States that a device of this account leaves a group. */
  depart: {
    method: "POST",
    path: "/api/rooms/:room/departures",
    body: object({ statement }),
    answer: object({}),
  },
  /** How far every account of a room has come. */
  marks: {
    method: "GET",
    path: "/api/rooms/:room/marks",
    answer: object({ marks: list(marks, LIMITS.membersMax) }),
  },
} as const
export type Api = typeof API
export type ApiName = keyof Api

export type BodyOf<N extends ApiName> = Api[N] extends { readonly body: infer S } ? TypeOf<S> : undefined
export type AnswerOf<N extends ApiName> = TypeOf<Api[N]["answer"]>

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
