/**
 * The safety number of two people: 60 digits that both see alike as long as both have the right keys of each other. Each
 * account gives 30 of them, made from its name and key by PBKDF2-SHA-512, whose cost stands in the way of whoever looks for
 * a key with the same digits; the smaller half comes first.
 */
import { toBase64Url } from "../../shared/bytes.ts"

const ITERATIONS = 5_000
const GROUPS = 6
const GROUP_BYTES = 5
const GROUP_DIGITS = 5

export interface Known {
  readonly name: string
  /** Ed25519 public key, 32 bytes. */
  readonly accountKey: Uint8Array
}

/** Twelve groups of five digits. */
export async function safetyNumber(one: Known, other: Known): Promise<readonly string[]> {
  const halves = await Promise.all([digitsOf(one), digitsOf(other)])
  return halves.sort((a, b) => (a.join("") < b.join("") ? -1 : 1)).flat()
}

/** What a QR code of one person holds, for the other to compare: both names and keys, the own one first. */
export function verificationText(own: Known, other: Known): string {
  const side = ({ name, accountKey }: Known): string => `${name}=${toBase64Url(accountKey)}`
  return `securechat-verify-1:${side(own)}:${side(other)}`
}

async function digitsOf({ name, accountKey }: Known): Promise<string[]> {
  const salt = new TextEncoder().encode(`SecureChat safety number 1 ${name}`)
  const key = await crypto.subtle.importKey("raw", new Uint8Array(accountKey), "PBKDF2", false, ["deriveBits"])
  const parameters = { name: "PBKDF2", hash: "SHA-512", salt, iterations: ITERATIONS }
  const bytes = new DataView(await crypto.subtle.deriveBits(parameters, key, GROUPS * GROUP_BYTES * 8))
  return Array.from({ length: GROUPS }, (_, group) => {
    const at = group * GROUP_BYTES
    const number = bytes.getUint8(at) * 2 ** 32 + bytes.getUint32(at + 1)
    return String(number % 10 ** GROUP_DIGITS).padStart(GROUP_DIGITS, "0")
  })
}
