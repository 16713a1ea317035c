/**
 * What a device stores, and under which keys (all of it encrypted, see sealed-vault.ts):
 *
 *     identity                     credential and leaf key of this device      (core/mls)
 *     account-key                  the account's private key, 32 bytes
 *     group/<room>                 the room's MLS state                         (core/mls)
 *     room/<room>                  how far this device has come in the room's log
 *     pending/<room>               a commit of ours of which we don't know yet whether it was taken
 *     pending-group/<room>         the MLS state that it leads to
 *     item/<room>/<position>       one line of the conversation
 *     outbox/<room>/<number>       one message that is not in the log yet
 *     draft/<room>                 what was being written there and not sent
 *     pin/<name>                   the account key that a name had when it was first seen
 */
import { accountName, messageId } from "../../shared/ids.ts"
import { LIMITS } from "../../shared/limits.ts"
import { bytes, integer, nullable, object, oneOf, type Schema, string, type TypeOf } from "../../shared/schema.ts"
import { PROBLEMS } from "./types.ts"

export const IDENTITY = "identity"
export const ACCOUNT_KEY = "account-key"
export const groupKey = (room: string): string => `group/${room}`
export const roomKey = (room: string): string => `room/${room}`
export const pendingKey = (room: string): string => `pending/${room}`
export const pendingGroupKey = (room: string): string => `pending-group/${room}`
export const itemPrefix = (room: string): string => `item/${room}/`
export const outboxPrefix = (room: string): string => `outbox/${room}/`
export const draftKey = (room: string): string => `draft/${room}`
export const PINS = "pin/"

/** `after`: the newest commit that was handled; `cursor`: the newest entry that was; `delivered`: what others have. */
export const roomRecord = object({ cursor: integer(0), after: integer(0), delivered: integer(0) })
export type RoomRecord = TypeOf<typeof roomRecord>

export const pendingRecord = object({
  kind: oneOf("found", "join", "update"),
  id: messageId,
  after: integer(0),
  /** Empty for a founding. */
  commit: bytes(0, LIMITS.commitMax),
  groupInfo: bytes(1, LIMITS.groupInfoMax),
})
export type PendingRecord = TypeOf<typeof pendingRecord>

const base = { position: string(1, 40), at: integer(0) }

export const textRecord = object({
  ...base,
  id: messageId,
  sender: accountName,
  accountKey: bytes(LIMITS.accountKeyLength),
  text: string(1, LIMITS.textMax),
})

export const rosterRecord = object({
  ...base,
  change: oneOf("you-joined", "joined", "left", "key-changed"),
  name: accountName,
  devices: integer(0),
})

export const problemRecord = object({ ...base, problem: oneOf(...PROBLEMS), name: nullable(accountName) })

export const outboxRecord = object({
  number: integer(0),
  id: messageId,
  text: string(1, LIMITS.textMax),
  at: integer(0),
  /** The ciphertext that was sent or is about to be, made after the commit `after`; empty when there is none. */
  message: bytes(0, LIMITS.messageMax),
  after: integer(0),
  failed: nullable(string(1, 40)),
})
export type OutboxRecord = TypeOf<typeof outboxRecord>

/** More than a message may have, so that one that is too long can still be shortened after a reload. */
export const DRAFT_MAX = 2 * LIMITS.textMax
export const draftRecord = object({ text: string(1, DRAFT_MAX) })

/** A record as bytes. */
export function writeRecord<T>(schema: Schema<T>, value: T): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(schema.write(value)))
}

/** Reads what `writeRecord` wrote. Throws ParseError. */
export function readRecord<T>(schema: Schema<T>, record: Uint8Array): T {
  return schema.parse(JSON.parse(new TextDecoder().decode(record)), "record")
}
