/**
 * The certificate that the server makes for itself, in the folder `certs`:
 *
 *     ca.pem  ca-key.pem          the authority, ten years; browsers trust it once it is installed
 *     server.pem  server-key.pem  the leaf with the authority behind it, at most 397 days
 *
 * Keys are readable by their owner only and every file is replaced as a whole. The leaf is made anew when less than 30 days
 * remain, when this machine's names or addresses change, or when it does not fit its key or its authority.
 */
import { createPrivateKey, X509Certificate } from "node:crypto"
import { mkdir, open, readFile, rename } from "node:fs/promises"
import path from "node:path"
import { StartError } from "../start-error.ts"
import { inDomain, type Names, PRIVATE_DOMAINS } from "./addresses.ts"
import { type Authority, type KeyedCertificate, makeAuthority, makeLeaf } from "./x509.ts"

const DAY = 24 * 60 * 60 * 1000
export const RENEW_BEFORE = 30 * DAY
const MODE_KEY = 0o600
const MODE_PUBLIC = 0o644

export interface OwnCertificate extends KeyedCertificate {
  /** SHA-256 of the authority's certificate, upper-case hex with colons. */
  readonly fingerprint: string
  readonly names: Names
  /** Whether the leaf was made just now. */
  readonly renewed: boolean
}

/** Finds or makes authority and leaf for these names. Throws StartError. */
export async function ownCertificate(dir: string, wanted: Names, now: number): Promise<OwnCertificate> {
  await mkdir(dir, { recursive: true, mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
    throw new StartError(
      `${dir} can't be made (${error.code}). Check that CERT_DIR is a folder that this user may write to.`,
    )
  })
  const { certificate, key } = await authorityIn(dir, wanted, now)
  const names = { ...wanted, hosts: wanted.hosts.filter((host) => mayName(certificate, host)) }
  const authority: Authority = {
    subject: certificate.subject.replace(/^CN=/, ""),
    publicKey: certificate.publicKey,
    privateKey: createPrivateKey(key),
  }
  const found = await leafIn(dir)
  const common = { fingerprint: certificate.fingerprint256, names }
  if (found !== undefined && isGood(found, certificate, names, now)) return { ...found, ...common, renewed: false }
  const leaf = makeLeaf(authority, names, now)
  const made = { cert: leaf.cert + certificate.toString(), key: leaf.key }
  await replace(path.join(dir, "server-key.pem"), made.key, MODE_KEY)
  await replace(path.join(dir, "server.pem"), made.cert, MODE_PUBLIC)
  return { ...made, ...common, renewed: true }
}

async function authorityIn(dir: string, names: Names, now: number) {
  const files = { cert: path.join(dir, "ca.pem"), key: path.join(dir, "ca-key.pem") }
  const [cert, key] = await Promise.all([read(files.cert), read(files.key)])
  if (cert === undefined && key === undefined) {
    const made = makeAuthority(names, now)
    await replace(files.key, made.key, MODE_KEY)
    await replace(files.cert, made.cert, MODE_PUBLIC)
    return { certificate: new X509Certificate(made.cert), key: made.key }
  }
  const certificate = cert === undefined ? undefined : parsed(cert)
  if (certificate === undefined || key === undefined || !fits(certificate, key))
    throw new StartError(
      `ca.pem and ca-key.pem in ${dir} don't fit together. Restore both from a backup, or remove both and trust the new ones that the next start makes.`,
    )
  if (Date.parse(certificate.validTo) < now + RENEW_BEFORE)
    throw new StartError(
      `The certificate authority in ${dir} ends on ${certificate.validTo}. Remove ca.pem and ca-key.pem and trust the new ones that the next start makes.`,
    )
  return { certificate, key }
}

async function leafIn(dir: string): Promise<KeyedCertificate | undefined> {
  const [cert, key] = await Promise.all([read(path.join(dir, "server.pem")), read(path.join(dir, "server-key.pem"))])
  return cert === undefined || key === undefined ? undefined : { cert, key }
}

function isGood(leaf: KeyedCertificate, authority: X509Certificate, names: Names, now: number): boolean {
  const certificate = parsed(leaf.cert)
  return (
    certificate !== undefined &&
    fits(certificate, leaf.key) &&
    certificate.verify(authority.publicKey) &&
    Date.parse(certificate.validTo) - now >= RENEW_BEFORE &&
    Date.parse(certificate.validFrom) <= now &&
    sameNames(certificate, names)
  )
}

function sameNames({ subjectAltName = "" }: X509Certificate, { hosts, addresses }: Names): boolean {
  const named = subjectAltName.split(", ").map((each) => each.replace(/^(?:DNS|IP Address):/, "").toLowerCase())
  // Node writes IPv6 addresses out in full, in capitals; a URL brings them to one spelling.
  const spelled = named.map((each) => (each.includes(":") ? new URL(`https://[${each}]`).hostname.slice(1, -1) : each))
  return spelled.sort().join() === [...hosts, ...addresses].sort().join()
}

/**
 * A machine that was renamed has an authority for its old name. The new one is left out rather than named in vain: browsers
 * would refuse the whole certificate.
 */
function mayName(authority: X509Certificate, host: string): boolean {
  const permitted = authority.raw.includes(Buffer.from(host, "latin1"))
  return permitted || PRIVATE_DOMAINS.some((domain) => inDomain(host, domain))
}

function parsed(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

/** Whether a PEM key is the private half of a certificate. */
export function fits(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}

async function read(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined
    throw new StartError(`${file} can't be read (${error.code}).`)
  })
}

/** Writes a file whole or not at all: a crash leaves the old one. */
async function replace(file: string, content: string, mode: number): Promise<void> {
  const handle = await open(`${file}.new`, "w", mode).catch((error: NodeJS.ErrnoException) => {
    throw new StartError(
      `${file} can't be written (${error.code}). Check that CERT_DIR is a folder that this user may write to.`,
    )
  })
  try {
    await handle.chmod(mode)
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${file}.new`, file)
}
