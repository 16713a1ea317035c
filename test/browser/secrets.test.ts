import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import path from "node:path"
import { test } from "node:test"
import type { Page } from "playwright-core"
import { browserForFile } from "../helpers/browser.ts"
import { findSecrets, findSecretsInFolder, makeCanary, type Secret } from "../helpers/canary.ts"
import { button, enter, inRoom, logOut, reaches, say, sees } from "../helpers/people.ts"
import { type RecordingProxy, startRecordingProxy } from "../helpers/recording-proxy.ts"
import { type ServerProcess, startServerProcess } from "../helpers/server-process.ts"

const browser = browserForFile()

/** Makes a page keep a copy of every private key that it exports, as base64. Runs before the page's own scripts. */
const KEEP_PRIVATE_KEYS = `if (isSecureContext) {
  const kept = []
  const exportKey = SubtleCrypto.prototype.exportKey
  globalThis.keptPrivateKeys = kept
  SubtleCrypto.prototype.exportKey = async function (format, key) {
    const exported = await exportKey.call(this, format, key)
    if (format === "pkcs8") kept.push(btoa(String.fromCharCode(...new Uint8Array(exported))))
    return exported
  }
}`

const SEED_LENGTH = 32

/** The private keys that a page has made: the last 32 bytes of each PKCS #8 key (RFC 8410). */
async function privateKeysOf(page: Page): Promise<Secret[]> {
  const kept = await page.evaluate(() => Reflect.get(window, "keptPrivateKeys"))
  assert.ok(Array.isArray(kept) && kept.length > 0, "the page made private keys")
  return kept.map((text: unknown, index) => ({
    name: `private key ${index + 1}`,
    value: Buffer.from(String(text), "base64").subarray(-SEED_LENGTH),
  }))
}

/** Proofs of password and recovery code as they went over the wire: the server needs them for a moment and keeps none. */
function proofsIn(sent: Buffer): Secret[] {
  const found = [...sent.toString("latin1").matchAll(/"(auth|recoveryAuth)":"([A-Za-z0-9_-]{43})"/g)]
  assert.equal(new Set(found.map(([, field]) => field)).size, 2, "both proofs were sent")
  return found.map(([, name = "", text = ""]) => ({ name, value: Buffer.from(text, "base64url") }))
}

async function findOnTheWire(proxy: RecordingProxy, secrets: readonly Secret[]): Promise<string[]> {
  return [...findSecrets("sent", proxy.sent(), secrets), ...findSecrets("received", proxy.received(), secrets)]
}

async function findAtRest(server: ServerProcess, secrets: readonly Secret[]): Promise<string[]> {
  const inFolders = await Promise.all(
    ["data", "logs"].map((folder) => findSecretsInFolder(path.join(server.folder, folder), secrets)),
  )
  return [...inFolders.flat(), ...findSecrets("output", Buffer.from(server.output), secrets)]
}

test("no word, password, code or private key is on the wire, on the disk or in the output, in any encoding", async (t) => {
  const server = await startServerProcess(t)
  const certs = path.join(server.folder, "certs")
  const proxy = await startRecordingProxy(t, server.port, {
    certificate: path.join(certs, "server.pem"),
    key: path.join(certs, "server-key.pem"),
  })
  const words: Secret = { name: "message", value: makeCanary() }
  const password: Secret = { name: "password", value: makeCanary() }
  const account = { name: "account name", value: `anna.${randomBytes(8).toString("hex")}` } as const

  const writer = await browser.profile(t)
  await writer.context.addInitScript({ content: KEEP_PRIVATE_KEYS })
  const page = await writer.open(`${proxy.url}/home`)
  await enter(page, "Sign up", account.value, String(password.value))
  const dialog = page.getByRole("dialog", { name: "Recovery code" })
  const codeText = /[0-9A-HJKMNP-TV-Z]{28}/.exec(((await dialog.textContent()) ?? "").replaceAll("-", ""))?.[0]
  assert.ok(codeText !== undefined, "the dialog shows the recovery code")
  const groups = codeText.match(/.{4}/g) ?? []
  const codes: Secret[] = ["", "-", " "].map((gap) => ({ name: "recovery code", value: groups.join(gap) }))
  const keys = await privateKeysOf(page)
  await button(dialog, "Later").click()
  await inRoom(page)
  await say(page, String(words.value))
  await reaches(page, String(words.value), "Sent")

  const reader = await (await browser.profile(t)).open(`${proxy.url}/home`)
  await enter(reader, "Sign up", "berta")
  await button(reader.getByRole("dialog", { name: "Recovery code" }), "Later").click()
  await inRoom(reader)
  await say(page, `again ${words.value}`)
  await sees(reader, `again ${words.value}`)
  await logOut(page)
  await enter(page, "Log in", account.value, String(password.value))
  await inRoom(page)
  const session = (await writer.context.cookies()).find(({ name }) => name === "__Host-session")?.value ?? ""
  // Killed and not stopped, so that what is in the write-ahead log stays there.
  await server.kill()

  const never = [words, password, ...codes, ...keys]
  assert.deepEqual(await findOnTheWire(proxy, never), [])
  const notAtRest = [...never, ...proofsIn(proxy.sent()), { name: "session", value: session }]
  assert.equal(session.length, 43)
  assert.deepEqual(await findAtRest(server, notAtRest), [])

  // The same searches find what is there for good reasons.
  const known = new Set(
    (await findAtRest(server, [account])).map((found) => found.split(":")[0]?.replace(/_[^_]*$/, "")),
  )
  assert.ok(known.has("securechat.db") || known.has("securechat.db-wal"), [...known].join())
  assert.ok(
    [...known].some((where) => where?.startsWith("chat_general_chat")),
    [...known].join(),
  )
  assert.deepEqual(findSecrets("output", Buffer.from(server.output), [{ name: "a word", value: "Open https" }]), [
    "output: a word as raw",
  ])
  const onTheWire = await findOnTheWire(proxy, [account, { name: "session", value: session }])
  for (const expected of ["sent: account name", "received: account name", "sent: session", "received: session"])
    assert.ok(onTheWire.includes(`${expected} as raw`), expected)
  assert.doesNotMatch(proxy.received().toString("latin1"), /^sec-websocket-extensions/im, "frames are not compressed")
})

test("a word that a page sends in the clear is found on the wire", async (t) => {
  const server = await startServerProcess(t)
  const certs = path.join(server.folder, "certs")
  const files = { certificate: path.join(certs, "server.pem"), key: path.join(certs, "server-key.pem") }
  const proxy = await startRecordingProxy(t, server.port, files)
  const page = await (await browser.profile(t)).open(`${proxy.url}/home`)
  await enter(page, "Sign up", "anna")
  await button(page.getByRole("dialog", { name: "Recovery code" }), "Later").click()
  await inRoom(page)
  const canary = makeCanary()
  const code = await page.evaluate(
    (word) =>
      new Promise<number>((resolve) => {
        const socket = new WebSocket(`wss://${location.host}/ws`)
        socket.onopen = () => socket.send(JSON.stringify({ word }))
        socket.onclose = (event) => resolve(event.code)
      }),
    canary,
  )
  assert.equal(code, 4400)
  assert.deepEqual(findSecrets("sent", proxy.sent(), [{ name: "canary", value: canary }]), ["sent: canary as raw"])
})
