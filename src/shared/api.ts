/**
 * The HTTP interface: every route with its body and its answer. Every body is JSON; every answer that is not 2xx is an
 * `errorBody`. As in protocol.ts, one definition gives type, parser and writer, and docs/protocol.md its words.
 */
import { ERROR_CODES } from "./errors.ts"
import { accountName, deviceId, messageId } from "./ids.ts"
import { LIMITS } from "./limits.ts"
import { boolean, bytes, integer, list, nullable, object, oneOf, string, type TypeOf } from "./schema.ts"
import { after, marks, roomKind, seq, statement, time } from "./wire.ts"

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
  /** One KeyPackage for every device of these accounts that handed some in. */
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
