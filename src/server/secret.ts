/**
 * The server's own secret: 32 bytes, from SECRET_KEY or made once and kept in the data folder, mode 0600. Each use gets a
 * key of its own by HKDF, so that one use says nothing about another.
 */
import { createHmac, createPrivateKey, createPublicKey, hkdfSync, type KeyObject, randomBytes, sign } from "node:crypto"
import { readFile } from "node:fs/promises"
import path from "node:path"
import { fromBase64Url, toBase64Url } from "../shared/bytes.ts"
import type { AccountName, DeviceId } from "../shared/ids.ts"
import { LIMITS } from "../shared/limits.ts"
import { replaceFile } from "./certificates/files.ts"
import { StartError } from "./start-error.ts"

const FILE = "secret-key"
const LENGTH = 32
const MODE = 0o600

export interface Secrets {
  /** The salt of a name that nobody has: always the same for one name, and nobody can tell it from a random one. */
  readonly saltFor: (name: string) => Uint8Array<ArrayBuffer>
  /** Names this server in its session logs; 32 hex digits that tell nothing about the secret. */
  readonly serverKey: string
  /** Ed25519 public key, 32 bytes, under which this server can state that an account is gone (DESIGN section 6). */
  readonly noticeKey: Uint8Array<ArrayBuffer>
  /** States that a device of the account with this key is gone: a departure of scope *notice*, 113 bytes. */
  readonly signNotice: (device: DeviceId, accountKey: Uint8Array) => Uint8Array<ArrayBuffer>
  /** Vouches for a reset code of a name (reset-code.ts): 32 bytes. */
  readonly resetTag: (name: AccountName, seconds: number) => Uint8Array
}

/** Finds or makes the secret. `given` is SECRET_KEY as hex, or "". Throws StartError. */
export async function openSecrets(dir: string, given: string): Promise<Secrets> {
  const file = path.join(dir, FILE)
  return secretsFrom(given === "" ? ((await kept(file)) ?? (await make(file))) : Buffer.from(given, "hex"))
}

/** The secret of a server that has run before, for its commands. Throws StartError when there is none. */
export async function readSecrets(dir: string, given: string): Promise<Secrets> {
  const file = path.join(dir, FILE)
  const secret = given === "" ? await kept(file) : Buffer.from(given, "hex")
  if (secret === undefined)
    throw new StartError(`${file} is missing. Set DATA_DIR and SECRET_KEY as the server has them.`)
  return secretsFrom(secret)
}

function secretsFrom(secret: Uint8Array): Secrets {
  const saltKey = derive(secret, "SecureChat salt of unknown names")
  const serverKey = derive(secret, "SecureChat session log server key").toString("hex").slice(0, 32)
  const saltFor = (name: string) =>
    new Uint8Array(createHmac("sha256", saltKey).update(name).digest().subarray(0, LIMITS.kdfSaltLength))
  const resetKey = derive(secret, "SecureChat reset codes")
  const resetTag = (name: AccountName, seconds: number) =>
    createHmac("sha256", resetKey).update(`${name} ${seconds}`).digest()
  const noticeKey = ed25519Key(derive(secret, "SecureChat notices"))
  const signNotice = (device: DeviceId, accountKey: Uint8Array) => notice(noticeKey, device, accountKey)
  return { saltFor, serverKey, noticeKey: publicHalf(noticeKey), signNotice, resetTag }
}

/** PKCS #8 of an Ed25519 key is this prefix and the 32 bytes of its seed (RFC 8410 section 7). */
const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex")

function ed25519Key(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: "der", type: "pkcs8" })
}

/** What members check in client/core/mls/departure.ts: a label, the scope, and whose device it is. */
const NOTICE_LABEL = Buffer.from("SecureChat departure 1\0")
const SCOPE_NOTICE = Buffer.of(2)

function notice(key: KeyObject, device: DeviceId, accountKey: Uint8Array): Uint8Array<ArrayBuffer> {
  const said = Buffer.concat([SCOPE_NOTICE, Buffer.from(device, "base64url"), accountKey])
  return new Uint8Array(Buffer.concat([said, sign(null, Buffer.concat([NOTICE_LABEL, said]), key)]))
}

function publicHalf(privateKey: KeyObject): Uint8Array<ArrayBuffer> {
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" })
  return new Uint8Array(spki.subarray(-LENGTH))
}

function derive(secret: Uint8Array, label: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, new Uint8Array(), label, LENGTH))
}

async function kept(file: string): Promise<Uint8Array | undefined> {
  const found = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined
    throw new StartError(`${file} can't be read (${error.code}). Its owner must be the user that runs SecureChat.`)
  })
  if (found === undefined) return undefined
  const secret = fromBase64Url(found.trim())
  if (secret?.length !== LENGTH) throw new StartError(`${file} is damaged. Restore it from a backup.`)
  return secret
}

async function make(file: string): Promise<Uint8Array> {
  const secret = randomBytes(LENGTH)
  await replaceFile(file, `${toBase64Url(secret)}\n`, MODE, "DATA_DIR")
  return secret
}
