/**
 * X.509 certificates (RFC 5280), written with node:crypto alone: an authority that may name only private names and
 * addresses, and the leaf that browsers meet. The authority's name constraints are critical: software that does not understand
 * them must refuse the certificate, and software that does refuses any leaf outside them, so the authority's key is
 * of no use against sites on the internet even when it is stolen from this folder.
 */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto"
import { concatBytes } from "../../shared/bytes.ts"
import { type AddressRange, addressBytes, type Names, PRIVATE_DOMAINS, PRIVATE_RANGES } from "./addresses.ts"
import {
  bitString,
  booleanTrue,
  contextTag,
  der,
  integer,
  oid,
  readElements,
  sequence,
  TAG,
  text,
  time,
} from "./der.ts"

const DAY = 24 * 60 * 60 * 1000
/** Browsers refuse leaves that live longer than 398 days; this is one less, for those that count differently. */
export const LEAF_DAYS = 397
const AUTHORITY_DAYS = 3650
/** Clocks of other machines may be behind: both certificates are valid a little before they were made. */
const HEAD_START = DAY

const OID = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
}

const DNS_NAME = contextTag(2, false)
const IP_ADDRESS = contextTag(7, false)

/** A certificate and its private key, both PEM. */
export interface KeyedCertificate {
  readonly cert: string
  readonly key: string
}

/** Makes an authority for private names and this machine's own host name. `now` in milliseconds. */
export function makeAuthority(names: Names, now: number): KeyedCertificate {
  const pair = newKeyPair()
  const name = `SecureChat authority ${randomBytes(4).toString("hex")}`
  const constraints = nameConstraints([...new Set([...PRIVATE_DOMAINS, ...names.hosts])], PRIVATE_RANGES)
  const extensions = [
    extension(OID.basicConstraints, true, sequence(booleanTrue(), integer(Uint8Array.of(0)))),
    // keyCertSign and cRLSign: bits 5 and 6
    extension(OID.keyUsage, true, bitString(Uint8Array.of(0x06), 1)),
    extension(OID.nameConstraints, true, constraints),
    extension(OID.subjectKeyIdentifier, false, der(TAG.octetString, keyIdentifier(pair.publicKey))),
  ]
  const life = { from: now - HEAD_START, to: now + AUTHORITY_DAYS * DAY }
  const certificate = write(
    { issuer: name, subject: name, life, publicKey: pair.publicKey, extensions },
    pair.privateKey,
  )
  return { cert: pem(certificate), key: keyPem(pair.privateKey) }
}

/** The authority that signs, as read from its files. */
export interface Authority {
  /** The DER of its subject name, as it stands in the certificate. */
  readonly subject: string
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/** Makes a leaf for these names; whether the authority may name them is the caller's to see to. */
export function makeLeaf(authority: Authority, names: Names, now: number): KeyedCertificate {
  const pair = newKeyPair()
  const addresses = names.addresses.map(addressBytes).filter((bytes) => bytes !== undefined)
  const alternatives = [
    ...names.hosts.map((host) => text(host, DNS_NAME)),
    ...addresses.map((bytes) => der(IP_ADDRESS, bytes)),
  ]
  const extensions = [
    extension(OID.basicConstraints, true, sequence()),
    // digitalSignature: bit 0
    extension(OID.keyUsage, true, bitString(Uint8Array.of(0x80), 7)),
    extension(OID.extendedKeyUsage, false, sequence(oid(OID.serverAuth))),
    extension(OID.subjectAltName, false, sequence(...alternatives)),
    extension(OID.subjectKeyIdentifier, false, der(TAG.octetString, keyIdentifier(pair.publicKey))),
    extension(
      OID.authorityKeyIdentifier,
      false,
      sequence(der(contextTag(0, false), keyIdentifier(authority.publicKey))),
    ),
  ]
  const life = { from: now - HEAD_START, to: now - HEAD_START + LEAF_DAYS * DAY }
  const subject = "SecureChat"
  const content = { issuer: authority.subject, subject, life, publicKey: pair.publicKey, extensions }
  return { cert: pem(write(content, authority.privateKey)), key: keyPem(pair.privateKey) }
}

interface Content {
  /** Common names. */
  readonly issuer: string
  readonly subject: string
  readonly life: { readonly from: number; readonly to: number }
  readonly publicKey: KeyObject
  readonly extensions: readonly Uint8Array[]
}

function write({ issuer, subject, life, publicKey, extensions }: Content, signer: KeyObject): Uint8Array {
  const algorithm = sequence(oid(OID.ecdsaWithSha256))
  // 16 random bytes with the first bit clear and one after it set: positive, and of one length (RFC 5280 section 4.1.2.2)
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const signed = sequence(
    der(contextTag(0, true), integer(Uint8Array.of(2))),
    integer(serial),
    algorithm,
    name(issuer),
    sequence(time(life.from), time(life.to)),
    name(subject),
    publicKey.export({ type: "spki", format: "der" }),
    der(contextTag(3, true), sequence(...extensions)),
  )
  return sequence(signed, algorithm, bitString(sign("sha256", signed, signer)))
}

function name(commonName: string): Uint8Array {
  return sequence(der(TAG.set, sequence(oid(OID.commonName), text(commonName))))
}

function extension(id: string, critical: boolean, value: Uint8Array): Uint8Array {
  return sequence(oid(id), ...(critical ? [booleanTrue()] : []), der(TAG.octetString, value))
}

/** Permitted subtrees only: what is not listed is excluded for these two kinds of name (RFC 5280 section 4.2.1.10). */
function nameConstraints(domains: readonly string[], ranges: readonly AddressRange[]): Uint8Array {
  const subtrees = [
    ...domains.map((domain) => sequence(text(domain, DNS_NAME))),
    ...ranges.map(({ network, mask }) => sequence(der(IP_ADDRESS, network, mask))),
  ]
  return sequence(der(contextTag(0, true), ...subtrees))
}

/** SHA-1 of the key's bits, as RFC 5280 section 4.2.1.2 suggests; an identifier, not a protection. */
function keyIdentifier(publicKey: KeyObject): Uint8Array {
  const [whole] = readElements(publicKey.export({ type: "spki", format: "der" }))
  const bits = readElements(whole?.content ?? new Uint8Array()).at(-1)?.content ?? new Uint8Array()
  return createHash("sha1").update(bits.subarray(1)).digest()
}

function newKeyPair() {
  return generateKeyPairSync("ec", { namedCurve: "P-256" })
}

/** The public half of a private key. */
export const publicHalf = (privateKey: KeyObject): KeyObject => createPublicKey(privateKey)

function keyPem(privateKey: KeyObject): string {
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString()
}

function pem(certificate: Uint8Array): string {
  const lines =
    Buffer.from(concatBytes(certificate))
      .toString("base64")
      .match(/.{1,64}/g) ?? []
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n")
}
