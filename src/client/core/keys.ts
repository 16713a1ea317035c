/**
 * The keys that come from a password, a recovery code and an account key (DESIGN section 7), all by WebCrypto:
 *
 *     password ── PBKDF2-SHA-256, salt, at least 600,000 ── root ─┬─ HKDF "auth" ── proves the password to the server
 *                                                                └─ HKDF "wrap" ── encrypts the account key
 *     recovery code ───────────────────────────────────────────── HKDF "auth" and "wrap", likewise
 *     account key ── HKDF "vault", device ── encrypts what this device stores
 *
 * The vault's key comes from the account key and not from the password, so a new password leaves the history readable;
 * without the password there is no account key, so a logged-out vault is locked all the same.
 */
import { concatBytes } from "../../shared/bytes.ts"
import { LIMITS } from "../../shared/limits.ts"
import type { Stretch } from "./stretch.ts"
import { ClientError } from "./types.ts"

type Bytes = Uint8Array<ArrayBuffer>

const utf8 = (text: string): Bytes => new TextEncoder().encode(text)
const NONCE_LENGTH = 12

/** What one secret gives: the proof for the server (32 bytes), and the key that wraps the account key. */
export interface DerivedKeys {
  readonly auth: Bytes
  readonly wrap: CryptoKey
}

/**
 * Derives from a password; takes about a third of a second. Throws ClientError `weak_kdf` when the server asks for fewer
 * iterations than this client accepts, before anything is computed from the password.
 */
export async function keysFromPassword(
  stretch: Stretch,
  password: string,
  salt: Bytes,
  iterations: number,
): Promise<DerivedKeys> {
  if (iterations < LIMITS.kdfIterationsMin || iterations > LIMITS.kdfIterationsMax) throw new ClientError("weak_kdf")
  return split(await stretch(utf8(password.normalize("NFKC")), salt, iterations), "password")
}

/** Derives from the 16 bytes of a recovery code. */
export const keysFromRecoveryCode = (code: Bytes): Promise<DerivedKeys> => split(code, "recovery code")

async function split(root: Bytes, source: string): Promise<DerivedKeys> {
  const key = await hkdfKey(root)
  const auth = await crypto.subtle.deriveBits(hkdf(`SecureChat ${source} auth`, new Uint8Array()), key, 256)
  return { auth: new Uint8Array(auth), wrap: await aesKey(key, `SecureChat ${source} wrap`, new Uint8Array()) }
}

/** The key of a device's vault; code cannot read it out. */
export async function vaultKey(accountPrivateKey: Uint8Array, device: string): Promise<CryptoKey> {
  return aesKey(await hkdfKey(new Uint8Array(accountPrivateKey)), "SecureChat vault", utf8(device))
}

function hkdfKey(secret: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits", "deriveKey"])
}

const hkdf = (label: string, salt: Bytes) => ({ name: "HKDF", hash: "SHA-256", salt, info: utf8(label) })

function aesKey(key: CryptoKey, label: string, salt: Bytes): Promise<CryptoKey> {
  return crypto.subtle.deriveKey(hkdf(label, salt), key, { name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ])
}

/** Encrypts with AES-256-GCM: a random nonce of 12 bytes, then ciphertext and tag. `context` is authenticated with it. */
export async function seal(key: CryptoKey, plain: Uint8Array, context: string): Promise<Bytes> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_LENGTH))
  const parameters = { name: "AES-GCM", iv, additionalData: utf8(context) }
  return concatBytes(iv, new Uint8Array(await crypto.subtle.encrypt(parameters, key, new Uint8Array(plain))))
}

/** Decrypts what `seal` made under the same key and context; undefined for anything else. */
export async function unseal(key: CryptoKey, sealed: Uint8Array, context: string): Promise<Bytes | undefined> {
  const iv = new Uint8Array(sealed.subarray(0, NONCE_LENGTH))
  const parameters = { name: "AES-GCM", iv, additionalData: utf8(context) }
  try {
    const body = new Uint8Array(sealed.subarray(NONCE_LENGTH))
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, body))
  } catch {
    return undefined
  }
}
