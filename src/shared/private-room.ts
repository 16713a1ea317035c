/**
 * The id of the private chat of two accounts. It comes from their account keys, so two people who start one at the same
 * moment start the same one, and the server can hold a founder to the chat that is his. It tells nothing that the server
 * does not know: who is in a room is what it needs for delivery.
 *
 * Everybody who knows two people's keys knows the id of their chat. So that nobody takes it for a group of his own, the
 * first bit tells the two apart: it is set in an id that comes from keys, and not in one that is random.
 */
import { concatBytes, toBase64Url, toHex } from "./bytes.ts"
import { type RoomId, roomId } from "./ids.ts"
import { LIMITS } from "./limits.ts"

const LABEL = new TextEncoder().encode("SecureChat private chat 1\0")
const FIRST_BIT = 0x80

/** The first 16 bytes of SHA-256 of a label and both public account keys (32 bytes each), the smaller one first. */
export async function privateRoomId(one: Uint8Array, other: Uint8Array): Promise<RoomId> {
  const keys = toHex(one) < toHex(other) ? [one, other] : [other, one]
  const hash = await crypto.subtle.digest("SHA-256", concatBytes(LABEL, ...keys))
  return idOf(new Uint8Array(hash), FIRST_BIT)
}

/** The id of a group, from LIMITS.idLength random bytes. */
export const groupRoomId = (random: Uint8Array): RoomId => idOf(random, 0)

/** Whether an id can be that of a group: not one that comes from keys, and not the general room's. */
export const isGroupRoomId = (room: RoomId): boolean => /^[A-Za-f][\w-]{21}$/.test(room)

function idOf(bytes: Uint8Array, firstBit: number): RoomId {
  const id = bytes.slice(0, LIMITS.idLength)
  id[0] = ((id[0] ?? 0) & ~FIRST_BIT) | firstBit
  return roomId.parse(toBase64Url(id), "room")
}
