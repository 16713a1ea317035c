/**
 * The names of things on the wire, each its own type. Ids made by clients are 16 random bytes, so two never meet;
 * the server checks their form only and treats a repeated id as the same thing said again.
 */
import { LIMITS } from "./limits.ts"
import { type Branded, branded } from "./schema.ts"

export type AccountName = Branded<"AccountName">
export type DeviceId = Branded<"DeviceId">
export type RoomId = Branded<"RoomId">
export type MessageId = Branded<"MessageId">

/** `[a-z0-9][a-z0-9_.-]{2,31}` (DESIGN section 7). */
export const accountName = branded<"AccountName">(
  new RegExp(`^[a-z0-9][a-z0-9_.-]{${LIMITS.nameMinLength - 1},${LIMITS.nameMaxLength - 1}}$`),
  "must be a user name",
)

// 22 letters hold 132 bits; the last letter of 16 bytes in base64url can only be one of these four.
const SIXTEEN_BYTES = /^[A-Za-z0-9_-]{21}[AQgw]$/

export const deviceId = branded<"DeviceId">(SIXTEEN_BYTES, "must be a device id")
export const messageId = branded<"MessageId">(SIXTEEN_BYTES, "must be a message id")
/** `general_chat`, or 16 random bytes for a private chat or a group. Also the MLS group_id, as UTF-8. */
export const roomId = branded<"RoomId">(/^(?:general_chat|[A-Za-z0-9_-]{21}[AQgw])$/, "must be a room id")
