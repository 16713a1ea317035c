/**
 * Finds the TLS certificate, or makes one, and watches it. With SSL_CERT_PATH and SSL_KEY_PATH these two files are used, and
 * read again when they change; otherwise the server has its own authority (certificates/own.ts). Either way a change takes
 * effect for new connections without a restart, and a pair that does not fit (one file was replaced, the other not
 * yet) leaves the old one in place, is reported once, and is looked at again at the next check.
 */
import type { NetworkInterfaceInfo } from "node:os"
import { createSecureContext } from "node:tls"
import { machineNames } from "./certificates/addresses.ts"
import { readText } from "./certificates/files.ts"
import { fits, ownCertificate, parsed } from "./certificates/own.ts"
import { namesOf } from "./certificates/x509-read.ts"
import { StartError } from "./start-error.ts"

/** How often to call `check`, in milliseconds. */
export const CERTIFICATE_CHECK_EVERY = 60_000

export interface TlsMaterial {
  /** PEM, the leaf first. */
  readonly cert: string
  readonly key: string
  /** SHA-256 of the server's own authority; undefined for somebody else's certificate. */
  readonly fingerprint: string | undefined
  /** Host names and addresses (IPv6 without brackets) that the certificate names: what can be opened. */
  readonly names: readonly string[]
}

export interface CertificateOptions {
  readonly dir: string
  /** Both or neither; empty text is neither. */
  readonly certPath: string
  readonly keyPath: string
  /** Asked at each check, as the interfaces are: a machine can be renamed. */
  readonly hostname: () => string
  readonly interfaces: () => NodeJS.Dict<NetworkInterfaceInfo[]>
  readonly now: () => number
  readonly report: (line: string) => void
}

/** What was found, and what the operator should know of it, a line each. */
interface Found {
  readonly material: TlsMaterial
  readonly notes: readonly string[]
}

export class Certificates {
  readonly #options: CertificateOptions
  #material: TlsMaterial
  #told = new Set<string>()
  #checking: Promise<TlsMaterial | undefined> | undefined

  private constructor(options: CertificateOptions, { material, notes }: Found) {
    this.#options = options
    this.#material = material
    this.#tell(notes)
  }

  /** Finds or makes the certificate. Throws StartError. */
  static async open(options: CertificateOptions): Promise<Certificates> {
    return new Certificates(options, await load(options, true))
  }

  /** What is in force. */
  get material(): TlsMaterial {
    return this.#material
  }

  /**
   * Looks once for changed files, changed addresses or an end that is near; resolves to the new material, if any, which
   * TLS is known to accept. Never rejects: what is wrong is reported, once for as long as it lasts. A call while
   * another runs joins it.
   */
  check(): Promise<TlsMaterial | undefined> {
    this.#checking ??= this.#look().finally(() => {
      this.#checking = undefined
    })
    return this.#checking
  }

  async #look(): Promise<TlsMaterial | undefined> {
    try {
      const { material, notes } = await load(this.#options, false)
      this.#tell(notes)
      if (material.cert === this.#material.cert && material.key === this.#material.key) return undefined
      this.#material = material
      return material
    } catch (error) {
      const why = error instanceof StartError ? error.message : "The certificate can't be read."
      this.#tell([`${why} The one before stays in use.`])
      return undefined
    }
  }

  #tell(lines: readonly string[]): void {
    for (const line of lines) if (!this.#told.has(line)) this.#options.report(line)
    this.#told = new Set(lines)
  }
}

/** Throws StartError. The last step is what the TLS server itself will do with the pair: it must not fail only there. */
async function load(options: CertificateOptions, starting: boolean): Promise<Found> {
  const own = options.certPath === "" && options.keyPath === ""
  const found = own ? await loadOwn(options, starting) : await loadGiven(options)
  try {
    createSecureContext({ cert: found.material.cert, key: found.material.key, minVersion: "TLSv1.3" })
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : ""
    const which = own ? `The pair server.pem and server-key.pem in ${options.dir}` : "SSL_CERT_PATH with SSL_KEY_PATH"
    throw new StartError(`${which} is nothing that TLS accepts${code}.`)
  }
  return found
}

async function loadOwn({ dir, hostname, interfaces, now }: CertificateOptions, starting: boolean): Promise<Found> {
  const wanted = machineNames(hostname(), interfaces())
  const { cert, key, fingerprint, names, notes } = await ownCertificate(dir, wanted, now(), starting)
  return { material: { cert, key, fingerprint, names: [...names.hosts, ...names.addresses] }, notes }
}

async function loadGiven({ certPath, keyPath, now }: CertificateOptions): Promise<Found> {
  // One after the other, so that the same mistake always gets the same answer.
  const cert = await read("SSL_CERT_PATH", certPath)
  const key = await read("SSL_KEY_PATH", keyPath)
  const certificate = parsed(cert)
  if (certificate === undefined) throw new StartError("SSL_CERT_PATH holds no certificate in PEM form.")
  if (!fits(certificate, key))
    throw new StartError("SSL_KEY_PATH holds no key without a passphrase that fits the certificate in SSL_CERT_PATH.")
  if (Date.parse(certificate.validTo) <= now())
    throw new StartError(`The certificate in SSL_CERT_PATH ended on ${certificate.validTo}. Renew it.`)
  const early = Date.parse(certificate.validFrom) > now()
  const notes = early ? [`The certificate in SSL_CERT_PATH is not valid before ${certificate.validFrom}.`] : []
  const { hosts, addresses } = namesOf(certificate)
  return { material: { cert, key, fingerprint: undefined, names: [...hosts, ...addresses] }, notes }
}

async function read(setting: string, file: string): Promise<string> {
  if (file === "") throw new StartError(`${setting} is missing: SSL_CERT_PATH and SSL_KEY_PATH belong together.`)
  const found = await readText(file, setting)
  if (found === undefined) throw new StartError(`${setting} names a file that does not exist.`)
  return found
}
