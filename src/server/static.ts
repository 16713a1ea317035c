/**
 * Static files: the folder is read once at start into a map from address to bytes, so that a request is a look-up and no
 * path from outside ever touches the file system. Each file is held as it is and, when that is smaller, in brotli: the copy
 * that the build made (`name.br` beside it), or one made now.
 */
import { createHash } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import type { IncomingMessage, ServerResponse } from "node:http"
import path from "node:path"
import { promisify } from "node:util"
import { brotliCompress, constants } from "node:zlib"
import { UserError } from "../shared/errors.ts"
import { SECURITY_HEADERS } from "./headers.ts"
import { StartError } from "./start-error.ts"

const TYPES = new Map([
  [".html", "text/html; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".svg", "image/svg+xml"],
  [".png", "image/png"],
  [".txt", "text/plain; charset=utf-8"],
  [".webmanifest", "application/manifest+json"],
])

/** The build names these after their content, so a copy never goes stale. */
const NAMED_BY_CONTENT = /\/part-[A-Z0-9]{8}\.js$/
const A_YEAR = 31_536_000
/** Quick enough for the start; the build's own copies are made with the best. */
const QUALITY_AT_START = 5

interface StaticFile {
  readonly type: string
  readonly plain: Buffer
  readonly brotli: Buffer | undefined
  /** Weak, because the file and its brotli copy share it (RFC 9110 section 8.8.1). */
  readonly etag: string
  readonly caching: string
}

/** Scans a folder. Throws StartError when there is no build in it. */
export async function scanStatic(folder: string): Promise<StaticFiles> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const files = new Map<string, StaticFile>()
  for (const name of names) {
    const type = TYPES.get(path.extname(name))
    if (type === undefined) continue
    const address = `/${name.split(path.sep).join("/")}`
    files.set(address, await load(path.join(folder, name), address, type))
  }
  if (!files.has("/build/chat.js") || !files.has("/home.html"))
    throw new StartError(`There is no build in ${folder}. Run: npm run build`)
  return new StaticFiles(files)
}

async function load(file: string, address: string, type: string): Promise<StaticFile> {
  const plain = await readFile(file)
  const brotli = type.startsWith("image/png") ? undefined : await brotliOf(file, plain)
  const hash = createHash("sha256").update(plain).digest("base64url").slice(0, 22)
  const caching = NAMED_BY_CONTENT.test(address) ? `public, max-age=${A_YEAR}, immutable` : "no-cache"
  return { type, plain, brotli, etag: `W/"${hash}"`, caching }
}

async function brotliOf(file: string, plain: Buffer): Promise<Buffer | undefined> {
  const made = await readFile(`${file}.br`).catch(() => undefined)
  const params = { [constants.BROTLI_PARAM_QUALITY]: QUALITY_AT_START }
  const packed = made ?? (await promisify(brotliCompress)(plain, { params }))
  return packed.length < plain.length ? packed : undefined
}

export class StaticFiles {
  readonly #files: ReadonlyMap<string, StaticFile>

  constructor(files: ReadonlyMap<string, StaticFile>) {
    this.#files = files
  }

  has(address: string): boolean {
    return this.#files.has(address)
  }

  /** Answers with the file at an address that `has` knows. */
  send(address: string, request: IncomingMessage, response: ServerResponse): void {
    const file = this.#files.get(address)
    if (file === undefined) throw new UserError("not_found")
    const headers = { ...SECURITY_HEADERS, ETag: file.etag, "Cache-Control": file.caching, Vary: "Accept-Encoding" }
    if (names(request.headers["if-none-match"], file.etag)) {
      response.writeHead(304, headers).end()
      return
    }
    const packed = takesBrotli(request.headers["accept-encoding"]) ? file.brotli : undefined
    const bytes = packed ?? file.plain
    response.writeHead(200, {
      ...headers,
      "Content-Type": file.type,
      "Content-Length": bytes.length,
      ...(packed === undefined ? {} : { "Content-Encoding": "br" }),
    })
    response.end(request.method === "HEAD" ? undefined : bytes)
  }
}

/** Whether an If-None-Match header names this tag (RFC 9110 section 13.1.2). */
function names(header: string | undefined, etag: string): boolean {
  const tags = (header ?? "").split(",").map((tag) => tag.trim())
  return tags.includes(etag) || tags.includes("*")
}

/** Whether an Accept-Encoding header names brotli, with a weight above zero (RFC 9110 section 12.5.3). */
function takesBrotli(header: string | undefined): boolean {
  return (header ?? "").split(",").some((each) => {
    const [coding = "", weight = "q=1"] = each.split(";").map((part) => part.trim().toLowerCase())
    return coding === "br" && Number(weight.replace("q=", "")) > 0
  })
}
