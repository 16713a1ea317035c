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
  rooms.onCommitted((entry) => logs.append(entry))
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

test("a line that a crash cut off is written again from the room's log, once", async (t) => {
  const { folder, logs, anna, after, ...place } = await begin(t)
  for (let count = 0; count < 5; count++) await say(place, anna, after)
  await logs.idle()
  const [name = ""] = await filesIn(folder)
  const file = path.join(folder, name)
  const whole = await eventsIn(folder, name)
  for (const cut of [1, 40, 300, 500]) {
    await truncate(file, (await stat(file)).size - cut)
    const again = await openLogs(place, folder)
    await again.idle()
    const all = (await Promise.all((await filesIn(folder)).map((each) => eventsIn(folder, each)))).flat()
    const seqs = all.filter((line) => !line.includes("  end  ")).map((line) => Number(line.split("  ")[1]))
    assert.deepEqual(seqs, [1, 2, 3, 4, 5, 6], `cut by ${cut}`)
    for (const each of await filesIn(folder)) await assertChain(folder, each)
    for (const each of await filesIn(folder)) if (each !== name) await rm(path.join(folder, each))
    await writeFile(file, `${(await readFile(file, "utf8")).split("\n\n")[0]}\n\n${whole.join("\n")}\n`)
  }
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
  assert.match(lines[0] ?? "", /moved away or deleted/)
})

test("nothing that was said stands in a session log", async (t) => {
  const { folder, logs, anna, after, ...place } = await begin(t)
  await say(place, anna, after)
  await logs.close()
  const [name = ""] = await filesIn(folder)
  assert.match(await readFile(path.join(folder, name), "utf8"), /^[\x20-\x7e\n]*$/)
  assert.match((await eventsIn(folder, name)).at(-1) ?? "", / {2}end {2}/)
})
