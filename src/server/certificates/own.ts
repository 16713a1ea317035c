/**
 * The certificate that the server makes for itself, in the folder `certs`:
 *
 *     ca.pem  ca-key.pem          the authority, ten years; browsers trust it once it is installed
 *     server.pem  server-key.pem  the leaf with the authority behind it, at most 397 days
 *
 * Keys are readable by their owner only and every file is replaced as a whole. The leaf is made anew when less than 30
 * days remain, when this machine has a name or address that it lacks, or when it does not fit its key or its authority. A name
 * or address that went away stays in it until then: a laptop that leaves a network for a moment must not
 * break the connections of those who have accepted this one leaf. The authority is made at a start that finds neither
 * of its files, and never replaced: whoever trusts it would have to trust again, so that is for a person to decide.
 */
import { createPrivateKey, X509Certificate } from "node:crypto"
import { mkdir, stat } from "node:fs/promises"
import path from "node:path"
import { StartError } from "../start-error.ts"
import type { Names } from "./addresses.ts"
import { readText, replaceFile } from "./files.ts"
import { type Authority, DAY, type KeyedCertificate, makeAuthority, makeLeaf } from "./x509.ts"
import { mayName, namesOf } from "./x509-read.ts"

/** The leaf is made anew when less than this remains; the operator is told when less than that is left of the authority. */
export const RENEW_BEFORE = 30 * DAY
export const AUTHORITY_NOTICE = 90 * DAY

/** No clock that is right shows an earlier time. A small computer without a battery starts in 1970. */
const CLOCK_FLOOR = Date.UTC(2026, 0, 1)
const MODE_KEY = 0o600
const MODE_PUBLIC = 0o644

export interface OwnCertificate extends KeyedCertificate {
  /** SHA-256 of the authority's certificate, upper-case hex with colons. */
  readonly fingerprint: string
  /** This machine's names and addresses, those that the certificate carries. */
  readonly names: Names
  /** What the operator should know, a line each. */
  readonly notes: readonly string[]
}

interface Surroundings {
  readonly dir: string
  readonly now: number
  readonly notes: string[]
}

/**
 * Finds or makes authority and leaf for these names. `mayMake` is whether a missing authority is made. Throws
 * StartError; a leaf that can't be renewed now but is still good is used, with a note.
 */
export async function ownCertificate(
  dir: string,
  wanted: Names,
  now: number,
  mayMake: boolean,
): Promise<OwnCertificate> {
  const here: Surroundings = { dir, now, notes: [] }
  const authority = await authorityIn(here, wanted.host, mayMake)
  const names = { ...wanted, hosts: wanted.hosts.filter((host) => mayName(authority.certificate, host)) }
  for (const host of wanted.hosts.filter((each) => !names.hosts.includes(each)))
    here.notes.push(
      `The certificate authority in ${dir} was made under another host name and may not name ${host}: open another address, or remove ca.pem and ca-key.pem, start again, and trust the new ones.`,
    )
  const leaf = await leafFor(authority, names, here)
  return { ...leaf, fingerprint: authority.certificate.fingerprint256, names, notes: here.notes }
}

async function authorityIn(here: Surroundings, host: string | undefined, mayMake: boolean): Promise<Authority> {
  const { dir, now, notes } = here
  const [certFile, keyFile] = [path.join(dir, "ca.pem"), path.join(dir, "ca-key.pem")]
  const [cert, key] = await Promise.all([
    readText(certFile, `CERT_DIR: ${certFile}`),
    readText(keyFile, `CERT_DIR: ${keyFile}`),
  ])
  if (cert === undefined && mayMake) return newAuthority(here, host, key !== undefined)
  if (cert === undefined || key === undefined)
    throw new StartError(
      `${cert === undefined ? certFile : keyFile} is missing. Restore it from a backup, or remove both ca.pem and ca-key.pem, start again, and trust the new ones.`,
    )
  const certificate = parsed(cert)
  const privateKey = parsedKey(key)
  if (certificate === undefined || privateKey === undefined || !certificate.checkPrivateKey(privateKey))
    throw new StartError(
      `ca.pem and ca-key.pem in ${dir} are damaged or don't fit together. Restore both from a backup, or remove both, start again, and trust the new ones.`,
    )
  if (!certificate.ca || !mayName(certificate, "localhost"))
    throw new StartError(`${certFile} was not made by this server. Use SSL_CERT_PATH and SSL_KEY_PATH instead.`)
  const left = Date.parse(certificate.validTo) - now
  const end = `The certificate authority in ${dir} ${left <= 0 ? "ended" : "ends"} on ${certificate.validTo}.`
  const remedy = "Remove ca.pem and ca-key.pem, start again, and trust the new ones."
  if (left <= 0) throw new StartError(`${end} ${remedy}`)
  if (left < AUTHORITY_NOTICE) notes.push(`${end} ${remedy}`)
  if (process.platform !== "win32" && ((await stat(keyFile)).mode & 0o077) !== 0)
    notes.push(`Others on this machine can read ${keyFile}: chmod 600 it.`)
  return { certificate, privateKey }
}

/** The key is written first: a key without a certificate is one that nobody trusts yet, and a new pair harms nobody. */
async function newAuthority({ dir, now, notes }: Surroundings, host: string | undefined, hadKey: boolean) {
  if (now < CLOCK_FLOOR)
    throw new StartError(`The clock says ${new Date(now).toISOString()}: set it, since certificates carry dates.`)
  await mkdir(dir, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new StartError(`${dir} can't be made (${error.code}). CERT_DIR must be a folder this user may write to.`)
  })
  const made = makeAuthority(host, now)
  await replaceFile(path.join(dir, "ca-key.pem"), made.key, MODE_KEY)
  await replaceFile(path.join(dir, "ca.pem"), made.cert, MODE_PUBLIC)
  if (hadKey) notes.push(`${dir} held a key without its ca.pem: made a new certificate authority.`)
  return { certificate: new X509Certificate(made.cert), privateKey: createPrivateKey(made.key) }
}

async function leafFor(authority: Authority, names: Names, { dir, now, notes }: Surroundings) {
  const [certFile, keyFile] = [path.join(dir, "server.pem"), path.join(dir, "server-key.pem")]
  const [cert, key] = await Promise.all([readText(certFile, certFile), readText(keyFile, keyFile)])
  const found = cert === undefined || key === undefined ? undefined : usable({ cert, key }, authority, now)
  if (found !== undefined && !isStale(found.certificate, authority, names, now)) return found.leaf
  const leaf = makeLeaf(authority, names, now)
  const made = { cert: leaf.cert + authority.certificate.toString(), key: leaf.key }
  try {
    await replaceFile(keyFile, made.key, MODE_KEY)
    await replaceFile(certFile, made.cert, MODE_PUBLIC)
    return made
  } catch (error) {
    if (found === undefined || !(error instanceof StartError)) throw error
    notes.push(`${error.message} The certificate could not be renewed; the one before stays in use.`)
    return found.leaf
  }
}

/** A leaf of this authority, with its key, that has not ended. */
function usable(leaf: KeyedCertificate, authority: Authority, now: number) {
  const certificate = parsed(leaf.cert)
  if (certificate === undefined || !fits(certificate, leaf.key)) return undefined
  const signed = certificate.checkIssued(authority.certificate) && certificate.verify(authority.certificate.publicKey)
  return signed && Date.parse(certificate.validTo) > now ? { certificate, leaf } : undefined
}

function isStale(leaf: X509Certificate, { certificate: authority }: Authority, names: Names, now: number): boolean {
  const ends = Date.parse(leaf.validTo)
  // Near the authority's own end no leaf can last longer than the one there is.
  const nearsEnd = ends - now < RENEW_BEFORE && ends < Date.parse(authority.validTo)
  // A clock that is behind even the authority is a clock to be set, no reason for another leaf.
  const tooEarly = Date.parse(leaf.validFrom) > now && Date.parse(authority.validFrom) <= now
  const carried = namesOf(leaf)
  const named = new Set([...carried.hosts, ...carried.addresses])
  return nearsEnd || tooEarly || [...names.hosts, ...names.addresses].some((name) => !named.has(name))
}

/** The first certificate in a PEM text; undefined when there is none. */
export function parsed(pem: string): X509Certificate | undefined {
  try {
    return pem.includes("-----BEGIN CERTIFICATE-----") ? new X509Certificate(pem) : undefined
  } catch {
    return undefined
  }
}

function parsedKey(pem: string) {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

/** Whether a PEM key is the private half of a certificate. */
export function fits(certificate: X509Certificate, key: string): boolean {
  const privateKey = parsedKey(key)
  return privateKey !== undefined && certificate.checkPrivateKey(privateKey)
}
