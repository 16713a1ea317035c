/**
 * The id of the private chat of two accounts. It comes from their account keys, so two people who start one at the same
 * moment start the same one, and the server can hold a founder to the chat that is his. It tells nothing that the server
 * does not know: who is in a room is what it needs for delivery.
 */
import { concatBytes, toBase64Url, toHex } from "./bytes.ts"
import { type RoomId, roomId } from "./ids.ts"
import { LIMITS } from "./limits.ts"

const LABEL = new TextEncoder().encode("SecureChat private chat 1\0")

/** The first 16 bytes of SHA-256 of a label and both public account keys (32 bytes each), the smaller one first. */
export async function privateRoomId(one: Uint8Array, other: Uint8Array): Promise<RoomId> {
  const keys = toHex(one) < toHex(other) ? [one, other] : [other, one]
  const hash = await crypto.subtle.digest("SHA-256", concatBytes(LABEL, ...keys))
  return roomId.parse(toBase64Url(new Uint8Array(hash).subarray(0, LIMITS.idLength)), "room")
}
