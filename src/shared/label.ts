/**
 * The authenticated data of an application message (RFC 9420 section 6.3.1): what the server may know of it besides its
 * size. Both sides read the same bytes, so a sender cannot tell the server one thing and the members another.
 *
 *     u8 version = 1 | u8 kind | 32 bytes commitment
 *
 * The commitment is HMAC-SHA-256 of the content under a key that travels inside the message (message franking): it
 * binds the sender to the words without telling them.
 */
import { concatBytes } from "./bytes.ts"

/** What a message is, in its order on the wire, counted from 1. */
export const MESSAGE_KINDS = ["message", "edit", "delete", "file", "reaction", "name", "device"] as const
export type MessageKind = (typeof MESSAGE_KINDS)[number]

export const COMMITMENT_LENGTH = 32

export interface Label {
  readonly kind: MessageKind
  /** 32 bytes. */
  readonly commitment: Uint8Array
}

const VERSION = 1
const HEADER_LENGTH = 2

/** Reads authenticated data; undefined when it is not exactly of this form. */
export function readLabel(bytes: Uint8Array): Label | undefined {
  const [version, number] = bytes
  const kind = number === undefined ? undefined : MESSAGE_KINDS[number - 1]
  if (version !== VERSION || kind === undefined || bytes.length !== HEADER_LENGTH + COMMITMENT_LENGTH) return undefined
  return { kind, commitment: bytes.slice(HEADER_LENGTH) }
}

export function writeLabel({ kind, commitment }: Label): Uint8Array<ArrayBuffer> {
  return concatBytes(Uint8Array.of(VERSION, MESSAGE_KINDS.indexOf(kind) + 1), commitment)
}
