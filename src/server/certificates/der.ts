/**
 * DER, the byte format of certificates (ITU-T X.690): the few types that RFC 5280 needs, written, and any of them
 * read back. It holds nothing. Reading is strict and bounded by the input: one-byte tags, definite lengths in their
 * shortest form, nothing past the end. What is read comes from files the person who runs the server put there, so
 * an attacker gains nothing by a strange one; a damaged file has to end in an error all the same, never in a crash.
 */
import { concatBytes } from "../../shared/bytes.ts"

/** Tag bytes (X.690 section 8.1.2): class, the constructed bit 0x20, and the number. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** The tag byte of context-specific `[number]` (0 to 30); `constructed` when it holds further elements. */
export function contextTag(number: number, constructed: boolean): number {
  return (constructed ? 0xa0 : 0x80) | number
}

/** Writes a length (0 to 2^32 - 1) in its shortest form (X.690 section 10.1). */
export function derLength(length: number): Uint8Array {
  if (!Number.isInteger(length) || length < 0 || length > 0xffffffff) throw new RangeError("DER length out of range")
  if (length < 0x80) return Uint8Array.of(length)
  const bytes = bigEndian(length, 0x100)
  return Uint8Array.of(0x80 | bytes.length, ...bytes)
}

/** Writes one element: tag, length, and the given contents one after the other. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = concatBytes(...contents)
  return concatBytes(Uint8Array.of(tag), derLength(content.length), content)
}

/** Writes a SEQUENCE of elements that are already encoded. */
export function sequence(...elements: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return der(TAG.sequence, ...elements)
}

/**
 * Writes an unsigned INTEGER from its big-endian bytes: leading zeros go, and one comes back where the highest bit
 * would make the number negative (X.690 section 8.3). No bytes at all is zero.
 */
export function integer(magnitude: Uint8Array): Uint8Array<ArrayBuffer> {
  const first = magnitude.findIndex((byte) => byte !== 0)
  const shortest = first === -1 ? Uint8Array.of(0) : magnitude.subarray(first)
  const sign = (shortest[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : new Uint8Array(0)
  return der(TAG.integer, sign, shortest)
}

/** Writes an OBJECT IDENTIFIER given as dotted numbers, each below 2^53 (X.690 section 8.19). */
export function oid(dotted: string): Uint8Array<ArrayBuffer> {
  const [first = Number.NaN, second = Number.NaN, ...rest] = dotted.split(".").map(arc)
  const known = first <= 2 && second >= 0 && (first === 2 || second < 40)
  if (!known) throw new RangeError("not an object identifier")
  return der(TAG.oid, ...[first * 40 + second, ...rest].map(base128))
}

function arc(text: string): number {
  const value = /^(0|[1-9]\d*)$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value)) throw new RangeError("not an object identifier")
  return value
}

function base128(value: number): Uint8Array {
  const groups = bigEndian(value, 0x80)
  return Uint8Array.from(groups, (group, at) => (at === groups.length - 1 ? group : group | 0x80))
}

/** The digits of a whole number in a base up to 256, highest first, at least one. */
function bigEndian(value: number, base: number): number[] {
  const digits: number[] = []
  let left = value
  do {
    digits.unshift(left % base)
    left = Math.floor(left / base)
  } while (left > 0)
  return digits
}

/** Writes a BIT STRING whose last byte has `unused` bits (0 to 7) that don't count. */
export function bitString(bytes: Uint8Array, unused = 0): Uint8Array<ArrayBuffer> {
  return der(TAG.bitString, Uint8Array.of(unused), bytes)
}

/** Writes BOOLEAN TRUE; FALSE is a default that DER leaves out wherever certificates have it. */
export function booleanTrue(): Uint8Array<ArrayBuffer> {
  return der(TAG.boolean, Uint8Array.of(0xff))
}

/** Writes text as a UTF8String, or under another tag of a string type. */
export function text(value: string, tag: number = TAG.utf8String): Uint8Array<ArrayBuffer> {
  return der(tag, new TextEncoder().encode(value))
}

/**
 * Writes a moment (milliseconds since 1970, cut to the second) the way RFC 5280 section 4.1.2.5 demands: UTCTime with
 * a two-digit year for 1950 to 2049, GeneralizedTime for any other year from 0 to 9999.
 */
export function time(moment: number): Uint8Array<ArrayBuffer> {
  const written = new Date(moment).toISOString().replace(/[-:T]|\.\d+/g, "")
  if (!/^\d{14}Z$/.test(written)) throw new RangeError("a certificate cannot hold this date")
  const year = Number(written.slice(0, 4))
  return year >= 1950 && year < 2050 ? text(written.slice(2), TAG.utcTime) : text(written, TAG.generalizedTime)
}

/** One element as read: its tag byte, its content, and both with the length as they stood in the input. */
export interface Element {
  readonly tag: number
  readonly content: Uint8Array
  readonly raw: Uint8Array
}

/** Reads all the elements of `bytes`, one after the other. Throws a SyntaxError when they are not DER. */
export function readElements(bytes: Uint8Array): Element[] {
  const elements: Element[] = []
  for (let at = 0; at < bytes.length; ) {
    const element = readElement(bytes.subarray(at))
    elements.push(element)
    at += element.raw.length
  }
  return elements
}

function readElement(bytes: Uint8Array): Element {
  const [tag = 0, first = 0x80] = bytes
  const extra = first < 0x80 ? 0 : first & 0x7f
  const header = 2 + extra
  const length = extra === 0 ? first : bytes.subarray(2, header).reduce((sum, byte) => sum * 0x100 + byte, 0)
  const shortest = extra <= 4 && derLength(length).length === 1 + extra
  if ((tag & 0x1f) === 0x1f || !shortest || header + length > bytes.length) throw new SyntaxError("not DER")
  return { tag, content: bytes.subarray(header, header + length), raw: bytes.subarray(0, header + length) }
}
