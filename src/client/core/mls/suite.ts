/**
 * The one cipher suite: MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 (RFC 9420 section 17.1). Ed25519 and AES-GCM are the
 * platform's WebCrypto, HPKE is @hpke/core, and hashing is @noble/hashes, because a tree of 300 leaves needs thousands of
 * short hashes and each WebCrypto call costs more than the hash. No other suite gets into the bundle.
 *
 * Platforms differ in how they treat Ed25519 keys and points of small order. Members must agree about each signature, or
 * one crafted leaf would split the room into those who accept it and those who don't: such points are refused here.
 */
import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core"
import { expand, extract } from "@noble/hashes/hkdf.js"
import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import type { CiphersuiteImpl } from "ts-mls/crypto/ciphersuite.js"
import { makeGenericHpke } from "ts-mls/crypto/implementation/hpke.js"
import { constantTimeEqual } from "ts-mls/util/constantTimeCompare.js"
import { concatBytes, toBase64Url } from "../../../shared/bytes.ts"

export const SUITE_NAME = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"
export const KEY_LENGTH = 32
export const SIGNATURE_LENGTH = 64

/** An Ed25519 key pair; the private half is the 32-byte seed of RFC 8032 section 5.1.5. */
export interface SignatureKeyPair {
  readonly publicKey: Uint8Array
  readonly privateKey: Uint8Array
}

// RFC 8410: the bytes before the seed in a PKCS #8 Ed25519 key. An X25519 key differs in the last byte of the OID.
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20)
const OID_LAST_BYTE = 11
const X25519_OID_END = 0x6e

/** Makes an Ed25519 key pair. */
export async function makeSignatureKey(): Promise<SignatureKeyPair> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])
  if (!("privateKey" in pair)) throw new TypeError("Ed25519 gave no key pair")
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey))
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey))
  return { publicKey, privateKey: pkcs8.slice(PKCS8_PREFIX.length) }
}

/** Reading a key costs more than signing with it; each is read once, and forgotten with its bytes. */
const signingKeys = new WeakMap<Uint8Array, Promise<CryptoKey>>()

function signingKey(privateKey: Uint8Array): Promise<CryptoKey> {
  const known = signingKeys.get(privateKey)
  if (known !== undefined) return known
  const pkcs8 = concatBytes(PKCS8_PREFIX, privateKey)
  const key = crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]).finally(() => pkcs8.fill(0))
  signingKeys.set(privateKey, key)
  return key
}

/** Signs with a 32-byte seed, which never changes in place. */
export async function sign(privateKey: Uint8Array, message: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign("Ed25519", await signingKey(privateKey), new Uint8Array(message)))
}

/** Whether the signature is valid; false, never an error, for keys and signatures of any other form. */
export async function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  if (publicKey.length !== KEY_LENGTH || signature.length !== SIGNATURE_LENGTH) return false
  if (!isOrdinaryPoint(publicKey) || !isOrdinaryPoint(signature.subarray(0, KEY_LENGTH))) return false
  try {
    const key = await crypto.subtle.importKey("raw", new Uint8Array(publicKey), "Ed25519", false, ["verify"])
    return await crypto.subtle.verify("Ed25519", key, new Uint8Array(signature), new Uint8Array(message))
  } catch {
    return false
  }
}

// Little-endian coordinates of the points whose order divides 8. On Ed25519 (y): 0, 1, p - 1 and the two of order 8.
const WEAK_Y = coordinates(
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
)
// On Curve25519 (u): 0, 1, p - 1 and the two of order 8.
const WEAK_U = coordinates(
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
)
const FIELD_PRIME = 2n ** 255n - 19n

function coordinates(...texts: readonly string[]): ReadonlySet<bigint> {
  return new Set(texts.map((hex) => BigInt(`0x${hex.match(/../g)?.reverse().join("")}`)))
}

function coordinate(encoded: Uint8Array): bigint {
  return encoded.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

/** Whether an encoded Ed25519 point is canonical (RFC 8032 section 5.1.3) and not of small order. */
export function isOrdinaryPoint(encoded: Uint8Array): boolean {
  const y = coordinate(encoded) & (2n ** 255n - 1n)
  return y < FIELD_PRIME && !WEAK_Y.has(y)
}

/**
 * Whether an X25519 public key is 32 bytes, canonical and not of small order (RFC 7748 section 6.1). Encryption to any
 * other key fails, so one of them in the tree would stop everybody from committing.
 */
export function isOrdinaryKey(encoded: Uint8Array): boolean {
  const u = coordinate(encoded)
  return encoded.length === KEY_LENGTH && u < FIELD_PRIME && !WEAK_U.has(u)
}

/** SHA-256. */
export const hash = (data: Uint8Array): Uint8Array => sha256(data)

/** Whether an X25519 private key (32 bytes) belongs to a public key. */
export async function isKeyPair(publicKey: Uint8Array, privateKey: Uint8Array): Promise<boolean> {
  const pkcs8 = concatBytes(PKCS8_PREFIX, privateKey)
  pkcs8[OID_LAST_BYTE] = X25519_OID_END
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, "X25519", true, ["deriveBits"])
  pkcs8.fill(0)
  // WebCrypto gives away the public half of a private key in this format only (RFC 8037 section 2).
  return (await crypto.subtle.exportKey("jwk", key)).x === toBase64Url(publicKey)
}

let made: Promise<CiphersuiteImpl> | undefined

/** The suite as the library wants it; made once. */
export function suite(): Promise<CiphersuiteImpl> {
  made ??= makeSuite()
  return made
}

async function makeSuite(): Promise<CiphersuiteImpl> {
  const hpke = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes128Gcm() })
  const algorithms = { kem: "DHKEM-X25519-HKDF-SHA256", kdf: "HKDF-SHA256", aead: "AES128GCM" } as const
  return {
    name: SUITE_NAME,
    hash: {
      digest: async (data) => sha256(data),
      mac: async (key, data) => hmac(sha256, key, data),
      verifyMac: async (key, mac, data) => constantTimeEqual(mac, hmac(sha256, key, data)),
    },
    kdf: {
      size: 32,
      extract: async (salt, ikm) => extract(sha256, ikm, salt),
      expand: async (prk, info, length) => expand(sha256, prk, info, length),
    },
    signature: {
      sign,
      verify,
      keygen: async () => {
        const { publicKey, privateKey } = await makeSignatureKey()
        return { publicKey, signKey: privateKey }
      },
    },
    hpke: await makeGenericHpke(algorithms, { encrypt: seal, decrypt: open }, hpke),
    rng: { randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
  }
}

type Cipher = (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, data: Uint8Array) => Promise<Uint8Array>

const seal: Cipher = async (key, nonce, aad, data) => {
  const cipher = await crypto.subtle.importKey("raw", new Uint8Array(key), "AES-GCM", false, ["encrypt"])
  return new Uint8Array(await crypto.subtle.encrypt(gcm(nonce, aad), cipher, new Uint8Array(data)))
}

const open: Cipher = async (key, nonce, aad, data) => {
  const cipher = await crypto.subtle.importKey("raw", new Uint8Array(key), "AES-GCM", false, ["decrypt"])
  return new Uint8Array(await crypto.subtle.decrypt(gcm(nonce, aad), cipher, new Uint8Array(data)))
}

const gcm = (nonce: Uint8Array, aad: Uint8Array): AesGcmParams => ({
  name: "AES-GCM",
  iv: new Uint8Array(nonce),
  additionalData: new Uint8Array(aad),
})
