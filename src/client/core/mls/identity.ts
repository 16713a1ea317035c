/**
 * Who a device is. An account has one long-term Ed25519 account key; each device has a leaf key of its own, and a
 * credential in which the account key vouches for it: {name, device id, account key, signature over them and the leaf
 * key} (DESIGN section 6). The credential is an MLS basic credential's identity, so it is public and goes into every tree.
 *
 * An attacker who makes an account key of his own can sign any name with it: that a name belongs to one key is decided by
 * the tree (roster.ts) and by what people pinned, not here. He cannot sign for another account, nor move a credential to
 * another leaf key, another device or another name, because the signature covers all of them.
 */
import { concatBytes, fromBase64Url, toBase64Url } from "../../../shared/bytes.ts"
import { accountName, deviceId } from "../../../shared/ids.ts"
import { LIMITS } from "../../../shared/limits.ts"
import { Reader, short, u8, utf8 } from "./bytes.ts"
import { refuse } from "./refusal.ts"
import { KEY_LENGTH, makeSignatureKey, SIGNATURE_LENGTH, type SignatureKeyPair, sign, verify } from "./suite.ts"

/** An account's long-term Ed25519 key pair; `privateKey` is the 32-byte seed, to be wrapped under the password. */
export type AccountKeyPair = SignatureKeyPair

/** This device in full; holds a private key. */
export interface Identity {
  readonly name: string
  /** 16 bytes in base64url, 22 characters. */
  readonly device: string
  /** Ed25519 public key, 32 bytes. */
  readonly accountKey: Uint8Array
  /** The credential as it stands in trees. */
  readonly credential: Uint8Array
  /** The device's leaf key pair. */
  readonly signatureKey: SignatureKeyPair
}

/** What a credential says. */
export interface Credential {
  readonly name: string
  readonly device: string
  readonly accountKey: Uint8Array
  readonly signature: Uint8Array
}

const VERSION = 1
const LABEL = utf8("SecureChat device credential 1\0")

/** Makes an account key pair. */
export const makeAccountKey = (): Promise<AccountKeyPair> => makeSignatureKey()

/**
 * Makes this device's identity: a fresh leaf key and a credential signed by the account key. Throws Refusal
 * `bad_credential` for a name or device id of another form.
 */
export async function makeIdentity(account: {
  readonly name: string
  readonly device: string
  readonly accountKeyPair: AccountKeyPair
}): Promise<Identity> {
  const { name, device, accountKeyPair } = account
  checkNames(name, device)
  const signatureKey = await makeSignatureKey()
  const accountKey = accountKeyPair.publicKey
  const signature = await sign(accountKeyPair.privateKey, signedBytes(name, device, signatureKey.publicKey))
  return { name, device, accountKey, signatureKey, credential: encode({ name, device, accountKey, signature }) }
}

/** Reads a credential strictly; throws Refusal `bad_credential`. Its signature is checked by `verifyCredential`. */
export function readCredential(bytes: Uint8Array): Credential {
  const reader = new Reader(bytes, "bad_credential")
  if (reader.u8() !== VERSION) refuse("bad_credential", "unknown version")
  const name = String.fromCharCode(...reader.short())
  const device = toBase64Url(reader.take(LIMITS.idLength))
  const accountKey = reader.take(KEY_LENGTH)
  const signature = reader.take(SIGNATURE_LENGTH)
  reader.end()
  checkNames(name, device)
  return { name, device, accountKey, signature }
}

/** Whether the account key vouches for this leaf key. */
export function verifyCredential(credential: Credential, leafKey: Uint8Array): Promise<boolean> {
  return verify(credential.accountKey, signedBytes(credential.name, credential.device, leafKey), credential.signature)
}

/** Writes an identity, private key included, for the vault. */
export function encodeIdentity(identity: Identity): Uint8Array {
  const { credential, signatureKey } = identity
  return concatBytes(u8(VERSION), short(credential), signatureKey.publicKey, signatureKey.privateKey)
}

/** Reads what `encodeIdentity` wrote; throws Refusal `malformed`. */
export function decodeIdentity(bytes: Uint8Array): Identity {
  const reader = new Reader(bytes, "malformed")
  if (reader.u8() !== VERSION) refuse("malformed")
  const credential = reader.short()
  const signatureKey = { publicKey: reader.take(KEY_LENGTH), privateKey: reader.take(KEY_LENGTH) }
  reader.end()
  const { name, device, accountKey } = readCredential(credential)
  return { name, device, accountKey, credential, signatureKey }
}

/** The 16 bytes of a device id that has the right form. */
export function deviceBytes(device: string): Uint8Array {
  return fromBase64Url(device) ?? refuse("bad_credential", "device id")
}

function checkNames(name: string, device: string): void {
  try {
    accountName.parse(name, "name")
    deviceId.parse(device, "device")
  } catch {
    refuse("bad_credential", "name or device id")
  }
}

function encode({ name, device, accountKey, signature }: Credential): Uint8Array {
  return concatBytes(u8(VERSION), short(utf8(name)), deviceBytes(device), accountKey, signature)
}

function signedBytes(name: string, device: string, leafKey: Uint8Array): Uint8Array {
  return concatBytes(LABEL, deviceBytes(device), leafKey, utf8(name))
}
