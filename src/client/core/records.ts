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
 *     unaccepted/<name>            the key before the one that its person has not accepted yet
 *     verified/<name>              the key that was compared with its person
 *     about/<room>                 what a room is, and what its person wants changed in it
 *     settings                     what the person has set on this device
 *     seen/<room>                  how far the person has seen a room
 *     asked/<device>               another device of this account has asked for history
 *     handing/<device>             how far the history that it gets has been sent
 *     key-package/<reference>      the private parts of a KeyPackage that was handed to the server
 */
import { accountName, deviceId, messageId, roomId } from "../../shared/ids.ts"
import { LIMITS } from "../../shared/limits.ts"
import {
  boolean,
  bytes,
  integer,
  list,
  nullable,
  object,
  oneOf,
  type Schema,
  string,
  type TypeOf,
  union,
} from "../../shared/schema.ts"
import { ROOM_KINDS } from "../../shared/wire.ts"
import { emoji, reference } from "./message-parts.ts"
import { MLS_BOUNDS } from "./mls/bounds.ts"
import { richText } from "./rich-text.ts"
import { PROBLEMS } from "./types.ts"

/** Version, kind, founder, two accounts and the notice key, in bytes (mls/charter.ts). */
const CHARTER_MAX = 131
const PARTS_MAX = MLS_BOUNDS.privateParts

export const IDENTITY = "identity"
export const ACCOUNT_KEY = "account-key"
export const groupKey = (room: string): string => `group/${room}`
export const roomKey = (room: string): string => `room/${room}`
export const pendingKey = (room: string): string => `pending/${room}`
export const pendingGroupKey = (room: string): string => `pending-group/${room}`
export const itemPrefix = (room: string): string => `item/${room}/`
export const aboutKey = (room: string): string => ABOUT + room
export const keyPackageKey = (reference: string): string => KEY_PACKAGES + reference
export const seenKey = (room: string): string => `seen/${room}`
export const askedKey = (device: string): string => ASKED + device
export const handingKey = (device: string): string => HANDING + device
export const outboxPrefix = (room: string): string => `outbox/${room}/`
export const draftKey = (room: string): string => `draft/${room}`
export const PINS = "pin/"
export const UNACCEPTED = "unaccepted/"
export const VERIFIED = "verified/"
export const ABOUT = "about/"
export const KEY_PACKAGES = "key-package/"
export const SETTINGS = "settings"
export const ASKED = "asked/"
export const HANDING = "handing/"

/**
 * `after`: the newest commit that was handled; `cursor`: the newest entry that was; `delivered`: what somebody else has;
 * `read`: what everybody else has seen; `epoch` and `charter`: those of the newest group this device has had; `people`:
 * who was in it when this device let go of it; `isFresh`: nothing that somebody else sent has been read in it yet.
 */
export const roomRecord = object(
  { cursor: integer(0), after: integer(0), delivered: integer(0) },
  {
    read: integer(0),
    epoch: integer(0),
    charter: bytes(1, CHARTER_MAX),
    people: list(accountName, MLS_BOUNDS.leaves),
    isFresh: boolean,
  },
)

export const seenRecord = object({ seq: integer(0) })

/** Pixels that a pane beside the conversation may be wide. */
export const PANE_WIDTHS = { least: 240, most: 420 }
const paneWidth = integer(PANE_WIDTHS.least, PANE_WIDTHS.most)
/** UTF-16 units of the longest emoji that the picker has: two people, each with a skin tone, and a kiss. */
export const EMOJI_MAX = 15
export const RECENT_EMOJI_MAX = 16
export const SKIN_TONES = 5

/** `recent`: used last, newest first, without their skin tone; `tone`: light to dark from 1, none 0. */
export const emojiRecord = object({
  recent: list(string(1, EMOJI_MAX), RECENT_EMOJI_MAX),
  tone: integer(0, SKIN_TONES),
})
export type EmojiRecord = TypeOf<typeof emojiRecord>

/** Chats that can be muted. */
export const MUTED_MAX = 1_000
/** `muted`: chats that are not told of; `notifies`, `showsWords`, `sounds`: whether and how
 * others are; `formats`: whether one writes in the editor; where that is not said, it depends on the screen. */
export const settingsRecord = object(
  { tellsRead: boolean },
  {
    emoji: emojiRecord,
    muted: list(roomId, MUTED_MAX),
    notifies: boolean,
    showsWords: boolean,
    sounds: boolean,
    enterSends: boolean,
    formats: boolean,
    listWidth: paneWidth,
    detailsWidth: paneWidth,
  },
)
export type SettingsRecord = TypeOf<typeof settingsRecord>
export type RoomRecord = TypeOf<typeof roomRecord>

export const pendingRecord = object({
  kind: oneOf("found", "join", "change"),
  id: messageId,
  after: integer(0),
  /** Empty for a founding. */
  commit: bytes(0, LIMITS.commitMax),
  groupInfo: bytes(1, LIMITS.groupInfoMax),
  added: list(deviceId, LIMITS.changesPerCommit),
  removed: list(deviceId, LIMITS.changesPerCommit),
  /** For those who are added; empty when nobody is. */
  welcome: bytes(0, LIMITS.welcomeMax),
})
export type PendingRecord = TypeOf<typeof pendingRecord>

/**
 * `founding`: this device makes the room, with those of `add`. `member`: it is in, or gets in as one more device of its
 * account or by a Welcome. `out`: its person has left or was removed. `add` and `remove` are changes that are still to be
 * made, `isLeaving` the wish to go. `namedAt` is the entry that gave the group its name, none while the name is but wished;
 * `owes`: somebody has entered to whom nobody has told it (naming.ts).
 */
export const aboutRecord = object(
  {
    kind: oneOf(...ROOM_KINDS),
    standing: oneOf("founding", "member", "out"),
    name: string(0, LIMITS.roomNameMax),
    peer: nullable(accountName),
    add: list(accountName, LIMITS.groupMax),
    remove: list(accountName, LIMITS.groupMax),
    isLeaving: boolean,
  },
  { namedAt: integer(0), owes: oneOf("now", "later") },
)
export type AboutRecord = TypeOf<typeof aboutRecord>

/** The private parts of a KeyPackage (core/mls). */
export const keyPackageRecord = object({ madeAt: integer(0), isLastResort: boolean, parts: bytes(1, PARTS_MAX) })

const base = { position: string(1, 40), at: integer(0) }

/** Different reactions to one message; one more is not kept. */
export const REACTIONS_MAX = 40
/** Attempts of others to change a message that are remembered. */
export const ATTEMPTS_MAX = 8

/** A message as it is now. The text is empty once it is deleted (altering.ts). */
export const textRecord = object(
  {
    ...base,
    id: messageId,
    sender: accountName,
    accountKey: bytes(LIMITS.accountKeyLength),
    text: string(0, LIMITS.textMax),
  },
  {
    doc: richText,
    reply: reference,
    editedAt: integer(0),
    deletedAt: integer(0),
    reactions: list(object({ emoji, by: list(accountName, MLS_BOUNDS.leaves) }), REACTIONS_MAX),
    attempts: list(object({ what: oneOf("edit", "delete"), by: accountName, at: integer(0) }), ATTEMPTS_MAX),
  },
)

export const rosterRecord = object(
  {
    ...base,
    change: oneOf("you-joined", "you-left", "joined", "left", "key-changed"),
    name: accountName,
    devices: integer(0),
  },
  /** Whose commit it was. */
  { by: accountName },
)

export const namedRecord = object(
  { ...base, id: messageId, sender: accountName, text: string(1, LIMITS.roomNameMax) },
  /** The entry that gave the name, where it was only told again. */
  { since: integer(0) },
)

export const problemRecord = object({ ...base, problem: oneOf(...PROBLEMS), name: nullable(accountName) })

/** One line of a conversation. */
export const itemRecord = union({ text: textRecord, roster: rosterRecord, named: namedRecord, problem: problemRecord })
export type ItemRecord = TypeOf<typeof itemRecord>

/** How far the sending of history to a device has come: after this line, counted from the newest, of this room. */
export const handingRecord = object({ room: string(0, 40), before: string(0, 40), done: integer(0), total: integer(0) })

export const outboxRecord = object(
  {
    number: integer(0),
    id: messageId,
    text: string(1, MLS_BOUNDS.plaintext),
    at: integer(0),
    /** The ciphertext that was sent or is about to be, made after the commit `after`; empty when there is none. */
    message: bytes(0, LIMITS.messageMax),
    after: integer(0),
    failed: nullable(string(1, 40)),
  },
  /**
   * `name`: the text is the group's name, given by the entry `since`, or by this; `content`: content that adds no line, as
   * JSON; otherwise it is words, which may answer a message.
   */
  { what: oneOf("name", "content"), since: integer(0), doc: richText, reply: reference },
)
export type OutboxRecord = TypeOf<typeof outboxRecord>

/** More than a message may have, so that one that is too long can still be shortened after a reload. */
export const DRAFT_MAX = 2 * LIMITS.textMax
export const draftRecord = object({ text: string(1, DRAFT_MAX) }, { doc: richText })

/** A record as bytes. */
export function writeRecord<T>(schema: Schema<T>, value: T): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(schema.write(value)))
}

/** Reads what `writeRecord` wrote. Throws ParseError. */
export function readRecord<T>(schema: Schema<T>, record: Uint8Array): T {
  return schema.parse(JSON.parse(new TextDecoder().decode(record)), "record")
}
