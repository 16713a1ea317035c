/**
 * Reset codes: how the person who runs the server vouches for somebody who has lost both the password and the recovery code.
 * A code is made from the server's secret alone, on the command line, while the server runs or not:
 *
 *     u32 seconds since 1970 when it was made | the first 12 bytes of HMAC-SHA-256 (secret, name, those seconds)
 *
 * It is good for its name, for a day, once: a reset makes every code from before it worthless (accounts.reset_at). Whoever
 * has the secret can make codes; he runs the server, and could swap what it stores as well.
 */
import { timingSafeEqual } from "node:crypto"
import type { AccountName } from "../shared/ids.ts"
import { LIMITS } from "../shared/limits.ts"
import type { Secrets } from "./secret.ts"

/** How long a code is good, in milliseconds. */
export const RESET_CODE_FOR = 24 * 60 * 60 * 1000
const TIME_LENGTH = 4
const SECOND = 1000

type Codes = Pick<Secrets, "resetTag">

/** Makes a code of LIMITS.codeLength bytes for a name. */
export function makeResetCode({ resetTag }: Codes, name: AccountName, now: number): Uint8Array<ArrayBuffer> {
  const code = new Uint8Array(LIMITS.codeLength)
  const seconds = Math.floor(now / SECOND)
  new DataView(code.buffer).setUint32(0, seconds)
  code.set(resetTag(name, seconds).subarray(0, LIMITS.codeLength - TIME_LENGTH), TIME_LENGTH)
  return code
}

/** When a code for this name was made, in milliseconds; undefined when it is none, or not good any more. */
export function checkResetCode(
  { resetTag }: Codes,
  name: AccountName,
  code: Uint8Array<ArrayBuffer>,
  now: number,
): number | undefined {
  const seconds = new DataView(code.buffer, code.byteOffset).getUint32(0)
  const tag = resetTag(name, seconds).subarray(0, LIMITS.codeLength - TIME_LENGTH)
  const isOurs = timingSafeEqual(tag, code.subarray(TIME_LENGTH))
  const age = now - seconds * SECOND
  return isOurs && age >= 0 && age < RESET_CODE_FOR ? seconds * SECOND : undefined
}
