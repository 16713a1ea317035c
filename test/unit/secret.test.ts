import assert from "node:assert/strict"
import { readdir, readFile, stat, writeFile } from "node:fs/promises"
import path from "node:path"
import { test } from "node:test"
import { openSecrets } from "../../src/server/secret.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { temporaryFolder } from "../helpers/temp.ts"

const GIVEN = "0123456789abcdef".repeat(4)

test("a secret is made once, readable by its owner only, and is the same at the next start", async (t) => {
  const dir = await temporaryFolder(t)
  const [first, again] = [await openSecrets(dir, ""), await openSecrets(dir, "")]
  assert.deepEqual(again.saltFor("anna"), first.saltFor("anna"))
  assert.deepEqual([again.serverKey, again.noticeKey], [first.serverKey, first.noticeKey])
  assert.deepEqual(await readdir(dir), ["secret-key"])
  assert.equal((await stat(path.join(dir, "secret-key"))).mode & 0o777, 0o600)
  const other = await openSecrets(await temporaryFolder(t), "")
  assert.notDeepEqual(other.saltFor("anna"), first.saltFor("anna"))
  assert.notEqual(other.serverKey, first.serverKey)
})

test("a given SECRET_KEY is used in either case of letters, and nothing is written", async (t) => {
  const dir = await temporaryFolder(t)
  const [lower, upper] = [await openSecrets(dir, GIVEN), await openSecrets(dir, GIVEN.toUpperCase())]
  assert.deepEqual(upper.saltFor("anna"), lower.saltFor("anna"))
  assert.deepEqual(await readdir(dir), [])
})

test("a file that holds no secret stops the start, and is neither repeated nor replaced", async (t) => {
  const dir = await temporaryFolder(t)
  const file = path.join(dir, "secret-key")
  for (const text of ["", "hunter2", "A".repeat(44), "not base64url!"]) {
    await writeFile(file, text)
    await assert.rejects(openSecrets(dir, ""), {
      name: "StartError",
      message: `${file} is damaged. Restore it from a backup.`,
    })
    assert.equal(await readFile(file, "utf8"), text)
  }
})

test("what is derived looks random, differs by use and by name, and shows nothing of the secret", async (t) => {
  const { saltFor, serverKey, noticeKey } = await openSecrets(await temporaryFolder(t), GIVEN)
  const salts = ["anna", "annb", "ann"].map((name) => Buffer.from(saltFor(name)).toString("hex"))
  assert.equal(new Set(salts).size, 3)
  for (const salt of salts) assert.equal(salt.length, 2 * LIMITS.kdfSaltLength)
  assert.match(serverKey, /^[0-9a-f]{32}$/)
  assert.equal(noticeKey.length, LIMITS.accountKeyLength)
  const all = [...salts, serverKey, Buffer.from(noticeKey).toString("hex")].join(" ")
  assert.doesNotMatch(all, /0123456789abcdef/)
})
