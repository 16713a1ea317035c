import assert from "node:assert/strict"
import { createPublicKey } from "node:crypto"
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises"
import path from "node:path"
import { test } from "node:test"
import { openSecrets } from "../../src/server/secret.ts"
import { toBase64Url, toHex } from "../../src/shared/bytes.ts"
import { temporaryFolder } from "../helpers/temp.ts"

const GIVEN = "0123456789abcdef".repeat(4)

/** Everything that anybody can learn of a secret. */
async function shown(dir: string, given = ""): Promise<readonly string[]> {
  const { saltFor, serverKey, noticeKey } = await openSecrets(dir, given)
  return [toHex(saltFor("nobody")), serverKey, toHex(noticeKey)]
}

test("a secret is made once, kept for its owner alone, and found again", async (t) => {
  const dir = await temporaryFolder(t)
  const first = await shown(dir)
  assert.deepEqual(await readdir(dir), ["secret-key"])
  const file = path.join(dir, "secret-key")
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.match(await readFile(file, "utf8"), /^[\w-]{43}\n$/)
  assert.deepEqual(await shown(dir), first)
})

test("two servers have nothing in common", async (t) => {
  const [one, other] = [await shown(await temporaryFolder(t)), await shown(await temporaryFolder(t))]
  for (const [index, value] of one.entries()) assert.notEqual(other[index], value)
})

test("SECRET_KEY is used in place of the kept one, in either case of its digits, and is not written down", async (t) => {
  const dir = await temporaryFolder(t)
  const given = await shown(dir, GIVEN)
  assert.deepEqual(await readdir(dir), [])
  assert.deepEqual(await shown(dir, GIVEN.toUpperCase()), given)
  const kept = await shown(dir)
  assert.notDeepEqual(kept, given)
  assert.deepEqual(await shown(dir, GIVEN), given)
  assert.deepEqual(await shown(dir), kept)
})

test("each use has a key of its own, and none of them is the secret", async (t) => {
  const [salt = "", serverKey = "", noticeKey = ""] = await shown(await temporaryFolder(t), GIVEN)
  assert.equal(salt.length, 64)
  assert.match(serverKey, /^[0-9a-f]{32}$/)
  assert.equal(noticeKey.length, 64)
  const starts = [GIVEN, salt, serverKey, noticeKey].map((each) => each.slice(0, 32))
  assert.equal(new Set(starts).size, starts.length)
})

test("the notice key is an Ed25519 public key", async (t) => {
  const { noticeKey } = await openSecrets(await temporaryFolder(t), GIVEN)
  const jwk = { kty: "OKP", crv: "Ed25519", x: toBase64Url(noticeKey) }
  assert.equal(createPublicKey({ key: jwk, format: "jwk" }).asymmetricKeyType, "ed25519")
})

test("a salt is the name's alone: names that are nearly the same share nothing of it", async (t) => {
  const { saltFor } = await openSecrets(await temporaryFolder(t), GIVEN)
  const names = ["anna", "anna.", "ann", "annb", "a", "", "x".repeat(32)]
  const salts = names.map((name) => toHex(saltFor(name)))
  assert.deepEqual(
    names.map((name) => toHex(saltFor(name))),
    salts,
  )
  assert.equal(new Set(salts.map((each) => each.slice(0, 16))).size, names.length)
})

for (const [damage, text] of [
  ["empty", ""],
  ["cut short", "AAAA\n"],
  ["one byte too long", `${"A".repeat(44)}\n`],
  ["no base64url", `${"+".repeat(43)}\n`],
] as const)
  test(`a kept secret that is ${damage} stops the start, is not replaced and not repeated`, async (t) => {
    const file = path.join(await temporaryFolder(t), "secret-key")
    await writeFile(file, text)
    await assert.rejects(openSecrets(path.dirname(file), ""), {
      name: "StartError",
      message: `${file} is damaged. Restore it from a backup.`,
    })
    assert.equal(await readFile(file, "utf8"), text)
  })

test("a kept secret that can't be read stops the start and says what to do", async (t) => {
  const dir = await temporaryFolder(t)
  // A folder in its place is unreadable for every user, root too.
  await mkdir(path.join(dir, "secret-key"))
  await assert.rejects(openSecrets(dir, ""), /^StartError: .*secret-key can't be read \(EISDIR\)/)
})

test("what a killed start has left behind is no hindrance, and its rights are not the new secret's", async (t) => {
  const dir = await temporaryFolder(t)
  await writeFile(path.join(dir, "secret-key.new"), "half")
  await chmod(path.join(dir, "secret-key.new"), 0o644)
  const first = await shown(dir)
  assert.deepEqual(await readdir(dir), ["secret-key"])
  assert.equal((await stat(path.join(dir, "secret-key"))).mode & 0o777, 0o600)
  assert.deepEqual(await shown(dir), first)
})

test("a secret that can't be kept stops the start and names the setting", async (t) => {
  const dir = path.join(await temporaryFolder(t), "missing")
  await assert.rejects(openSecrets(dir, ""), /^StartError: .*secret-key can't be written \(ENOENT\)\. DATA_DIR must be/)
})
