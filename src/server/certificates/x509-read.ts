/**
 * Reads from a certificate what node:crypto keeps to itself: its subject as DER, the names it carries, and the domains that an
 * authority may name. It holds nothing. node:crypto has parsed each certificate before it comes here; whatever is
 * strange all the same is a SyntaxError (der.ts) or an empty answer.
 */
import type { KeyObject, X509Certificate } from "node:crypto"
import { addressText, hostNameOf, inDomain, type Names } from "./addresses.ts"
import { contextTag, type Element, oid, readElements } from "./der.ts"

/** Object identifiers of RFC 5280 and RFC 5758. */
export const OID = {
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
} as const

/** GeneralName (RFC 5280 section 4.2.1.6): the two kinds used here. */
export const DNS_NAME = contextTag(2, false)
export const IP_ADDRESS = contextTag(7, false)
/** NameConstraints (section 4.2.1.10) and TBSCertificate (section 4.1). */
export const PERMITTED = contextTag(0, true)
export const EXTENSIONS = contextTag(3, true)

const NOTHING = new Uint8Array()

/** The elements inside the first element of `bytes`. */
function inside(bytes: Uint8Array): Element[] {
  return readElements(readElements(bytes)[0]?.content ?? NOTHING)
}

function bodyOf(certificate: X509Certificate): Element[] {
  return readElements(inside(certificate.raw)[0]?.content ?? NOTHING)
}

/** A certificate's subject, as the DER that an issuer field has to repeat byte by byte. */
export function subjectOf(certificate: X509Certificate): Uint8Array {
  return bodyOf(certificate)[5]?.raw ?? NOTHING
}

/** The bits of a public key, without the algorithm around them. */
export function keyBits(publicKey: KeyObject): Uint8Array {
  return inside(publicKey.export({ type: "spki", format: "der" }))[1]?.content.subarray(1) ?? NOTHING
}

/** The value of an extension; undefined when the certificate has none of that id. */
function extensionOf(certificate: X509Certificate, id: string): Uint8Array | undefined {
  const list = bodyOf(certificate).find(({ tag }) => tag === EXTENSIONS)?.content ?? NOTHING
  const wanted = Buffer.from(oid(id))
  const fields = inside(list).map(({ content }) => readElements(content))
  return fields.find(([type]) => wanted.equals(type?.raw ?? NOTHING))?.at(-1)?.content
}

function textOf({ content }: Element): string {
  return Buffer.from(content).toString("latin1")
}

/**
 * The host names and addresses in a certificate's subjectAltName that can be opened as they stand: wildcards, and
 * other kinds of name, are passed over.
 */
export function namesOf(certificate: X509Certificate): Names {
  const names = inside(extensionOf(certificate, OID.subjectAltName) ?? NOTHING)
  const hosts = names.filter(({ tag }) => tag === DNS_NAME).map((name) => hostNameOf(textOf(name)))
  const addresses = names.filter(({ tag }) => tag === IP_ADDRESS).map(({ content }) => addressText(content))
  return {
    hosts: hosts.filter((host) => host !== undefined),
    addresses: addresses.filter((address) => address !== undefined),
  }
}

/** Whether an authority of makeAuthority may name a host. One without name constraints is not ours and may not. */
export function mayName(authority: X509Certificate, host: string): boolean {
  const constraints = inside(extensionOf(authority, OID.nameConstraints) ?? NOTHING)
  const subtrees = readElements(constraints.find(({ tag }) => tag === PERMITTED)?.content ?? NOTHING)
  const bases = subtrees.flatMap(({ content }) => readElements(content))
  return bases.some((base) => base.tag === DNS_NAME && inDomain(host, textOf(base)))
}
