/**
 * Reads only what MLS leaves in clear at the head of a message (RFC 9420 sections 6 and 6.3): for which group and epoch it
 * is, what it contains, and the authenticated data. The server does no cryptography: whatever stands here is the sender's
 * claim until members have checked it, and serves to order messages (the epoch rule), never to decide who may read.
 *
 * The bytes are a stranger's. Every length is checked against what is left before it is used, numbers that JavaScript
 * cannot hold exactly are refused, and a length has one encoding only (RFC 9420 section 2.1.2), so that nobody can write
 * one header in two ways. Reading costs no more than the header's own length: contents are stepped over, not copied.
 */
import { LIMITS } from "../shared/limits.ts"

/** The bytes are no message that this server takes. The text names the rule, never the bytes. */
export class HeaderError extends Error {
  override readonly name = "HeaderError"
}

/** Who signed a message, as its header says; `hidden`: a member, encrypted (RFC 9420 section 6.3.2). */
export type Sender = "hidden" | "member" | "external" | "new_member_proposal" | "new_member_commit"

export interface MessageHeader {
  readonly wire: "public" | "private"
  /** The group_id as text; the ids of rooms are ASCII. */
  readonly group: string
  readonly epoch: number
  readonly content: "application" | "proposal" | "commit"
  readonly sender: Sender
  /** At most LIMITS.authenticatedDataMax bytes. */
  readonly authenticatedData: Uint8Array
}

const VERSION_MLS10 = 1
const WIRE = { public: 1, private: 2, groupInfo: 4 } as const
const CONTENT = ["application", "proposal", "commit"] as const

function fail(rule: string): never {
  throw new HeaderError(rule)
}

class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  /** A big-endian number of `length` bytes, refused when it is no safe integer. */
  number(length: number): number {
    let value = 0
    for (const byte of this.#take(length)) value = value * 256 + byte
    return Number.isSafeInteger(value) ? value : fail("a number is too large")
  }

  /** A vector of at most `max` bytes, as a view. Its length has 1, 2 or 4 bytes, the shortest that holds it. */
  vector(max: number): Uint8Array {
    const first = this.number(1)
    const extraBytes = [0, 1, 3][first >> 6] ?? fail("a length has an unknown form")
    const length = (first & 63) * 256 ** extraBytes + (extraBytes > 0 ? this.number(extraBytes) : 0)
    const shortest = length < 64 ? 0 : length < 16_384 ? 1 : 3
    if (extraBytes !== shortest) fail("a length is not in its shortest form")
    if (length > max) fail("a field is too long")
    return this.#take(length)
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length
    if (end > this.#bytes.length) fail("the message ends too early")
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}

/** Steps into an MLSMessage: its version must be 1, and its wire format comes back. */
function wireFormat(reader: Reader): number {
  if (reader.number(2) !== VERSION_MLS10) fail("the version is not MLS 1.0")
  return reader.number(2)
}

function groupId(reader: Reader): string {
  const bytes = reader.vector(LIMITS.roomIdMaxLength)
  return bytes.every((byte) => byte > 32 && byte < 127)
    ? String.fromCharCode(...bytes)
    : fail("the group id is no room")
}

function contentType(reader: Reader): MessageHeader["content"] {
  return CONTENT[reader.number(1) - 1] ?? fail("the content type is unknown")
}

/** The sender of a PublicMessage (RFC 9420 section 6): the first two kinds carry an index, which is stepped over. */
function publicSender(reader: Reader): Sender {
  const kind = (["member", "external", "new_member_proposal", "new_member_commit"] as const)[reader.number(1) - 1]
  if (kind === undefined) return fail("the sender type is unknown")
  if (kind === "member" || kind === "external") reader.number(4)
  return kind
}

/** Reads the header of a PublicMessage or PrivateMessage. Throws HeaderError. */
export function readHeader(message: Uint8Array): MessageHeader {
  const reader = new Reader(message)
  const wire = wireFormat(reader)
  if (wire !== WIRE.public && wire !== WIRE.private) return fail("the wire format is not a message's")
  const group = groupId(reader)
  const epoch = reader.number(8)
  if (wire === WIRE.private) {
    const content = contentType(reader)
    const authenticatedData = reader.vector(LIMITS.authenticatedDataMax)
    const senderData = reader.vector(message.length)
    const ciphertext = reader.vector(message.length)
    if (senderData.length === 0 || ciphertext.length === 0) fail("a ciphertext is empty")
    if (!reader.atEnd) fail("something follows the message")
    return { wire: "private", group, epoch, content, sender: "hidden", authenticatedData }
  }
  const sender = publicSender(reader)
  const authenticatedData = reader.vector(LIMITS.authenticatedDataMax)
  const content = contentType(reader)
  if (reader.atEnd) fail("the message ends too early")
  return { wire: "public", group, epoch, content, sender, authenticatedData }
}

/** Reads for which group and epoch a GroupInfo is (RFC 9420 sections 12.4.3 and 8.1). Throws HeaderError. */
export function readGroupInfoHeader(groupInfo: Uint8Array): { readonly group: string; readonly epoch: number } {
  const reader = new Reader(groupInfo)
  if (wireFormat(reader) !== WIRE.groupInfo) fail("the wire format is not a GroupInfo's")
  if (reader.number(2) !== VERSION_MLS10) fail("the version is not MLS 1.0")
  // The cipher suite: members check it.
  reader.number(2)
  return { group: groupId(reader), epoch: reader.number(8) }
}
