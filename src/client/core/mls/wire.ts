/**
 * Bytes from the network into the library's values and back. What comes in is bounded first, decoded from a copy (decoded
 * arrays are views into the input, and some are zeroed later), and then encoded again: only the one canonical encoding of
 * a value passes, so nobody can make a second sequence of bytes that means the same.
 */
import type { GroupInfo } from "ts-mls/groupInfo.js"
import type { KeyPackage } from "ts-mls/keyPackage.js"
import { decodeMlsMessage, encodeMlsMessage, type MLSMessage } from "ts-mls/message.js"
import type { Welcome } from "ts-mls/welcome.js"
import { sameBytes, toHex } from "../../../shared/bytes.ts"
import { MLS_BOUNDS } from "./bounds.ts"
import { refuse } from "./refusal.ts"
import { hash } from "./suite.ts"

/** Decodes one MLSMessage of at most `max` bytes. Throws Refusal `too_large` or `malformed`. */
export function readMessage(bytes: Uint8Array, max: number): MLSMessage {
  if (bytes.length > max) return refuse("too_large")
  const message = decodeOrRefuse(new Uint8Array(bytes))
  return message.version === "mls10" ? message : refuse("malformed", "version")
}

function decodeOrRefuse(bytes: Uint8Array): MLSMessage {
  let decoded: ReturnType<typeof decodeMlsMessage>
  try {
    decoded = decodeMlsMessage(bytes, 0)
    if (decoded !== undefined && sameBytes(encodeMlsMessage(decoded[0]), bytes)) return decoded[0]
  } catch {
    // The library throws several kinds of errors for bytes that are no message; all mean the same here.
  }
  return refuse("malformed")
}

export function readGroupInfo(bytes: Uint8Array): GroupInfo {
  const message = readMessage(bytes, MLS_BOUNDS.groupInfo)
  return message.wireformat === "mls_group_info" ? message.groupInfo : refuse("malformed", "not a GroupInfo")
}

export function readKeyPackage(bytes: Uint8Array): KeyPackage {
  const message = readMessage(bytes, MLS_BOUNDS.keyPackage)
  return message.wireformat === "mls_key_package" ? message.keyPackage : refuse("malformed", "not a KeyPackage")
}

export function readWelcome(bytes: Uint8Array): Welcome {
  const message = readMessage(bytes, MLS_BOUNDS.welcome)
  return message.wireformat === "mls_welcome" ? message.welcome : refuse("malformed", "not a Welcome")
}

/** Encodes an MLSMessage and refuses to make one that others would refuse for its size. */
export function writeMessage(message: MLSMessage, max: number): Uint8Array {
  const bytes = encodeMlsMessage(message)
  return bytes.length <= max ? bytes : refuse("too_large")
}

/** SHA-256 of a message's bytes in hex: how a device knows its own commit again when the log delivers it. */
export function messageHash(bytes: Uint8Array): string {
  return toHex(hash(bytes))
}
