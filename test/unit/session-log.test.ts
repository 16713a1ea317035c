import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { appendFile, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises"
import path from "node:path"
import { type TestContext, test } from "node:test"
import { Rooms } from "../../src/server/rooms.ts"
import { SessionLogs } from "../../src/server/session-log.ts"
import { letIn, NOON, openTestStore, say, somebody, type TestStore } from "../helpers/store.ts"
import { temporaryFolder } from "../helpers/temp.ts"

const MINUTE = 60_000
const SERVER = "0123456789abcdef0123456789abcdef"

interface Logged extends TestStore {
  readonly folder: string
  readonly lines: string[]
  readonly logs: SessionLogs
}

async function openLogs(place: TestStore, folder: string, lines: string[] = []): Promise<SessionLogs> {
  const { store, rooms, clock } = place
  const report = (line: string) => lines.push(line)
  const logs = await SessionLogs.open({ dir: folder, serverKey: SERVER, store, now: () => clock.now, report })
  rooms.on("committed", (entry) => logs.append(entry))
  return logs
}

/** A server's data with a session log, and two people in the general room. */
async function begin(t: TestContext): Promise<Logged & { anna: Awaited<ReturnType<typeof somebody>>; after: number }> {
  const place = await openTestStore(t)
  const [folder, lines] = [await temporaryFolder(t), []]
  const logs = await openLogs(place, folder, lines)
  const [anna, ben] = [await somebody(place, "anna"), await somebody(place, "ben")]
  const after = await letIn(place, [anna, ben])
  return { ...place, folder, lines, logs, anna, after }
}

const filesIn = async (folder: string) => (await readdir(folder)).sort()

async function eventsIn(folder: string, name: string): Promise<string[]> {
  const text = await readFile(path.join(folder, name), "utf8")
  return text
    .slice(text.indexOf("\n\n") + 2)
    .split("\n")
    .slice(0, -1)
}

/** Follows the chain from the header to the last line. */
async function assertChain(folder: string, name: string): Promise<void> {
  const text = await readFile(path.join(folder, name), "utf8")
  let chain = createHash("sha256")
    .update(text.slice(0, text.indexOf("\n\n") + 2))
    .digest("hex")
  for (const line of await eventsIn(folder, name)) {
    const [, body, written] = /^(.*) {2}([0-9a-f]{64})$/.exec(line) ?? []
    chain = createHash("sha256").update(`${chain}\n${body}`).digest("hex")
    assert.equal(written, chain)
  }
}

test("a session log has its final name, header and lines, readable by its owner only", async (t) => {
  const { folder, logs, anna, after, ...place } = await begin(t)
  await say({ ...place }, anna, after, 250)
  await logs.idle()
  const name = "chat_general_chat_session_2026-11-24_12-00-00.txt"
  assert.deepEqual(await filesIn(folder), [name])
  assert.equal((await stat(path.join(folder, name))).mode & 0o777, 0o600)
  const text = await readFile(path.join(folder, name), "utf8")
  const header = `SecureChat session log 1\nroom: general_chat\nkind: general\nopened: 2026-11-24T12:00:00.000Z\n`
  assert.ok(text.startsWith(`${header}server: ${SERVER}\nprevious: none\n\n`))
  const [join = "", message = ""] = await eventsIn(folder, name)
  assert.match(join, /^2026-11-24T12:00:00\.000Z {2}1 {2}ben {2}join {2}\d+ {2}- {2}[0-9a-f]{64}$/)
  assert.match(message, /^2026-11-24T12:00:00\.000Z {2}2 {2}anna {2}message {2}\d+ {2}[0-9a-f]{64} {2}[0-9a-f]{64}$/)
  await assertChain(folder, name)
})

test("thirty minutes of quiet end a session, and the next file continues its chain", async (t) => {
  const { folder, logs, anna, after, clock, ...place } = await begin(t)
  await say(place, anna, after)
  await logs.idle()
  clock.now += 30 * MINUTE - 1
  await say(place, anna, after)
  await logs.idle()
  assert.equal((await filesIn(folder)).length, 1)
  clock.now += 30 * MINUTE
  await say(place, anna, after)
  await logs.idle()
  const [first = "", second = ""] = await filesIn(folder)
  const last = (await eventsIn(folder, first)).at(-1) ?? ""
  assert.match(last, / {2}- {2}end {2}0 {2}- {2}/)
  const text = await readFile(path.join(folder, second), "utf8")
  assert.ok(text.includes(`previous: ${last.slice(-64)}\n`))
  for (const name of [first, second]) await assertChain(folder, name)
})

/** Numbers of all events that are in the files, the ends of sessions left out. */
async function seqsIn(folder: string): Promise<number[]> {
  const lines = await Promise.all((await filesIn(folder)).map((name) => eventsIn(folder, name)))
  const events = lines.flat().filter((line) => !line.includes("  end  "))
  return events.map((line) => Number(line.split("  ")[1]))
}

for (const cut of [1, 40, 300, 500])
  test(`what a crash cut off, ${cut} bytes, is written again from the room's log, once`, async (t) => {
    const { folder, logs, lines, anna, after, ...place } = await begin(t)
    for (let count = 0; count < 5; count++) await say(place, anna, after)
    await logs.idle()
    const [name = ""] = await filesIn(folder)
    const file = path.join(folder, name)
    await truncate(file, (await stat(file)).size - cut)
    await openLogs(place, folder, lines)
    assert.deepEqual(await seqsIn(folder), [1, 2, 3, 4, 5, 6])
    for (const each of await filesIn(folder)) await assertChain(folder, each)
    assert.deepEqual(lines, [])
  })

test("a crash before the first line of a session repeats nothing of the sessions before", async (t) => {
  const { folder, logs, anna, after, clock, ...place } = await begin(t)
  await say(place, anna, after)
  await logs.idle()
  clock.now += 31 * MINUTE
  await say(place, anna, after)
  await logs.idle()
  const [, second = ""] = await filesIn(folder)
  const text = await readFile(path.join(folder, second), "utf8")
  await truncate(path.join(folder, second), text.indexOf("\n\n") + 2)
  await openLogs({ ...place, clock }, folder)
  assert.deepEqual(await seqsIn(folder), [1, 2, 3])
  for (const each of await filesIn(folder)) await assertChain(folder, each)
})

test("a file that somebody changed stays as it is, is reported, and what it should hold is written anew", async (t) => {
  const { folder, logs, lines, anna, after, ...place } = await begin(t)
  for (let count = 0; count < 3; count++) await say(place, anna, after)
  await logs.idle()
  const [name = ""] = await filesIn(folder)
  const file = path.join(folder, name)
  const forged = (await readFile(file, "utf8")).replace("  3  anna  ", "  3  ben  ")
  await writeFile(file, forged)
  await openLogs(place, folder, lines)
  assert.equal(await readFile(file, "utf8"), forged)
  assert.match(lines[0] ?? "", /was changed after "2"/)
  const [, second = ""] = await filesIn(folder)
  const numbers = (await eventsIn(folder, second)).map((line) => line.split("  ").slice(1, 3).join(" "))
  assert.deepEqual(numbers, ["3 anna", "4 anna"])
  await assertChain(folder, second)
})

test("a file that was removed while the server stood still is reported, and the chain goes on", async (t) => {
  const { folder, logs, lines, anna, after, clock, ...place } = await begin(t)
  await say(place, anna, after)
  await logs.close()
  const [name = ""] = await filesIn(folder)
  const last = (await eventsIn(folder, name)).at(-1) ?? ""
  await rm(path.join(folder, name))
  const rooms = new Rooms(place.store, () => clock.now)
  const again = await openLogs({ ...place, clock, rooms }, folder, lines)
  await say({ rooms }, anna, after)
  await again.idle()
  assert.match(lines[0] ?? "", /was moved or deleted/)
  const [second = ""] = await filesIn(folder)
  assert.ok((await readFile(path.join(folder, second), "utf8")).includes(`previous: ${last.slice(-64)}\n`))
  assert.deepEqual(await seqsIn(folder), [3])
})

test("what was said while session logs were off is never written to one", async (t) => {
  const { folder, logs, anna, after, clock, ...place } = await begin(t)
  await say(place, anna, after)
  await logs.close()
  await place.store.sessionLogs.turn(false)
  const silent = new Rooms(place.store, () => clock.now)
  await say({ rooms: silent }, anna, after)
  const rooms = new Rooms(place.store, () => clock.now)
  const again = await openLogs({ ...place, clock, rooms }, folder)
  await say({ rooms }, anna, after)
  await again.idle()
  assert.deepEqual(await seqsIn(folder), [1, 2, 4])
  for (const each of await filesIn(folder)) await assertChain(folder, each)
})

test("a file that grew behind the server's back is left, and a new one is begun", async (t) => {
  const { folder, logs, lines, anna, after, ...place } = await begin(t)
  await say(place, anna, after)
  await logs.idle()
  const [name = ""] = await filesIn(folder)
  await appendFile(path.join(folder, name), "forged\n")
  await say(place, anna, after)
  await logs.idle()
  assert.match(lines[0] ?? "", /changed/)
  assert.equal((await filesIn(folder)).length, 2)
})

test("a file whose header was not finished is removed, and its events are written to a new one", async (t) => {
  const { folder, logs, anna, after, clock, ...place } = await begin(t)
  await say(place, anna, after)
  await logs.close()
  await appendFile(path.join(folder, "chat_general_chat_session_2026-11-24_13-00-00.txt"), "SecureChat sess")
  clock.now = NOON + 2 * 60 * MINUTE
  const restarted = { ...place, clock, rooms: new Rooms(place.store, () => clock.now) }
  const again = await openLogs(restarted, folder)
  await say(restarted, anna, after)
  await again.idle()
  const names = await filesIn(folder)
  assert.deepEqual(names, [
    "chat_general_chat_session_2026-11-24_12-00-00.txt",
    "chat_general_chat_session_2026-11-24_14-00-00.txt",
  ])
  for (const name of names) await assertChain(folder, name)
})

test("a file that was moved away is noticed, and a new one goes on with its chain", async (t) => {
  const { folder, logs, lines, anna, after, clock, ...place } = await begin(t)
  await say(place, anna, after)
  await logs.idle()
  const [name = ""] = await filesIn(folder)
  const last = (await eventsIn(folder, name)).at(-1) ?? ""
  await rm(path.join(folder, name))
  clock.now += MINUTE
  await say(place, anna, after)
  await logs.idle()
  const [second = ""] = await filesIn(folder)
  assert.ok((await readFile(path.join(folder, second), "utf8")).includes(`previous: ${last.slice(-64)}\n`))
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? "", /moved, deleted or changed/)
})

test("nothing that was said stands in a session log", async (t) => {
  const { folder, logs, anna, after, ...place } = await begin(t)
  await say(place, anna, after)
  await logs.close()
  const [name = ""] = await filesIn(folder)
  assert.match(await readFile(path.join(folder, name), "utf8"), /^[\x20-\x7e\n]*$/)
  assert.match((await eventsIn(folder, name)).at(-1) ?? "", / {2}end {2}/)
})
