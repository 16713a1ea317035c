import assert from "node:assert/strict"
import { once } from "node:events"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { createServer, request } from "node:http"
import type { AddressInfo } from "node:net"
import path from "node:path"
import { test } from "node:test"
import { brotliCompressSync, brotliDecompressSync } from "node:zlib"
import { SECURITY_HEADERS } from "../../src/server/headers.ts"
import { createRouter } from "../../src/server/http.ts"
import { pages } from "../../src/server/pages.ts"
import { scanStatic } from "../../src/server/static.ts"
import { UserError } from "../../src/shared/errors.ts"
import { accountName, deviceId } from "../../src/shared/ids.ts"
import { ROOT } from "../helpers/chromium.ts"
import { ask } from "../helpers/http-client.ts"
import { type Owner, temporaryFolder } from "../helpers/temp.ts"

const HOME = `<!doctype html>${"<p>home</p>".repeat(50)}`
const PART = "part-AB12CD34.js"
const session = {
  account: { id: 1, name: accountName.parse("anna", "name") },
  device: deviceId.parse("AAAAAAAAAAAAAAAAAAAAAA", "device"),
}

async function folderWith(owner: Owner, more: Readonly<Record<string, string | Uint8Array>> = {}): Promise<string> {
  const folder = await temporaryFolder(owner)
  await mkdir(path.join(folder, "build/deep"), { recursive: true })
  const files = { "home.html": HOME, "chat.html": "<p>chat</p>", "build/chat.js": "run()", ...more }
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content)
  return folder
}

/** Serves the pages and files of a folder. Whoever has the cookie `right` is logged in. */
async function serve(owner: Owner, folder: string, check: () => Promise<void> = async () => undefined) {
  const findSession = async (cookies: string | undefined) => (cookies === "right" ? session : undefined)
  const handle = createRouter({
    routes: [],
    isAllowedOrigin: () => false,
    ...{ findSession, addressOf: () => "", report: () => undefined },
    pages: pages({ files: await scanStatic(folder), findSession, check }),
  })
  const http = createServer(handle).listen(0, "127.0.0.1")
  await once(http, "listening")
  owner.after(() => http.close())
  const { port } = http.address() as AddressInfo
  return (address: string, headers: Readonly<Record<string, string>> = {}, method = "GET") =>
    ask({ port, path: address, headers, method })
}

test("a file is sent with its type, its length, a tag, and every security header", async (t) => {
  const get = await serve(t, await folderWith(t, { "icon.svg": "<svg/>" }))
  const { status, headers, body } = await get("/home.html")
  assert.deepEqual([status, body], [200, HOME])
  assert.equal(headers["content-type"], "text/html; charset=utf-8")
  assert.equal(headers["content-length"], String(HOME.length))
  assert.equal(headers["cache-control"], "no-cache")
  assert.equal(headers.vary, "Accept-Encoding")
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) assert.equal(headers[name.toLowerCase()], value, name)
  assert.equal((await get("/icon.svg")).headers["content-type"], "image/svg+xml")
})

test("the pages of people are there: / leads to /home, /chat needs a session, /healthz tells", async (t) => {
  const get = await serve(t, await folderWith(t))
  const place = async (address: string, cookie = "") => {
    const { status, headers } = await get(address, { Cookie: cookie })
    return [status, headers.location]
  }
  assert.deepEqual(await place("/"), [302, "/home"])
  assert.equal((await get("/home?from=here")).body, HOME)
  assert.deepEqual(await place("/chat"), [302, "/home"])
  assert.deepEqual(await place("/chat", "wrong"), [302, "/home"])
  assert.deepEqual(await place("/chat", "right"), [200, undefined])
  const health = await get("/healthz")
  assert.deepEqual([health.status, health.body], [200, '{"status":"ok"}'])
})

test("/healthz says so when the store does not answer", async (t) => {
  const get = await serve(t, await folderWith(t), async () => {
    throw new UserError("storage_full")
  })
  assert.equal((await get("/healthz")).status, 507)
})

test("brotli goes to those who take it, and to nobody else", async (t) => {
  const get = await serve(t, await folderWith(t))
  const encoding = async (header: string) =>
    (await get("/home", { "Accept-Encoding": header })).headers["content-encoding"]
  for (const header of ["br", "gzip, deflate, br, zstd", "gzip;q=0.5, BR;q=0.1", "br ; q=1.0"])
    assert.equal(await encoding(header), "br", header)
  for (const header of ["", "gzip", "br;q=0", "br; q=0.000", "brotli", "x-br", "*"])
    assert.equal(await encoding(header), undefined, header)
})

test("the copy that the build made is what is sent; a file that brotli makes no smaller goes as it is", async (t) => {
  const script = "let a = 1;".repeat(100)
  const made = brotliCompressSync(script)
  const folder = await folderWith(t, { "build/chat.js": script, "build/chat.js.br": made, "tiny.txt": "a" })
  const get = await serve(t, folder)
  const packed = await get("/build/chat.js", { "Accept-Encoding": "br" }, "HEAD")
  assert.equal(packed.headers["content-length"], String(made.length))
  assert.equal((await get("/tiny.txt", { "Accept-Encoding": "br" })).headers["content-encoding"], undefined)
  assert.equal((await get("/build/chat.js.br")).status, 404)
})

test("a file whose tag the browser names is not sent again; a changed file has another tag", async (t) => {
  const folder = await folderWith(t)
  const get = await serve(t, folder)
  const { etag = "" } = (await get("/home")).headers
  for (const tags of [etag, `"other", ${etag}`, "*"]) {
    const { status, headers, body } = await get("/home", { "If-None-Match": tags })
    assert.deepEqual([status, headers.etag, body], [304, etag, ""])
  }
  assert.equal((await get("/home", { "If-None-Match": '"other"' })).status, 200)
  await writeFile(path.join(folder, "home.html"), `${HOME}!`)
  const later = await serve(t, folder)
  assert.equal((await later("/home", { "If-None-Match": etag })).status, 200)
})

test("only files that are named by their content may be kept without asking", async (t) => {
  const get = await serve(t, await folderWith(t, { [`build/${PART}`]: "part()", "build/deep/part-x.js": "deep()" }))
  const caching = async (address: string) => (await get(address)).headers["cache-control"]
  assert.equal(await caching(`/build/${PART}`), "public, max-age=31536000, immutable")
  for (const address of ["/build/chat.js", "/build/deep/part-x.js", "/home"])
    assert.equal(await caching(address), "no-cache")
})

test("no address leads out of the folder, and what is no page is not there", async (t) => {
  const get = await serve(t, await folderWith(t, { "notes.md": "x", ".env": "x", "build/chat.js.map": "x" }))
  const none = [
    "/../outside.html",
    "/build/../home.html",
    "/%2e%2e/outside.html",
    "/..%2foutside.html",
    "/build/..%5chome.html",
  ]
  const hidden = [
    "/notes.md",
    "/.env",
    "/build/chat.js.map",
    "/build",
    "/build/",
    "//home.html",
    "/home.html/",
    "/home.html%00",
  ]
  const names = ["/constructor", "/__proto__", "/toString"]
  for (const address of [...none, ...hidden, ...names]) assert.equal((await get(address)).status, 404, address)
})

test("a folder without a build stops the start with the command that makes one", async (t) => {
  const folder = await temporaryFolder(t)
  const error = { name: "StartError", message: /^There is no build in .*\. Run: npm run build$/ }
  await assert.rejects(scanStatic(folder), error)
  await assert.rejects(scanStatic(path.join(folder, "none")), error)
})

test("the pages have no inline code or style and load nothing from elsewhere", async () => {
  for (const name of ["home.html", "chat.html"]) {
    const page = await readFile(path.join(ROOT, "static", name), "utf8")
    assert.doesNotMatch(page, /<style|\sstyle=|\son[a-z]+=|="javascript:|https?:|src="(?!\/)|href="(?![/#])/i, name)
    assert.doesNotMatch(page, /<script(?![^>]*\ssrc=)/i, name)
  }
})

test("what is sent in brotli is the file", async (t) => {
  const folder = await folderWith(t)
  const files = await scanStatic(folder)
  const http = createServer((request, response) => files.send("/home.html", request, response)).listen(0, "127.0.0.1")
  await once(http, "listening")
  t.after(() => http.close())
  const { port } = http.address() as AddressInfo
  const answer = await fetchBytes(port)
  assert.equal(brotliDecompressSync(answer).toString(), HOME)
})

async function fetchBytes(port: number): Promise<Buffer> {
  const asked = request({ port, host: "127.0.0.1", headers: { "Accept-Encoding": "br" } }).end()
  const [response] = await once(asked, "response")
  return Buffer.concat(await response.toArray())
}
