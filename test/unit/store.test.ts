import assert from "node:assert/strict"
import { chmod, mkdir, readdir, stat, writeFile } from "node:fs/promises"
import path from "node:path"
import { test } from "node:test"
import { connect } from "../../src/server/store/connection.ts"
import { openStore } from "../../src/server/store/index.ts"
import { column, rowReader } from "../../src/server/store/rows.ts"
import { temporaryFolder } from "../helpers/temp.ts"

const stopsWith = (message: RegExp) => ({ name: "StartError", message })

test("the database can be read by its owner only, also in a folder that others can read", async (t) => {
  const dir = path.join(await temporaryFolder(t), "data")
  await mkdir(dir, { mode: 0o755 })
  await chmod(dir, 0o755)
  const store = await openStore({ dir })
  t.after(() => store.close())
  await store.sessions.sweep(0)
  const names = await readdir(dir)
  assert.ok(names.includes("securechat.db-wal"))
  for (const name of names) assert.equal((await stat(path.join(dir, name))).mode & 0o777, 0o600, name)
})

test("a second server on one folder is stopped with what to do, and the first goes on", async (t) => {
  const dir = await temporaryFolder(t)
  const store = await openStore({ dir })
  await assert.rejects(openStore({ dir }), stopsWith(/in use: another SecureChat/))
  await store.check()
  await store.close()
  const next = await openStore({ dir })
  await next.close()
})

test("a database of a newer release is not touched, and its folder is free again", async (t) => {
  const dir = await temporaryFolder(t)
  const store = await openStore({ dir })
  await store.close()
  const file = path.join(dir, "securechat.db")
  const other = await connect(file, false)
  const [before] = await other.all("PRAGMA user_version")
  await other.script("PRAGMA user_version = 999")
  await assert.rejects(openStore({ dir }), stopsWith(/newer SecureChat/))
  assert.deepEqual(await other.all("PRAGMA user_version"), [{ user_version: 999 }])
  await other.script(`PRAGMA user_version = ${rowReader({ user_version: column.integer })(before).user_version}`)
  await other.close()
  await (await openStore({ dir })).close()
})

test("a file that is no database is reported as damaged", async (t) => {
  const dir = await temporaryFolder(t)
  await writeFile(path.join(dir, "securechat.db"), "words, and no pages".repeat(1000))
  await assert.rejects(openStore({ dir }), stopsWith(/damaged/))
})

test("a file in the place of the folder is reported with the setting to look at", async (t) => {
  const dir = path.join(await temporaryFolder(t), "file")
  await writeFile(dir, "")
  await assert.rejects(openStore({ dir }), stopsWith(/DATA_DIR/))
})

test("a statement on a database that is closed is refused to whoever asked, and ends nothing else", async (t) => {
  const connection = await connect(path.join(await temporaryFolder(t), "another.sqlite"), false)
  await connection.close()
  await assert.rejects(connection.run("DELETE FROM nothing"), { name: "SqliteError" })
  await assert.rejects(connection.all("SELECT 1"), { name: "SqliteError" })
})
