/**
 * The authority and the leaf as others see them: openssl, when it is installed, and Node's own TLS, with the authority as
 * the only trust anchor. Both have to accept what the server made and refuse what the constraints exclude.
 */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { createPrivateKey, X509Certificate } from "node:crypto"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:https"
import os from "node:os"
import path from "node:path"
import { test } from "node:test"
import tls from "node:tls"
import type { Names } from "../../src/server/certificates/addresses.ts"
import { type Authority, DAY, LEAF_DAYS, makeAuthority, makeLeaf } from "../../src/server/certificates/x509.ts"
import { mayName, namesOf } from "../../src/server/certificates/x509-read.ts"

const NOW = Date.now()
const GOOD: Names = {
  hosts: ["localhost", "cellar", "cellar.local", "printer.lan", "db.internal", "tv.home.arpa"],
  addresses: ["127.0.0.1", "::1", "10.1.2.3", "172.31.0.1", "192.168.1.20", "169.254.1.1", "fe80::1", "fd00::2"],
}
const OUTSIDE: readonly Names[] = [
  ...["example.com", "cellar.example.com", "xcellar", "local.example.com", "arpa", "notlocal"].map((host) => ({
    hosts: ["localhost", host],
    addresses: [],
  })),
  ...["203.0.113.9", "8.8.8.8", "172.32.0.1", "2001:db8::1", "fec0::1", "::2"].map((address) => ({
    hosts: ["localhost"],
    addresses: [address],
  })),
]

function newAuthority(host: string | undefined, now = NOW): Authority & { readonly pem: string } {
  const { cert, key } = makeAuthority(host, now)
  return { certificate: new X509Certificate(cert), privateKey: createPrivateKey(key), pem: cert }
}

const authority = newAuthority("cellar")
const hasOpenssl = spawnSync("openssl", ["version"]).status === 0
const SKIP = { skip: hasOpenssl ? false : "openssl is not installed" }

/** Puts the texts into files of a folder of their own and runs openssl there; what it printed, or undefined when it failed. */
async function openssl(files: Record<string, string>, ...args: readonly string[]): Promise<string | undefined> {
  const dir = await mkdtemp(path.join(os.tmpdir(), "securechat-"))
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(path.join(dir, name), content)
    const { status, stdout } = spawnSync("openssl", args, { cwd: dir, encoding: "utf8" })
    return status === 0 ? stdout : undefined
  } finally {
    await rm(dir, { recursive: true })
  }
}

function verify(names: Names, ...args: readonly string[]): Promise<string | undefined> {
  const leaf = makeLeaf(authority, names, NOW)
  const files = { "ca.pem": authority.pem, "leaf.pem": leaf.cert }
  return openssl(files, "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", "ca.pem", ...args, "leaf.pem")
}

test("openssl accepts the leaf for every name and address in it, and for no other", SKIP, async () => {
  for (const host of GOOD.hosts) assert.ok(await verify(GOOD, "-verify_hostname", host), host)
  for (const address of GOOD.addresses) assert.ok(await verify(GOOD, "-verify_ip", address), address)
  assert.equal(await verify(GOOD, "-verify_hostname", "other.local"), undefined)
  assert.equal(await verify(GOOD, "-verify_ip", "10.1.2.4"), undefined)
})

test("openssl refuses a leaf of the same authority with any name outside the constraints", SKIP, async () => {
  for (const names of OUTSIDE) {
    const [host = "localhost"] = names.hosts.slice(1)
    const [address] = names.addresses
    const asked = address === undefined ? ["-verify_hostname", host] : ["-verify_ip", address]
    assert.equal(await verify(names, ...asked), undefined, asked.join(" "))
  }
})

test("openssl reads the authority and the leaf as they are meant", SKIP, async () => {
  const leaf = makeLeaf(authority, GOOD, NOW)
  const files = { "ca.pem": authority.pem, "leaf.pem": leaf.cert }
  const shown = async (file: string) => (await openssl(files, "x509", "-in", file, "-noout", "-text")) ?? ""
  const ca = await shown("ca.pem")
  assert.match(ca, /Basic Constraints: critical\s+CA:TRUE, pathlen:0/)
  assert.match(ca, /Key Usage: critical\s+Certificate Sign/)
  assert.match(ca, /Name Constraints: critical\s+Permitted:\s+DNS:localhost\s+DNS:local\s+DNS:lan\s+DNS:internal/)
  assert.match(ca, /IP:127\.0\.0\.0\/255\.0\.0\.0\s+IP:10\.0\.0\.0\/255\.0\.0\.0\s+IP:172\.16\.0\.0\/255\.240\.0\.0/)
  assert.match(ca, /NIST CURVE: P-256/)
  assert.match(ca, /Signature Algorithm: ecdsa-with-SHA256/)
  const server = await shown("leaf.pem")
  assert.match(server, /Basic Constraints: critical\s+CA:FALSE/)
  assert.match(server, /Extended Key Usage:\s+TLS Web Server Authentication/)
  assert.match(server, /Key Usage: critical\s+Digital Signature/)
  const id = /X509v3 Subject Key Identifier:\s+([0-9A-F:]{59})/
  assert.match(server, new RegExp(`Authority Key Identifier:\\s+(?:keyid:)?${id.exec(ca)?.[1]}`))
  assert.notEqual(id.exec(server)?.[1], id.exec(ca)?.[1])
})

/** Serves a certificate on a port of its own and connects to it; "trusted", or the reason why not. */
async function meet(names: Names, asked: { readonly servername?: string; readonly host?: string }): Promise<string> {
  const leaf = makeLeaf(authority, names, NOW)
  const server = createServer({ cert: leaf.cert + authority.pem, key: leaf.key, minVersion: "TLSv1.3" })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const bound = server.address()
  assert.ok(bound !== null && typeof bound === "object")
  const { servername = "", host = "" } = asked
  const checkServerIdentity = (_: string, cert: tls.PeerCertificate) =>
    tls.checkServerIdentity(servername === "" ? host : servername, cert)
  const socket = tls.connect({
    port: bound.port,
    host: "127.0.0.1",
    servername,
    ca: authority.pem,
    checkServerIdentity,
  })
  try {
    await once(socket, "secureConnect")
    return `trusted ${socket.getProtocol()}`
  } catch (error) {
    return error instanceof Error ? error.message : "unknown"
  } finally {
    socket.destroy()
    server.close()
  }
}

test("a TLS client that trusts the authority accepts the server under its names and addresses", async () => {
  for (const servername of GOOD.hosts) assert.equal(await meet(GOOD, { servername }), "trusted TLSv1.3", servername)
  for (const host of GOOD.addresses) assert.equal(await meet(GOOD, { host }), "trusted TLSv1.3", host)
  assert.match(await meet(GOOD, { host: "10.1.2.4" }), /does not match certificate's altnames/)
})

test("a TLS client that trusts the authority refuses a leaf with any name outside the constraints", async () => {
  for (const names of OUTSIDE) {
    const outcome = await meet(names, { servername: "localhost" })
    assert.match(outcome, /^permitted subtree violation$/, JSON.stringify(names))
  }
})

test("an authority may name private names and its own host, and nothing else", () => {
  const may = (host: string | undefined, name: string) => mayName(newAuthority(host).certificate, name)
  for (const name of ["localhost", "local", "a.local", "b.a.lan", "internal", "home.arpa", "tv.home.arpa"])
    assert.ok(may("box", name), name)
  // Host names that are part of a permitted one are still others.
  for (const name of ["arpa", "ca", "loc", "al", "home", "xlocal", "xbox", "bo", "box.example.com"])
    assert.ok(!may("box", name), name)
  assert.ok(may("box.example.com", "box.example.com"))
  assert.ok(!may("box.example.com", "example.com"))
  assert.ok(may("mac.local", "other.local"))
  assert.ok(!may(undefined, "box"))
})

test("the leaf lasts 397 days to the second and never past its authority", () => {
  const life = (now: number) => {
    const leaf = new X509Certificate(makeLeaf(authority, GOOD, now).cert)
    return { from: Date.parse(leaf.validFrom), to: Date.parse(leaf.validTo) }
  }
  const { from, to } = life(NOW)
  assert.equal(LEAF_DAYS, 397)
  assert.equal(to - from + 1_000, 397 * DAY)
  assert.ok(from <= NOW && NOW < to)
  const end = Date.parse(authority.certificate.validTo)
  assert.equal(life(end - 10 * DAY).to, end)
  const lastFull = end - 396 * DAY + 1_000
  assert.equal(life(lastFull).to, end)
  assert.equal(life(lastFull - 1_000).to, end - 1_000)
  assert.equal(life(lastFull + 1_000).to, end)
})

test("an authority that outlasts 2049 has dates that are read as meant", () => {
  const late = newAuthority("box", Date.UTC(2045, 5, 1))
  assert.equal(new Date(late.certificate.validTo).getUTCFullYear(), 2055)
  assert.equal(new Date(late.certificate.validFrom).getUTCFullYear(), 2045)
})

test("serial numbers are 16 bytes, positive, and never the same", () => {
  const serials = Array.from(
    { length: 50 },
    () => new X509Certificate(makeLeaf(authority, GOOD, NOW).cert).serialNumber,
  )
  for (const serial of serials) assert.match(serial, /^[4-7][0-9A-F]{31}$/)
  assert.equal(new Set(serials).size, serials.length)
})

test("names are read back as they were written, and wildcards are passed over", () => {
  assert.deepEqual(namesOf(new X509Certificate(makeLeaf(authority, GOOD, NOW).cert)), GOOD)
  const odd = makeLeaf(authority, { hosts: ["*.local", "a.local"], addresses: [] }, NOW)
  assert.deepEqual(namesOf(new X509Certificate(odd.cert)), { hosts: ["a.local"], addresses: [] })
  assert.deepEqual(namesOf(authority.certificate), { hosts: [], addresses: [] })
})
