/** What core shows to whoever uses it: the interface, tests, bots. chat.ts has the class. */
import type { ErrorCode } from "../../shared/errors.ts"
import type { AccountName, DeviceId, MessageId, RoomId } from "../../shared/ids.ts"
import type { RoomKind } from "../../shared/wire.ts"
import type { RichText } from "./rich-text.ts"

/**
 * How the connection stands. `ended`: the session is over, log in again. `replaced`: this device is connected from
 * somewhere else. `taken-over`: another tab owns the state now. `failed`: this device could not go on, most likely because
 * its storage failed; what it had stored is whole, and opening the chat again goes on from there. After the last four
 * nothing happens any more.
 */
export type ConnectionState =
  | { readonly kind: "connecting" }
  | { readonly kind: "online" }
  /** Tried again at `retryAt`, milliseconds since 1970 by this device's clock. */
  | { readonly kind: "offline"; readonly retryAt: number }
  | { readonly kind: "ended" }
  | { readonly kind: "replaced" }
  | { readonly kind: "taken-over" }
  | { readonly kind: "failed"; readonly error: unknown }

/** One account in a room, told from the room's tree. */
export interface Person {
  readonly name: AccountName
  /** Ed25519, LIMITS.accountKeyLength bytes. */
  readonly accountKey: Uint8Array
  /** How many devices of theirs are in the room. */
  readonly devices: number
  readonly deviceIds: readonly DeviceId[]
}

/** How somebody's key stands, and what two people compare to be sure of it. */
export interface Verification {
  /** Twelve groups of five digits, the same for both people. */
  readonly digits: readonly string[]
  /** For a QR code. */
  readonly text: string
  /** The key that they have now was compared with them. */
  readonly isVerified: boolean
  /** The key has changed and was not accepted yet. */
  readonly isNew: boolean
}

/** A room as it stands at one moment; it does not change, ask again after a `room` event. */
export interface RoomView {
  readonly id: RoomId
  readonly kind: RoomKind
  /** A group's name (empty when this device has not heard it yet), or whom a private chat is with. */
  readonly name: string
  /** Whom a private chat is with. */
  readonly peer: AccountName | undefined
  /** False until this device is in the room, and again when it is out. */
  readonly joined: boolean
  /** Its person has left or was removed: the conversation can be read, and nothing be sent. */
  readonly isOut: boolean
  /** Whether this account made the group, and may remove people. */
  readonly isFounder: boolean
  /** People here whose key has changed: nothing is sent until the new one is accepted. */
  readonly newKeys: readonly AccountName[]
  /** People who are about to be added. */
  readonly adding: readonly AccountName[]
  /** Why joining does not succeed, while it is tried again. */
  readonly trouble: ErrorCode | "refused" | "wrong_key" | undefined
  /** Everybody who can read this room, by name. */
  readonly people: readonly Person[]
  /** Messages of others that this person has not seen yet; stops counting at 999. */
  readonly unread: number
  /** The position of the first of them. */
  readonly firstUnread: string | undefined
  /** Messages that wait in the outbox, at most 10,000. */
  readonly waiting: number
}

/**
 * `sending`: kept, and goes out by itself. `delivered`: a device of somebody else has it; `read`: everybody else in the room
 * has seen it, as far as they tell. `failed`: needs a decision; `reason` says why. */
export type MessageState = "sending" | "sent" | "delivered" | "read" | "failed"

interface ItemBase {
  /** Orders the items of a room as text; stays the same for ever, except when a message leaves the outbox. */
  readonly position: string
  /** Milliseconds since 1970 by the server's clock; by this device's for what was not sent yet. */
  readonly at: number
}

/** A message. `text` has at most LIMITS.textMax bytes of UTF-8, and is somebody else's: never take it for markup. */
export interface TextItem extends ItemBase {
  readonly kind: "text"
  readonly id: MessageId
  readonly sender: AccountName
  /** The sender's account key; tells an avatar's hue. */
  readonly accountKey: Uint8Array
  readonly mine: boolean
  readonly text: string
  /** The same formatted, where anything is. */
  readonly doc: RichText | undefined
  /** What this message answers; undefined also when this device does not have it. */
  readonly quote: Quote | undefined
  /** When its author changed it last. */
  readonly editedAt: number | undefined
  /** Its author has deleted it: there is no text any more. */
  readonly isDeleted: boolean
  readonly reactions: readonly Reaction[]
  /** Others who have tried to change it, which nobody lets them. */
  readonly attempts: readonly Attempt[]
  /** A change of this person's that is under way, or could not be made. */
  readonly change: Change | undefined
  /** Of others' messages always `delivered`. */
  readonly state: MessageState
  /** Why it has failed. */
  readonly reason: ErrorCode | undefined
}

/** A message that another one answers. The text is empty when that is deleted. */
export interface Quote {
  readonly position: string
  readonly sender: AccountName
  readonly accountKey: Uint8Array
  readonly text: string
}

/** An emoji, and who feels like that. */
export interface Reaction {
  readonly emoji: string
  readonly by: readonly AccountName[]
  readonly mine: boolean
}

export interface Attempt {
  readonly what: "edit" | "delete"
  readonly by: AccountName
  readonly at: number
}

/** What waits in the outbox under this id, to be tried again or given up like a message. */
export interface Change {
  readonly id: MessageId
  readonly state: "sending" | "failed"
}

/** Who is in the room has changed, or somebody's key. */
export interface RosterItem extends ItemBase {
  /** `joined` and `left` are devices of somebody; `devices` is how many that account has in the room now. */
  readonly kind: "you-joined" | "you-left" | "joined" | "left" | "key-changed"
  readonly name: AccountName
  readonly devices: number
  /** Who did it, where that is known. */
  readonly by: AccountName | undefined
}

/** A group has got a name. */
export interface NamedItem extends ItemBase {
  readonly kind: "named"
  readonly sender: AccountName
  readonly text: string
}

/** Why something is missing or was refused; the interface has a sentence for each. */
export const PROBLEMS = [
  "damaged", // a message did not decrypt
  "unknown", // a message of a kind that this version does not know
  "wrong-sender", // the server named another sender than the message itself
  "lost", // sent from this device, but its words are gone
  "refused", // a change to the room that broke its rules; nothing was changed
  "wrong-key", // the server offered a key for somebody that is not theirs; they were not added
  "rejoined", // this device had to join again; what was said in between is not here
] as const
export type Problem = (typeof PROBLEMS)[number]

/** Something is missing here, or was refused. */
export interface ProblemItem extends ItemBase {
  readonly kind: "problem"
  readonly problem: Problem
  /** Who the server says it came from. */
  readonly name: AccountName | undefined
}

/** One line of a conversation. */
export type Item = TextItem | RosterItem | NamedItem | ProblemItem

/** Which lines of a room to read, at most `limit`. `before` and `after` are positions, not given together. */
export interface Page {
  readonly before?: string
  readonly after?: string
  readonly limit: number
}

/** What Chat.on tells, by name. */
export interface ChatEvents {
  /** The connection stands another way now. */
  readonly connection: ConnectionState
  /** A room's view has changed. */
  readonly room: RoomId
  /** Who is online has changed. */
  readonly online: undefined
  /**
   * An item is new or has changed; `was` is its position before, when a message left the outbox. `missed`: it stands in the
   * log since before this connection.
   */
  readonly item: {
    readonly room: RoomId
    readonly item: Item
    readonly was: string | undefined
    readonly missed?: boolean
  }
  /** A message was discarded. */
  readonly gone: { readonly room: RoomId; readonly position: string }
  /** Who is typing in a room has changed. */
  readonly typing: RoomId
  /** The sending of history between this account's devices has changed; see HistoryState. */
  readonly transfer: undefined
  /** Lines of the past have come into a room. */
  readonly history: RoomId
  /** Sending pauses until this time (milliseconds by this device's clock); undefined: it goes on. */
  readonly pause: { readonly room: RoomId; readonly until: number | undefined; readonly reason: ErrorCode | undefined }
}

/** History on its way between the devices of this account. */
export interface HistoryState {
  /** Devices that have asked for it, and wait for this person's word. */
  readonly asked: readonly DeviceId[]
  /** Devices that get it from this one: lines that were sent, and that are left. */
  readonly sending: readonly { readonly device: DeviceId; readonly done: number; readonly left: number }[]
  /** What this device gets; nothing `left` means that all is here, undefined that nobody has answered yet. */
  readonly receiving: { readonly done: number; readonly left: number | undefined } | undefined
}

/** What accounts and chats can fail with: a code of the server's (shared/errors.ts), or one of core's own. */
export type ClientErrorCode =
  | ErrorCode
  | "unreachable" // no answer came
  | "bad_answer" // the answer was none that the protocol knows
  | "already_open" // another holder of the lock has the chat
  | "locked" // nobody is logged in
  | "weak_kdf" // the server asks for another cost of guessing a password than is safe
  | "wrong_key" // the account key does not fit, or not to what is stored here
  | "text_empty"
  | "text_too_long"
  | "outbox_full"
  | "not_in_room" // this account has left the room, or was removed
  | "name_empty" // nothing is left of the name of a group
  | "bad_code" // a recovery or reset code was copied wrongly

/** Its message is its code. */
export class ClientError extends Error {
  override readonly name = "ClientError"
  readonly code: ClientErrorCode
  /** Whole seconds to wait, for rate_limited and busy. */
  readonly seconds: number | undefined
  /** The newest commit's seq, for stale. */
  readonly seq: number | undefined

  constructor(code: ClientErrorCode, details: { readonly seconds?: number; readonly seq?: number } = {}) {
    super(code)
    this.code = code
    this.seconds = details.seconds
    this.seq = details.seq
  }
}

/** Name and password of an account. */
export interface Credentials {
  /** `[a-z0-9][a-z0-9_.-]{2,31}` */
  readonly name: string
  readonly password: string
}

export type { AccountName, DeviceId, MessageId, RoomId, RoomKind }
