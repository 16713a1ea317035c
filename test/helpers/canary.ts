/**
 * Canaries: long random strings that must not be found where plaintext must not be. A search looks for a canary in every
 * form that a program is likely to write it in. A search that finds nothing proves something only when the same search
 * finds a canary that was put there on purpose; the tests do both.
 */
import { randomBytes } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { toHex } from "../../src/shared/bytes.ts"

/** Makes a canary: 40 letters and digits, which no escaping changes. */
export function makeCanary(): string {
  return toHex(randomBytes(20))
}

/** The forms of a secret, by name. `secret` as text stands for its UTF-8 bytes. */
export function formsOf(secret: string | Uint8Array): ReadonlyMap<string, Buffer> {
  const raw = Buffer.from(secret)
  const forms = new Map<string, Buffer>([
    ["raw", raw],
    ["hex", Buffer.from(raw.toString("hex"))],
    ["HEX", Buffer.from(raw.toString("hex").toUpperCase())],
    ["reversed", Buffer.from(raw).reverse()],
    ["list of numbers", Buffer.from(raw.join(","))],
  ])
  if (typeof secret === "string") {
    const wide = Buffer.from(secret, "utf16le")
    forms.set("UTF-16 little-endian", wide)
    forms.set("UTF-16 big-endian", Buffer.from(wide).swap16())
  }
  for (const alphabet of ["base64", "base64url"] as const)
    for (const offset of [0, 1, 2]) forms.set(`${alphabet} at ${offset}`, base64At(raw, offset, alphabet))
  return forms
}

/**
 * What stays the same of a secret's base64 whatever stands before and after it: `offset` is the number of bytes before it
 * modulo 3. The letters at both ends that also hold bits of neighbours are left out.
 */
function base64At(raw: Buffer, offset: number, alphabet: "base64" | "base64url"): Buffer {
  const text = Buffer.concat([Buffer.alloc(offset), raw])
    .toString(alphabet)
    .replace(/=+$/, "")
  const first = Math.ceil((offset * 8) / 6)
  const last = Math.floor(((offset + raw.length) * 8) / 6)
  return Buffer.from(text.slice(first, last))
}

/** A secret to look for, by a name that may be printed. */
export interface Secret {
  readonly name: string
  readonly value: string | Uint8Array
}

/** Where secrets are, as "what: form" for each that is found; the names only, never the value. */
export function findSecrets(where: string, bytes: Uint8Array, secrets: readonly Secret[]): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return secrets.flatMap(({ name, value }) =>
    [...formsOf(value)].filter(([, form]) => buffer.includes(form)).map(([form]) => `${where}: ${name} as ${form}`),
  )
}

/** Searches every file below a folder, and the names of the files. */
export async function findSecretsInFolder(folder: string, secrets: readonly Secret[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const found: string[] = []
  for (const entry of entries) {
    const file = path.join(entry.parentPath, entry.name)
    const where = path.relative(folder, file)
    found.push(...findSecrets(`name of ${where}`, Buffer.from(where), secrets))
    if (entry.isFile()) found.push(...findSecrets(where, await readFile(file), secrets))
  }
  return found
}
