/** The server's own certificate over time: made, kept, renewed, refused. src/server/certificates.ts and own.ts. */
import assert from "node:assert/strict"
import { createPrivateKey, X509Certificate } from "node:crypto"
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import os, { type NetworkInterfaceInfo } from "node:os"
import path from "node:path"
import { type TestContext, test } from "node:test"
import { AUTHORITY_NOTICE, RENEW_BEFORE } from "../../src/server/certificates/own.ts"
import { DAY, makeAuthority } from "../../src/server/certificates/x509.ts"
import { Certificates } from "../../src/server/certificates.ts"
import { StartError } from "../../src/server/start-error.ts"

const START = Date.UTC(2026, 10, 24, 9, 0, 0)

/** A machine whose clock, name and addresses the test sets, with a folder of its own. */
class Machine {
  readonly dir: string
  readonly lines: string[] = []
  clock = START
  name = "Cellar"
  addresses = ["192.168.1.20"]

  private constructor(dir: string) {
    this.dir = dir
  }

  static async make(t: TestContext): Promise<Machine> {
    const dir = await mkdtemp(path.join(os.tmpdir(), "securechat-"))
    t.after(() => rm(dir, { recursive: true }))
    return new Machine(path.join(dir, "certs"))
  }

  start(): Promise<Certificates> {
    const rest = { family: "IPv4" as const, netmask: "", mac: "", internal: false, cidr: null }
    const infos = () => this.addresses.map((address): NetworkInterfaceInfo => ({ address, ...rest }))
    return Certificates.open({
      dir: this.dir,
      certPath: "",
      keyPath: "",
      hostname: () => this.name,
      interfaces: () => ({ eth0: infos() }),
      now: () => this.clock,
      report: (line) => this.lines.push(line),
    })
  }

  file(name: string): string {
    return path.join(this.dir, name)
  }

  read(name: string): Promise<string> {
    return readFile(this.file(name), "utf8")
  }

  async refusal(): Promise<string> {
    const error = await this.start().catch((thrown: unknown) => thrown)
    assert.ok(error instanceof StartError, String(error))
    assert.doesNotMatch(error.message, /\n/)
    return error.message
  }
}

const endOf = ({ material }: Certificates): number => Date.parse(new X509Certificate(material.cert).validTo)

test("the first start makes authority and leaf, keys for their owner only, nothing left over", async (t) => {
  const machine = await Machine.make(t)
  const { material } = await machine.start()
  assert.deepEqual(await readdir(machine.dir), ["ca-key.pem", "ca.pem", "server-key.pem", "server.pem"])
  for (const name of ["ca-key.pem", "server-key.pem"]) {
    assert.equal((await stat(machine.file(name))).mode & 0o777, 0o600)
    assert.match(await machine.read(name), /^-----BEGIN PRIVATE KEY-----/)
  }
  const authority = new X509Certificate(await machine.read("ca.pem"))
  assert.equal(material.cert, await machine.read("server.pem"))
  assert.ok(material.cert.endsWith(authority.toString()))
  assert.equal(material.key, await machine.read("server-key.pem"))
  assert.match(material.fingerprint ?? "", /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/)
  assert.equal(material.fingerprint, authority.fingerprint256)
  assert.deepEqual(material.names, ["localhost", "cellar", "cellar.local", "127.0.0.1", "::1", "192.168.1.20"])
  assert.deepEqual(machine.lines, [])
})

test("a later start, and a check, keep what is there", async (t) => {
  const machine = await Machine.make(t)
  const first = await machine.start()
  machine.clock += DAY
  const second = await machine.start()
  assert.deepEqual(second.material, first.material)
  assert.equal(await second.check(), undefined)
})

test("the leaf is kept with 30 days left and made anew with less, under the same authority", async (t) => {
  const machine = await Machine.make(t)
  const certificates = await machine.start()
  const { cert, key, fingerprint } = certificates.material
  machine.clock = endOf(certificates) - RENEW_BEFORE
  assert.equal(RENEW_BEFORE, 30 * 24 * 60 * 60 * 1000)
  assert.equal(await certificates.check(), undefined)
  machine.clock += 1
  const renewed = await certificates.check()
  assert.ok(renewed !== undefined && renewed.cert !== cert && renewed.key !== key)
  assert.equal(renewed.fingerprint, fingerprint)
  assert.equal(certificates.material, renewed)
  assert.equal(await machine.read("server.pem"), renewed.cert)
  assert.ok(endOf(certificates) > machine.clock + 390 * DAY)
  assert.equal(await certificates.check(), undefined)
})

test("a new address or host name brings a new leaf, one that went away does not", async (t) => {
  const machine = await Machine.make(t)
  const certificates = await machine.start()
  machine.addresses = []
  assert.equal(await certificates.check(), undefined)
  machine.addresses = ["203.0.113.9"]
  assert.equal(await certificates.check(), undefined)
  machine.addresses = ["10.0.0.5"]
  const moved = await certificates.check()
  assert.deepEqual(moved?.names, ["localhost", "cellar", "cellar.local", "127.0.0.1", "::1", "10.0.0.5"])
  assert.doesNotMatch(new X509Certificate(moved?.cert ?? "").subjectAltName ?? "", /192\.168/)
  machine.name = "garage.local"
  assert.deepEqual((await certificates.check())?.names, ["localhost", "garage.local", "127.0.0.1", "::1", "10.0.0.5"])
  assert.deepEqual(machine.lines, [])
})

test("a host name that the authority may not name is left out of the leaf and reported once", async (t) => {
  const machine = await Machine.make(t)
  const certificates = await machine.start()
  // "loc" is part of "local": a search through the bytes would find it.
  machine.name = "loc"
  const names = ["localhost", "loc.local", "127.0.0.1", "::1", "192.168.1.20"]
  assert.deepEqual((await certificates.check())?.names, names)
  assert.doesNotMatch(new X509Certificate(certificates.material.cert).subjectAltName ?? "", /DNS:loc(?:,|$)/)
  await certificates.check()
  assert.equal(machine.lines.length, 1)
  assert.match(machine.lines[0] ?? "", /may not name loc:/)
  machine.name = "cellar"
  assert.ok((await certificates.check())?.names.includes("cellar"))
  machine.name = "loc"
  await certificates.check()
  assert.equal(machine.lines.length, 2)
})

test("a leaf that is damaged, fits no key, or is of another authority is made anew", async (t) => {
  const machine = await Machine.make(t)
  const other = await Machine.make(t)
  await machine.start()
  const foreign = (await other.start()).material
  const damages: readonly (readonly [string, string])[] = [
    ["server.pem", "nonsense"],
    ["server-key.pem", ""],
    ["server-key.pem", foreign.key],
    ["server.pem", foreign.cert],
  ]
  for (const [name, content] of damages) {
    await writeFile(machine.file(name), content)
    const { material } = await machine.start()
    assert.ok(new X509Certificate(material.cert).checkPrivateKey(createPrivateKey(material.key)))
    assert.equal(await machine.read("server.pem"), material.cert)
  }
  await writeFile(machine.file("server.pem"), foreign.cert)
  await writeFile(machine.file("server-key.pem"), foreign.key)
  const { material } = await machine.start()
  const authority = new X509Certificate(await machine.read("ca.pem"))
  assert.ok(new X509Certificate(material.cert).verify(authority.publicKey))
})

test("an authority that is damaged, incomplete, mismatched or not ours stops the start and is never replaced", async (t) => {
  const machine = await Machine.make(t)
  await machine.start()
  const [cert, key] = [await machine.read("ca.pem"), await machine.read("ca-key.pem")]
  const other = makeAuthority("cellar", START)
  const leaf = [await machine.read("server.pem"), await machine.read("server-key.pem")] as const
  const bad: readonly (readonly [string, string, RegExp])[] = [
    ["nonsense", key, /damaged or don't fit/],
    [cert, "nonsense", /damaged or don't fit/],
    [other.cert, key, /damaged or don't fit/],
    [cert, other.key, /damaged or don't fit/],
    [...leaf, /was not made by this server/],
    ["x".repeat(256 * 1024 + 1), key, /larger than/],
  ]
  for (const [badCert, badKey, why] of bad) {
    await writeFile(machine.file("ca.pem"), badCert)
    await writeFile(machine.file("ca-key.pem"), badKey)
    assert.match(await machine.refusal(), why)
    assert.deepEqual([await machine.read("ca.pem"), await machine.read("ca-key.pem")], [badCert, badKey])
  }
  await writeFile(machine.file("ca.pem"), cert)
  await rm(machine.file("ca-key.pem"))
  assert.match(await machine.refusal(), /ca-key\.pem is missing/)
})

test("a key without its certificate, as a crash leaves it, gives way to a new authority", async (t) => {
  const machine = await Machine.make(t)
  await mkdir(machine.dir)
  await writeFile(machine.file("ca-key.pem"), makeAuthority("cellar", START).key)
  await machine.start()
  assert.match(machine.lines.join("\n"), /key without its ca\.pem/)
})

test("an authority that vanishes while the server runs is reported, not replaced", async (t) => {
  const machine = await Machine.make(t)
  const certificates = await machine.start()
  await Promise.all([rm(machine.file("ca.pem")), rm(machine.file("ca-key.pem"))])
  assert.equal(await certificates.check(), undefined)
  assert.equal(await certificates.check(), undefined)
  assert.deepEqual(await readdir(machine.dir), ["server-key.pem", "server.pem"])
  assert.equal(machine.lines.length, 1)
  assert.match(machine.lines[0] ?? "", /ca\.pem is missing.*stays in use/)
})

test("an authority near its end is announced, the leaf ends with it and is not made again and again", async (t) => {
  const machine = await Machine.make(t)
  await machine.start()
  const end = Date.parse(new X509Certificate(await machine.read("ca.pem")).validTo)
  machine.clock = end - AUTHORITY_NOTICE
  const certificates = await machine.start()
  assert.equal(endOf(certificates), end)
  assert.deepEqual(machine.lines, [])
  machine.clock += 1
  assert.equal(await certificates.check(), undefined)
  assert.match(machine.lines.join("\n"), /authority .* ends on .* Remove ca\.pem/)
  machine.clock = end - 1
  assert.equal(await certificates.check(), undefined)
  assert.equal(machine.lines.length, 1)
  await machine.start()
  machine.clock = end
  assert.match(await machine.refusal(), /authority .* ended on .* Remove ca\.pem/)
})

test("a clock that is far behind makes no authority, and does not touch one that is there", async (t) => {
  const machine = await Machine.make(t)
  machine.clock = Date.UTC(2026, 0, 1) - 1
  assert.match(await machine.refusal(), /The clock says 2025-12-31/)
  machine.clock = START
  const { material } = await machine.start()
  machine.clock = Date.UTC(1970, 0, 1)
  assert.deepEqual((await machine.start()).material, material)
})

test("a leaf from a clock that was ahead is made anew once the clock is right", async (t) => {
  const machine = await Machine.make(t)
  const certificates = await machine.start()
  machine.clock = START + 2000 * DAY
  assert.ok((await certificates.check()) !== undefined)
  machine.clock = START + DAY
  const mended = await certificates.check()
  assert.ok(mended !== undefined && Date.parse(new X509Certificate(mended.cert).validFrom) <= machine.clock)
})

test("a leaf that can't be written stays the one before while that is good, and stops the start when there is none", async (t) => {
  const machine = await Machine.make(t)
  const certificates = await machine.start()
  const { material } = certificates
  // A folder in the place of the temporary file fails for every user, root included.
  await mkdir(machine.file("server-key.pem.new/x"), { recursive: true })
  machine.addresses = ["10.0.0.5"]
  assert.equal(await certificates.check(), undefined)
  assert.equal(await certificates.check(), undefined)
  assert.equal((await machine.start()).material.cert, material.cert)
  assert.match(machine.lines[0] ?? "", /server-key\.pem can't be written \(\w+\)\. CERT_DIR .*the one before stays/)
  assert.equal(machine.lines.length, 2)
  await rm(machine.file("server.pem"))
  assert.match(await machine.refusal(), /can't be written/)
  await rm(machine.file("server-key.pem.new"), { recursive: true })
  assert.deepEqual((await machine.start()).material.names.at(-1), "10.0.0.5")
})

test("a temporary file that others could read never becomes the key", async (t) => {
  const machine = await Machine.make(t)
  await mkdir(machine.dir)
  await writeFile(machine.file("ca-key.pem.new"), "left by a crash", { mode: 0o666 })
  await machine.start()
  assert.equal((await stat(machine.file("ca-key.pem"))).mode & 0o777, 0o600)
  assert.deepEqual(machine.lines, [])
})

test("an authority's key that others can read is reported", async (t) => {
  const machine = await Machine.make(t)
  await machine.start()
  await chmod(machine.file("ca-key.pem"), 0o640)
  await machine.start()
  assert.match(machine.lines.join("\n"), /Others on this machine can read .*ca-key\.pem: chmod 600/)
})

test("a folder that can't be made stops the start with its name", async (t) => {
  const machine = await Machine.make(t)
  await writeFile(machine.dir, "a file")
  assert.match(await machine.refusal(), /certs.*\((?:ENOTDIR|EEXIST)\)/)
})

test("checks that overlap are one check", async (t) => {
  const machine = await Machine.make(t)
  const certificates = await machine.start()
  machine.addresses = ["10.0.0.5"]
  const [one, two] = await Promise.all([certificates.check(), certificates.check()])
  assert.ok(one !== undefined && one === two)
})
