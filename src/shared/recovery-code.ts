/**
 * A code as people write it down, for recovery and for a reset: 128 random bits and a checksum of 12, in 28 letters of an alphabet without
 * look-alikes (Crockford's base 32), in seven groups of four. Reading forgives case, spaces, dashes, and the letters
 * that are easily taken for a digit; the checksum finds what was copied wrongly before the server is asked.
 */
import { LIMITS } from "./limits.ts"

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
const LOOK_ALIKES = new Map([
  ["O", "0"],
  ["I", "1"],
  ["L", "1"],
])
const LETTERS = 28
const CHECK_BITS = 12n

/** Writes LIMITS.codeLength bytes as `XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX`. */
export async function writeRecoveryCode(code: Uint8Array<ArrayBuffer>): Promise<string> {
  let number = (toNumber(code) << CHECK_BITS) | (await checksum(code))
  let letters = ""
  for (let at = 0; at < LETTERS; at++) {
    letters = ALPHABET.charAt(Number(number & 31n)) + letters
    number >>= 5n
  }
  return letters.match(/.{4}/g)?.join("-") ?? ""
}

/** Reads what a person typed; undefined when it is no code or was copied wrongly. */
export async function readRecoveryCode(text: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const letters = [...text.toUpperCase().replace(/[\s-]/g, "")].map((letter) => LOOK_ALIKES.get(letter) ?? letter)
  if (letters.length !== LETTERS || letters.some((letter) => !ALPHABET.includes(letter))) return undefined
  const number = letters.reduce((sum, letter) => (sum << 5n) | BigInt(ALPHABET.indexOf(letter)), 0n)
  const code = toBytes(number >> CHECK_BITS)
  return (await checksum(code)) === (number & ((1n << CHECK_BITS) - 1n)) ? code : undefined
}

async function checksum(code: Uint8Array<ArrayBuffer>): Promise<bigint> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", code))
  return toNumber(hash.subarray(0, 2)) >> 4n
}

function toNumber(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
}

function toBytes(number: bigint): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(LIMITS.codeLength)
  let left = number
  for (let at = bytes.length - 1; at >= 0; at--) {
    bytes[at] = Number(left & 255n)
    left >>= 8n
  }
  return bytes
}
