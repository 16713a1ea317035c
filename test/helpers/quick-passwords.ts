/**
 * What takes the place of PBKDF2 and scrypt where a test is not about passwords: half a second a sign-up, on purpose, is too
 * much for four hundred of them. Each depends on all that it is given, so a wrong password is wrong here too.
 */
import { createHash } from "node:crypto"
import type { Platform } from "../../src/client/node/index.ts"
import type { Scrypt } from "../../src/server/passwords.ts"

export const quickStretch: Platform["stretch"] = async (password, salt, iterations) =>
  new Uint8Array(createHash("sha256").update(String(iterations)).update(salt).update(password).digest())

export const quickScrypt: Scrypt = async (secret, salt, length, { N }) => {
  const half = createHash("sha256").update(String(N)).update(salt).update(secret)
  return Buffer.concat([half.copy().digest(), half.update("2").digest()]).subarray(0, length)
}
