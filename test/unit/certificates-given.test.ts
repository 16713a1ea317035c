/** Certificates from SSL_CERT_PATH and SSL_KEY_PATH: refused with the setting's name, reloaded when they change. */
import assert from "node:assert/strict"
import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto"
import { once } from "node:events"
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:https"
import os from "node:os"
import path from "node:path"
import { type TestContext, test } from "node:test"
import tls from "node:tls"
import { type KeyedCertificate, makeAuthority, makeLeaf } from "../../src/server/certificates/x509.ts"
import { Certificates } from "../../src/server/certificates.ts"
import { StartError } from "../../src/server/start-error.ts"

const START = Date.now()
const ca = makeAuthority(undefined, START)
const authority = { certificate: new X509Certificate(ca.cert), privateKey: createPrivateKey(ca.key) }

function newPair(host: string): KeyedCertificate {
  const leaf = makeLeaf(authority, { hosts: [host, "*.lan"], addresses: ["fd00::2"] }, START)
  return { cert: leaf.cert + ca.cert, key: leaf.key }
}

/** Two files that the test writes, as another program would, and the options that name them. */
async function given(t: TestContext) {
  const dir = await mkdtemp(path.join(os.tmpdir(), "securechat-"))
  t.after(() => rm(dir, { recursive: true }))
  const lines: string[] = []
  const clock = { now: START }
  const files = { certPath: path.join(dir, "site.pem"), keyPath: path.join(dir, "site-key.pem") }
  const options = {
    dir: path.join(dir, "certs"),
    ...files,
    hostname: () => "box",
    interfaces: () => ({}),
    now: () => clock.now,
    report: (line: string) => lines.push(line),
  }
  const write = async ({ cert, key }: Partial<KeyedCertificate>) => {
    if (cert !== undefined) await writeFile(files.certPath, cert)
    if (key !== undefined) await writeFile(files.keyPath, key)
  }
  return { dir, lines, clock, options, write, start: () => Certificates.open(options) }
}

async function refusal(start: () => Promise<Certificates>): Promise<string> {
  const error = await start().catch((thrown: unknown) => thrown)
  assert.ok(error instanceof StartError, String(error))
  assert.doesNotMatch(error.message, /\n|PRIVATE KEY/)
  return error.message
}

test("given files are used as they are, and no authority is made", async (t) => {
  const { dir, write, start, lines } = await given(t)
  const pair = newPair("chat.lan")
  await write(pair)
  const { material } = await start()
  assert.deepEqual(material, { ...pair, fingerprint: undefined, names: ["chat.lan", "fd00::2"] })
  assert.deepEqual(await readdir(dir), ["site-key.pem", "site.pem"])
  assert.deepEqual(lines, [])
})

test("given files that can't be used stop the start with one line that names the setting", async (t) => {
  const { options, write, start } = await given(t)
  const pair = newPair("chat.lan")
  assert.match(await refusal(start), /^SSL_(?:CERT|KEY)_PATH names a file that does not exist/)
  await write({ cert: pair.cert, key: newPair("chat.lan").key })
  assert.match(await refusal(start), /^SSL_KEY_PATH .* fits the certificate in SSL_CERT_PATH/)
  await write({ key: "nonsense" })
  assert.match(await refusal(start), /^SSL_KEY_PATH /)
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const locked = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" } as const
  await write({ key: privateKey.export(locked).toString() })
  assert.match(await refusal(start), /^SSL_KEY_PATH holds no key without a passphrase/)
  for (const cert of ["", "nonsense", pair.key, new X509Certificate(pair.cert).raw.toString("latin1")]) {
    await write({ ...pair, cert })
    assert.match(await refusal(start), /^SSL_CERT_PATH holds no certificate in PEM form/)
  }
  await write({ ...pair, cert: "x".repeat(256 * 1024 + 1) })
  assert.match(await refusal(start), /^SSL_CERT_PATH is larger than/)
  await write({ ...pair, cert: "x".repeat(256 * 1024) })
  assert.match(await refusal(start), /^SSL_CERT_PATH holds no certificate/)
  const folder = { ...options, certPath: os.tmpdir() }
  assert.match(await refusal(() => Certificates.open(folder)), /^SSL_CERT_PATH can't be read \(EISDIR\)/)
  await write(pair)
  for (const half of [{ certPath: "" }, { keyPath: "" }])
    assert.match(await refusal(() => Certificates.open({ ...options, ...half })), /_PATH is missing: /)
})

test("a chain that TLS itself refuses stops the start, and while running leaves the one before", async (t) => {
  const { write, start, lines } = await given(t)
  const pair = newPair("chat.lan")
  const broken = pair.cert.replace(ca.cert, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
  await write({ ...pair, cert: broken })
  assert.match(await refusal(start), /^SSL_CERT_PATH with SSL_KEY_PATH is nothing that TLS accepts/)
  await write(pair)
  const certificates = await start()
  await write({ cert: broken })
  assert.equal(await certificates.check(), undefined)
  assert.equal(lines.length, 1)
})

test("a given certificate is good through its last second, and its end while running is reported once", async (t) => {
  const { write, start, lines, clock } = await given(t)
  const pair = newPair("chat.lan")
  await write(pair)
  const end = Date.parse(new X509Certificate(pair.cert).validTo)
  clock.now = end - 1
  const certificates = await start()
  clock.now = end
  assert.match(await refusal(start), /^The certificate in SSL_CERT_PATH ended on /)
  await certificates.check()
  await certificates.check()
  assert.equal(lines.length, 1)
  assert.equal(certificates.material.cert, pair.cert)
})

test("a given certificate that is not valid yet is used with a line that says so", async (t) => {
  const { write, start, lines, clock } = await given(t)
  await write(newPair("chat.lan"))
  clock.now = 0
  await start()
  assert.match(lines.join("\n"), /SSL_CERT_PATH is not valid before /)
})

test("a pair of which one half is new keeps the old pair, is reported once, and is taken over when it is whole", async (t) => {
  const { write, start, lines } = await given(t)
  const [before, after] = [newPair("before.lan"), newPair("after.lan")]
  await write(before)
  const certificates = await start()
  assert.equal(await certificates.check(), undefined)
  await write({ cert: after.cert })
  assert.equal(await certificates.check(), undefined)
  assert.equal(await certificates.check(), undefined)
  assert.equal(certificates.material.cert, before.cert)
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? "", /SSL_KEY_PATH .*The one before stays in use/)
  await write({ key: after.key })
  assert.deepEqual(await certificates.check(), { ...after, fingerprint: undefined, names: ["after.lan", "fd00::2"] })
  assert.equal(await certificates.check(), undefined)
  await write({ cert: before.cert })
  await certificates.check()
  assert.equal(lines.length, 2)
})

test("new connections meet the new certificate without a restart", async (t) => {
  const { write, start } = await given(t)
  await write(newPair("before.lan"))
  const certificates = await start()
  const { cert, key } = certificates.material
  const server = createServer({ cert, key, minVersion: "TLSv1.3" })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  t.after(() => server.close())
  const bound = server.address()
  assert.ok(bound !== null && typeof bound === "object")
  const meet = async (servername: string): Promise<boolean> => {
    const socket = tls.connect({ port: bound.port, host: "127.0.0.1", servername, ca: ca.cert })
    const trusted = await once(socket, "secureConnect").then(
      () => true,
      () => false,
    )
    socket.destroy()
    return trusted
  }
  assert.deepEqual([await meet("before.lan"), await meet("after.lan")], [true, false])
  await write(newPair("after.lan"))
  const found = await certificates.check()
  assert.ok(found !== undefined)
  server.setSecureContext({ cert: found.cert, key: found.key, minVersion: "TLSv1.3" })
  assert.deepEqual([await meet("before.lan"), await meet("after.lan")], [false, true])
})
