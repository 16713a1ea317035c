/** Names of groups, as they are sent and as they are shown: on one line, and running in no other direction than their letters. */
import { LIMITS } from "../../shared/limits.ts"
import { wellFormed } from "./content.ts"

/** The name without line breaks, control and direction characters, at most LIMITS.roomNameMax long; "" when nothing is left. */
export function cleanRoomName(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").replace(/\p{Bidi_Control}/gu, "")
  return wellFormed(line.trim().slice(0, LIMITS.roomNameMax)).slice(0, LIMITS.roomNameMax)
}
