/**
 * What the server gets of a password and of a recovery code, and how an account key comes back out of it (DESIGN section
 * 7). A server that asks for a cost of guessing that is too low is sent nothing.
 */

import { API, type BodyOf } from "../../shared/api.ts"
import { type AccountName, accountName } from "../../shared/ids.ts"
import { LIMITS } from "../../shared/limits.ts"
import { readRecoveryCode, writeRecoveryCode } from "../../shared/recovery-code.ts"
import { bytes, integer, object } from "../../shared/schema.ts"
import { call } from "./api.ts"
import { type DerivedKeys, keysFromPassword, keysFromRecoveryCode, seal, unseal } from "./keys.ts"
import type { Platform } from "./platform.ts"
import { ClientError } from "./types.ts"

type Bytes = Uint8Array<ArrayBuffer>

/** The answer with any cost: one that is too low is told from an answer that makes no sense. */
const SALT = { ...API.salt, answer: object({ salt: bytes(LIMITS.kdfSaltLength), iterations: integer(0) }) }

const wrapContext = (name: string): string => `SecureChat account key of ${name}`

/** What the server stores of a new password. */
export type NewPassword = Pick<BodyOf<"password">, "salt" | "iterations" | "auth" | "wrappedKey">

/** Wraps an account's private key under a new password. */
export async function newPassword(
  platform: Platform,
  name: AccountName,
  password: string,
  privateKey: Uint8Array,
): Promise<NewPassword> {
  const salt = platform.random(LIMITS.kdfSaltLength)
  const iterations = LIMITS.kdfIterationsMin
  const { auth, wrap } = await keysFromPassword(platform.stretch, password, salt, iterations)
  return { salt, iterations, auth, wrappedKey: await seal(wrap, privateKey, wrapContext(name)) }
}

export interface NewRecoveryCode {
  /** For the person to write down. */
  readonly recoveryCode: string
  /** For the server. */
  readonly stored: Pick<BodyOf<"recoveryCode">, "recoveryAuth" | "recoveryWrappedKey">
}

/** Wraps an account's private key under a new recovery code. */
export async function newRecoveryCode(
  platform: Platform,
  name: AccountName,
  privateKey: Uint8Array,
): Promise<NewRecoveryCode> {
  const code = platform.random(LIMITS.codeLength)
  const { auth, wrap } = await keysFromRecoveryCode(code)
  const recoveryWrappedKey = await seal(wrap, privateKey, wrapContext(name))
  return { recoveryCode: await writeRecoveryCode(code), stored: { recoveryAuth: auth, recoveryWrappedKey } }
}

/** The keys of a password that an account has now. Throws ClientError `weak_kdf` and as `call` does. */
export async function currentKeys(platform: Platform, name: AccountName, password: string): Promise<DerivedKeys> {
  const { salt, iterations } = await call(platform, SALT, { body: { name } })
  return keysFromPassword(platform.stretch, password, salt, iterations)
}

/** An account's private key, out of what the server stored. Throws ClientError `wrong_key`. */
export async function unwrap(wrap: CryptoKey, wrapped: Uint8Array, name: AccountName): Promise<Bytes> {
  const privateKey = await unseal(wrap, wrapped, wrapContext(name))
  if (privateKey === undefined) throw new ClientError("wrong_key")
  return privateKey
}

/** Throws ClientError `bad_name`. */
export function parseName(name: string): AccountName {
  try {
    return accountName.parse(name, "name")
  } catch {
    throw new ClientError("bad_name")
  }
}

/** Reads a code that a person typed. Throws ClientError `bad_code` for one that was copied wrongly. */
export async function parseCode(text: string): Promise<Bytes> {
  const code = await readRecoveryCode(text)
  if (code === undefined) throw new ClientError("bad_code")
  return code
}
