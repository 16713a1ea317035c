/**
 * What is inside a message (application data of MLS, RFC 9420 section 15): a random opening of 32 bytes, then the content
 * as JSON. The commitment, HMAC-SHA-256 of the content under the opening, travels beside it as authenticated data (label.ts):
 * the server can keep it without learning anything, and whoever is in the room can later show which words it stands
 * for. The key is fresh for each message, so equal words have different commitments and none can be guessed.
 */
import { concatBytes, sameBytes } from "../../shared/bytes.ts"
import { deviceId, messageId, roomId } from "../../shared/ids.ts"
import { COMMITMENT_LENGTH, type MessageKind, readLabel, writeLabel } from "../../shared/label.ts"
import { LIMITS } from "../../shared/limits.ts"
import { boolean, integer, list, object, ParseError, string, type TypeOf, union } from "../../shared/schema.ts"
import { emoji, type Reference, reference } from "./message-parts.ts"
import { MLS_BOUNDS } from "./mls/bounds.ts"
import { itemRecord } from "./records.ts"
import { isPlain, plainText, type RichText, richText } from "./rich-text.ts"

/** Bytes of an opening. */
export const OPENING_LENGTH = 32
/** Bytes of content, so that opening and content fit into one message. */
const SAID_MAX = MLS_BOUNDS.plaintext - OPENING_LENGTH

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

export interface Words {
  readonly text: string
  readonly doc?: RichText
}

/** The longest reference that there is. */
const LONGEST: Reference = { seq: Number.MAX_SAFE_INTEGER, id: messageId.parse("A".repeat(22), "id") }

/** What can be said; later versions add to it. */
const content = union({
  /** `doc`: the same formatted, and what holds; `reply`: the message that this one answers. */
  text: object({ text: string(1, LIMITS.textMax) }, { doc: richText, reply: reference }),
  /** One's own message says this from now on. */
  edit: object({ of: reference, text: string(1, LIMITS.textMax) }, { doc: richText }),
  /** One's own message says nothing any more. */
  delete: object({ of: reference }),
  /** One feels like this about a message, or does so no more. */
  reaction: object({ of: reference, emoji, on: boolean }),
  /** The group's name is this from now on; or since that entry, which people who entered later cannot read. */
  name: object({ name: string(1, LIMITS.roomNameMax) }, { since: integer(0) }),
  /** A device asks the others of its account for their history (history-transfer.ts). */
  "ask-history": object({}),
  /** Lines of one room for one device: so many were sent with these, and so many are left. */
  history: object({
    to: deviceId,
    room: roomId,
    done: integer(0),
    left: integer(0),
    lines: list(itemRecord, 200),
  }),
})
export type Content = TypeOf<typeof content>

const KINDS: Readonly<Record<Content["type"], MessageKind>> = {
  text: "message",
  edit: "edit",
  delete: "delete",
  reaction: "reaction",
  name: "name",
  "ask-history": "device",
  history: "device",
}

/** Content ready for encryption. */
export interface Sealable {
  readonly plaintext: Uint8Array<ArrayBuffer>
  readonly authenticatedData: Uint8Array<ArrayBuffer>
}

/** Prepares content; `opening` is 32 fresh random bytes. */
export async function writeContent(what: Content, opening: Uint8Array<ArrayBuffer>): Promise<Sealable> {
  const said = utf8(contentText(what))
  const commitment = await commit(opening, said)
  return {
    plaintext: concatBytes(opening, said),
    authenticatedData: writeLabel({ kind: KINDS[what.type], commitment }),
  }
}

/**
 * Reads a decrypted message. `damaged`: it does not fit its own commitment or has no readable form; `unknown`: a kind of
 * content that this version does not know.
 */
export async function readContent(
  plaintext: Uint8Array,
  authenticatedData: Uint8Array,
): Promise<Content | "damaged" | "unknown"> {
  const label = readLabel(authenticatedData)
  if (label === undefined || plaintext.length <= OPENING_LENGTH) return "damaged"
  const said = new Uint8Array(plaintext.subarray(OPENING_LENGTH))
  const expected = await commit(new Uint8Array(plaintext.subarray(0, OPENING_LENGTH)), said)
  if (!sameBytes(expected, label.commitment)) return "damaged"
  try {
    const read = content.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(said)), "content")
    return KINDS[read.type] === label.kind ? read : "damaged"
  } catch (error) {
    return error instanceof ParseError ? "unknown" : "damaged"
  }
}

/** Content as the outbox keeps it, and back; throws ParseError. */
export const contentText = (what: Content): string => JSON.stringify(content.write(what))
export const contentFrom = (text: string): Content => content.parse(JSON.parse(text), "content")

async function commit(opening: Uint8Array<ArrayBuffer>, said: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", opening, { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, said)).subarray(0, COMMITMENT_LENGTH)
}

/** Words of a person, formatted or not. */
export type Said = string | RichText

/** What a person said, as it is sent and kept: formatted text beside what it says, and none where nothing is formatted. */
export function wordsOf(said: Said): Words {
  const text = wellFormed(typeof said === "string" ? said : plainText(said))
  return typeof said === "string" || isPlain(said) ? { text } : { text, doc: said }
}

/** What is kept of words that came: the formatted text holds, whatever its sender has put beside it for those who can't read it. */
export function wordsIn({ text, doc }: Words): Words {
  return doc === undefined ? { text } : { text: plainText(doc), doc }
}

/**
 * Whether words can be sent; the bound counts bytes of UTF-8, as they are and as JSON escapes them. Formatted text that has
 * more than others read is too long as well.
 */
export function textFault(words: Words): "text_empty" | "text_too_long" | undefined {
  if (words.text.trim() === "") return "text_empty"
  const said = contentText({ type: "text", ...words, reply: LONGEST })
  const isTooLong = utf8(words.text).length > LIMITS.textMax || utf8(said).length > SAID_MAX
  return isTooLong || !isReadable(said) ? "text_too_long" : undefined
}

function isReadable(said: string): boolean {
  try {
    contentFrom(said)
    return true
  } catch (error) {
    if (error instanceof ParseError) return false
    throw error
  }
}

/** The text with each half of a character pair that stands alone replaced by U+FFFD: only such text survives UTF-8. */
export const wellFormed = (text: string): string => new TextDecoder().decode(utf8(text))
