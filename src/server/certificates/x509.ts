/**
 * X.509 certificates (RFC 5280), written with node:crypto alone: an authority that may name only private names and
 * addresses, and the leaf that browsers meet. The authority's name constraints are critical: software that does not understand
 * them must refuse the certificate, and software that does refuses any leaf outside them, so the authority's key is
 * of no use against sites on the internet even when it is stolen from this folder.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign, type X509Certificate } from "node:crypto"
import { concatBytes } from "../../shared/bytes.ts"
import { addressBytes, inDomain, type Names, PRIVATE_DOMAINS, PRIVATE_RANGES } from "./addresses.ts"
import { bitString, booleanTrue, contextTag, der, integer, oid, sequence, TAG, text, time } from "./der.ts"
import { DNS_NAME, EXTENSIONS, IP_ADDRESS, keyBits, OID, PERMITTED, subjectOf } from "./x509-read.ts"

const SECOND = 1000
/** Milliseconds. */
export const DAY = 24 * 60 * 60 * SECOND
/** Browsers refuse leaves that live longer than 398 days; this is one less, for those that count differently. */
export const LEAF_DAYS = 397
const AUTHORITY_DAYS = 3650
/** Clocks of other machines may be behind: both certificates are valid a little before they were made. */
const HEAD_START = DAY

/** A certificate and its private key, both PEM. */
export interface KeyedCertificate {
  readonly cert: string
  readonly key: string
}

/**
 * Makes an authority for private names and addresses and this machine's own host name (`Names.host`); undefined when
 * it has none that is good. `now` in milliseconds.
 */
export function makeAuthority(host: string | undefined, now: number): KeyedCertificate {
  const pair = newKeyPair()
  // A number of its own tells two authorities apart, in a browser's list and for software that finds issuers by name.
  const name = nameOf(`SecureChat authority ${randomBytes(4).toString("hex")}`)
  const constraints = nameConstraints(host)
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
  readonly certificate: X509Certificate
  readonly privateKey: KeyObject
}

/**
 * Makes a leaf for these names (hostNameOf, addressBytes), of at least one second and at most LEAF_DAYS, both ends
 * included, and never past the authority's own end. Whether the authority may name them is the caller's to see to.
 */
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
      sequence(der(contextTag(0, false), keyIdentifier(authority.certificate.publicKey))),
    ),
  ]
  const from = now - HEAD_START
  // A certificate is valid through its last second (RFC 5280 section 4.1.2.5).
  const to = Math.min(from + LEAF_DAYS * DAY - SECOND, Date.parse(authority.certificate.validTo))
  const issuer = subjectOf(authority.certificate)
  const subject = nameOf("SecureChat")
  const content = { issuer, subject, life: { from, to }, publicKey: pair.publicKey, extensions }
  return { cert: pem(write(content, authority.privateKey)), key: keyPem(pair.privateKey) }
}

interface Content {
  /** Distinguished names, as DER. */
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
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
    issuer,
    sequence(time(life.from), time(life.to)),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    der(EXTENSIONS, sequence(...extensions)),
  )
  return sequence(signed, algorithm, bitString(sign("sha256", signed, signer)))
}

function nameOf(commonName: string): Uint8Array {
  return sequence(der(TAG.set, sequence(oid(OID.commonName), text(commonName))))
}

function extension(id: string, critical: boolean, value: Uint8Array): Uint8Array {
  return sequence(oid(id), ...(critical ? [booleanTrue()] : []), der(TAG.octetString, value))
}

/**
 * What is not permitted is excluded for these two kinds of name; a domain stands for itself and all below it (RFC 5280
 * section 4.2.1.10). A host name that a private domain covers needs no entry of its own.
 */
function nameConstraints(host: string | undefined): Uint8Array {
  const own = host === undefined || PRIVATE_DOMAINS.some((domain) => inDomain(host, domain)) ? [] : [host]
  const permitted = [
    ...[...PRIVATE_DOMAINS, ...own].map((domain) => sequence(text(domain, DNS_NAME))),
    ...PRIVATE_RANGES.map(({ network, mask }) => sequence(der(IP_ADDRESS, network, mask))),
  ]
  return sequence(der(PERMITTED, ...permitted))
}

/** The first 160 bits of SHA-256 over the key's bits (RFC 7093 section 2, method 1). */
function keyIdentifier(publicKey: KeyObject): Uint8Array {
  return createHash("sha256").update(keyBits(publicKey)).digest().subarray(0, 20)
}

function newKeyPair() {
  return generateKeyPairSync("ec", { namedCurve: "P-256" })
}

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
