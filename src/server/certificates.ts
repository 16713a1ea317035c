/**
 * Finds the TLS certificate, or makes one, and watches it. With SSL_CERT_PATH and SSL_KEY_PATH these two files are used, and
 * read again when they change; otherwise the server has its own authority (certificates/own.ts). Either way a change takes
 * effect for new connections without a restart, and a pair that does not fit (one file was replaced, the other not
 * yet) leaves the old one in place, is reported once, and is looked at again at the next check.
 */
import { X509Certificate } from "node:crypto"
import { readFile } from "node:fs/promises"
import type { NetworkInterfaceInfo } from "node:os"
import { machineNames } from "./certificates/addresses.ts"
import { fits, ownCertificate } from "./certificates/own.ts"
import { StartError } from "./start-error.ts"

/** How often to call `check`, in milliseconds. */
export const CERTIFICATE_CHECK_EVERY = 60_000

export interface TlsMaterial {
  /** PEM, the leaf first. */
  readonly cert: string
  readonly key: string
  /** SHA-256 of the server's own authority; undefined for somebody else's certificate. */
  readonly fingerprint: string | undefined
  /** Host names and addresses that the certificate names: what can be opened. */
  readonly names: readonly string[]
}

export interface CertificateOptions {
  readonly dir: string
  /** Both or neither; empty text is neither. */
  readonly certPath: string
  readonly keyPath: string
  readonly hostname: string
  readonly interfaces: () => NodeJS.Dict<NetworkInterfaceInfo[]>
  readonly now: () => number
  readonly report: (line: string) => void
}

export class Certificates {
  readonly #options: CertificateOptions
  #material: TlsMaterial
  #reported = ""

  private constructor(options: CertificateOptions, material: TlsMaterial) {
    this.#options = options
    this.#material = material
  }

  /** Finds or makes the certificate. Throws StartError. */
  static async open(options: CertificateOptions): Promise<Certificates> {
    return new Certificates(options, await load(options))
  }

  /** What is in force. */
  get material(): TlsMaterial {
    return this.#material
  }

  /** Looks once for changed files, changed addresses or an end that is near; resolves to the new material, if any. */
  async check(): Promise<TlsMaterial | undefined> {
    try {
      const found = await load(this.#options)
      this.#reported = ""
      if (found.cert === this.#material.cert && found.key === this.#material.key) return undefined
      this.#material = found
      return found
    } catch (error) {
      const why = error instanceof StartError ? error.message : "The certificate can't be read."
      if (why !== this.#reported) this.#options.report(`${why} The one before stays in use.`)
      this.#reported = why
      return undefined
    }
  }
}

function load(options: CertificateOptions): Promise<TlsMaterial> {
  return options.certPath === "" ? loadOwn(options) : loadGiven(options)
}

async function loadOwn({ dir, hostname, interfaces, now }: CertificateOptions): Promise<TlsMaterial> {
  const { cert, key, fingerprint, names } = await ownCertificate(dir, machineNames(hostname, interfaces()), now())
  return { cert, key, fingerprint, names: [...names.hosts, ...names.addresses] }
}

async function loadGiven({ certPath, keyPath, now }: CertificateOptions): Promise<TlsMaterial> {
  const [cert, key] = await Promise.all([read("SSL_CERT_PATH", certPath), read("SSL_KEY_PATH", keyPath)])
  const certificate = parse(cert)
  if (!fits(certificate, key)) throw new StartError("SSL_KEY_PATH is not the key of the certificate in SSL_CERT_PATH.")
  if (Date.parse(certificate.validTo) <= now())
    throw new StartError(`The certificate in SSL_CERT_PATH ended on ${certificate.validTo}. Renew it.`)
  const named = (certificate.subjectAltName ?? "").split(", ")
  return { cert, key, fingerprint: undefined, names: named.map((each) => each.replace(/^(?:DNS|IP Address):/, "")) }
}

async function read(setting: string, file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new StartError(`${setting} names a file that can't be read (${error.code}).`)
  })
}

function parse(cert: string): X509Certificate {
  try {
    return new X509Certificate(cert)
  } catch {
    throw new StartError("SSL_CERT_PATH holds no certificate in PEM form.")
  }
}
