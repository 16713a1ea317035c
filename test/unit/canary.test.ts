import assert from "node:assert/strict"
import { mkdir, writeFile } from "node:fs/promises"
import path from "node:path"
import { test } from "node:test"
import fc from "fast-check"
import { findSecrets, findSecretsInFolder, formsOf, makeCanary } from "../helpers/canary.ts"
import { unmask } from "../helpers/recording-proxy.ts"
import { temporaryFolder } from "../helpers/temp.ts"

test("a canary is found in every form, whatever stands around it", () => {
  const value = makeCanary()
  for (const [form, bytes] of formsOf(value)) {
    const around = Buffer.concat([Buffer.from("before"), bytes, Buffer.from("after")])
    assert.ok(
      findSecrets("here", around, [{ name: "canary", value }]).includes(`here: canary as ${form}`),
      `${form} was not found`,
    )
  }
})

test("a canary inside a longer text that was encoded as a whole is found at every offset", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 9 }), fc.uint8Array({ maxLength: 9 }), (before, after) => {
      const value = makeCanary()
      const whole = Buffer.concat([before, Buffer.from(value), after])
      for (const encoding of ["hex", "base64", "base64url"] as const) {
        const found = findSecrets("here", Buffer.from(whole.toString(encoding)), [{ name: "canary", value }])
        assert.notDeepEqual(found, [], encoding)
      }
    }),
  )
})

test("another canary is not found", () => {
  const forms = Buffer.concat([...formsOf(makeCanary()).values()])
  assert.deepEqual(findSecrets("here", forms, [{ name: "canary", value: makeCanary() }]), [])
})

test("a canary is found in a file deep below a folder and in a file's name", async (t) => {
  const folder = await temporaryFolder(t)
  const value = makeCanary()
  await mkdir(path.join(folder, "a/b"), { recursive: true })
  await writeFile(path.join(folder, "a/b/file.db-wal"), `….${value}`)
  await writeFile(path.join(folder, value), "")
  assert.deepEqual((await findSecretsInFolder(folder, [{ name: "canary", value }])).sort(), [
    "a/b/file.db-wal: canary as raw",
    `name of ${value}: canary as raw`,
  ])
})

test("the frames that a browser sends are unmasked, short, long and longest", () => {
  const head = Buffer.from("GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")
  const texts = [5, 125, 126, 65_535, 65_536].map((length) => Buffer.alloc(length, String(length)))
  const sent = Buffer.concat([head, ...texts.map(maskedFrame)])
  assert.deepEqual(unmask(sent), Buffer.concat(texts))
})

test("a connection that was not upgraded has no frames", () => {
  assert.equal(unmask(Buffer.from("POST /api/salt HTTP/1.1\r\n\r\n{}")).length, 0)
})

/** A text frame as browsers write it (RFC 6455 section 5.2). */
function maskedFrame(payload: Buffer): Buffer {
  const mask = Buffer.from([1, 2, 3, 250])
  const length =
    payload.length < 126
      ? Buffer.from([0x80 | payload.length])
      : payload.length < 65_536
        ? Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 0xff])
        : Buffer.concat([Buffer.from([0x80 | 127]), bigEndian(payload.length)])
  return Buffer.concat([Buffer.from([0x81]), length, mask, payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0))])
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}
