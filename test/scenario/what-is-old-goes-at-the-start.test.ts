import assert from "node:assert/strict"
import path from "node:path"
import { test } from "node:test"
import sqlite3 from "sqlite3"
import { openStore } from "../../src/server/store/index.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { GENERAL, NOON, say } from "../helpers/store.ts"
import { type Past, startTestServer } from "../helpers/ws-server.ts"

/** People who said something just before the machine was switched off for so long. */
function offFor(milliseconds: number, more: (past: Past) => Promise<void> = async () => undefined) {
  const clock = { now: NOON }
  const before = async (past: Past): Promise<void> => {
    const [anna] = past.people
    assert(anna)
    for (let count = 0; count < 3; count++) await say(past, anna.session, past.after)
    await more(past)
    clock.now += milliseconds
  }
  return { accounts: 2, now: () => clock.now, before }
}

/** How many entries a server's database holds after it has ended. */
async function entriesIn(folder: string): Promise<number> {
  const store = await openStore({ dir: path.join(folder, "data") })
  const entries = await store.log.read(GENERAL, 0)
  await store.close()
  return entries.length
}

test("entries past their time are gone after a start, and none before its time", async (t) => {
  for (const [off, left] of [
    [LIMITS.retentionFor + 1, 0],
    [LIMITS.retentionFor, 4],
  ] as const) {
    const server = await startTestServer(t, offFor(off))
    await server.close()
    assert.equal(await entriesIn(server.folder), left)
    assert.deepEqual(server.reports, [])
  }
})

test("a start whose sweep fails says so and serves all the same", async (t) => {
  const forbid = "CREATE TRIGGER kept BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'kept'); END"
  const server = await startTestServer(
    t,
    offFor(LIMITS.retentionFor + 1, ({ dir }) => sql(path.join(dir, "securechat.db"), forbid)),
  )
  assert.equal((await server.http("/healthz")).status, 200)
  await server.close()
  assert.equal(await entriesIn(server.folder), 4)
  assert.deepEqual(server.reports, ["What is old could not be removed; it is tried again in an hour."])
})

function sql(file: string, statement: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file)
    database.exec(statement, (error) => database.close(() => (error === null ? resolve() : reject(error))))
  })
}
