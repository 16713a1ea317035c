/** What both halves of the protocol are made of: the WebSocket's messages (protocol.ts) and the HTTP interface (api.ts). */
import { accountName } from "./ids.ts"
import { LIMITS } from "./limits.ts"
import { bytes, integer, object, oneOf } from "./schema.ts"

export const seq = integer(0)
/** The `seq` of the newest commit in the room that the sender has handled: applied, or refused as everybody does. */
export const after = integer(0)
/** Milliseconds since 1970 in UTC, by the server's clock. */
export const time = integer(0)
export const ROOM_KINDS = ["general", "private", "group"] as const
export const roomKind = oneOf(...ROOM_KINDS)
export type RoomKind = (typeof ROOM_KINDS)[number]
/** A signed statement that a device leaves a room or is gone for good (docs/encryption.md, departures). */
export const statement = bytes(LIMITS.statementLength)
/** How far an account has come in a room: what one of its devices has persisted, and what its person has seen. */
export const marks = object({ account: accountName, delivered: seq, read: seq })
