import assert from "node:assert/strict"
import { mkdir, readdir } from "node:fs/promises"
import path from "node:path"
import { test } from "node:test"
import { checkResetCode } from "../../src/server/reset-code.ts"
import { openSecrets } from "../../src/server/secret.ts"
import { openStore } from "../../src/server/store/index.ts"
import { readRecoveryCode } from "../../src/shared/recovery-code.ts"
import { named } from "../helpers/accounts.ts"
import { admin } from "../helpers/admin.ts"
import { somebody } from "../helpers/store.ts"
import { temporaryFolder } from "../helpers/temp.ts"

test("prints a code that is good for the name, while the server holds the database and after it has ended", async (t) => {
  const folder = await temporaryFolder(t)
  const dir = path.join(folder, "data")
  const store = await openStore({ dir })
  t.after(() => store.close())
  const secrets = await openSecrets(dir, "")
  await somebody({ store }, "anna")
  for (const isRunning of [true, false]) {
    if (!isRunning) await store.close()
    const { code, stdout, stderr } = await admin(folder, "reset", "anna")
    assert.deepEqual([code, stderr], [0, ""])
    const bytes = await readRecoveryCode(stdout.split("\n")[0] ?? "")
    assert.ok(bytes !== undefined)
    assert.notEqual(checkResetCode(secrets, named("anna"), bytes, Date.now()), undefined)
    assert.equal(checkResetCode(secrets, named("bert"), bytes, Date.now()), undefined)
  }
})

test("says in one line what is wrong, ends with status 1, and makes nothing", async (t) => {
  const folder = await temporaryFolder(t)
  const dir = path.join(folder, "data")
  const refused = async (line: RegExp, ...args: string[]) => {
    const { code, stdout, stderr } = await admin(folder, ...args)
    assert.deepEqual([code, stdout], [1, ""])
    assert.match(stderr, line)
    assert.equal(stderr.trim().split("\n").length, 1)
  }
  for (const args of [[], ["reset"], ["remove", "anna"], ["reset", "anna", "bert"]])
    await refused(/^Write: npm run admin -- reset NAME$/m, ...args)
  await refused(/^The database in data can't be opened/, "reset", "anna")
  assert.deepEqual(await readdir(folder), [])
  await mkdir(dir, { recursive: true })
  const store = await openStore({ dir })
  t.after(() => store.close())
  await somebody({ store }, "anna")
  for (const name of ["bert", "An na", "--help"]) await refused(/^There is no account of that name\.$/m, "reset", name)
  await refused(/secret-key is missing\. Set DATA_DIR and SECRET_KEY as the server has them\.$/m, "reset", "anna")
  assert.ok(!(await readdir(dir)).includes("secret-key"))
})
