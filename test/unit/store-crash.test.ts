import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import { Rooms } from "../../src/server/rooms.ts"
import type { Session } from "../../src/server/session.ts"
import { openStore, type Store } from "../../src/server/store/index.ts"
import { GENERAL, letIn, somebody } from "../helpers/store.ts"
import { temporaryFolder } from "../helpers/temp.ts"

const STORM = fileURLToPath(new URL("../helpers/store-storm.ts", import.meta.url))

/** Lets a process write until so many messages were acknowledged, and kills it on the spot; resolves to what it was told. */
async function storm(dir: string, { account, device }: Session, after: number, acks: number) {
  const about = [dir, after, account.id, account.name, device].map(String)
  const child = spawn(process.execPath, ["--import", "tsx", STORM, ...about], { stdio: ["ignore", "pipe", "inherit"] })
  const gone = once(child, "exit")
  const acked = new Map<string, number>()
  for await (const line of createInterface(child.stdout)) {
    const [id = "", seq = ""] = line.split(" ")
    acked.set(id, Number(seq))
    if (acked.size === acks) child.kill("SIGKILL")
  }
  assert.deepEqual(await gone, [null, "SIGKILL"])
  return acked
}

async function wholeLog(store: Store) {
  const entries: { readonly id: string; readonly seq: number }[] = []
  for (
    let next = await store.log.read(GENERAL, 0);
    next.length > 0;
    next = await store.log.read(GENERAL, entries.length)
  )
    entries.push(...next)
  return entries
}

test("a process killed in a storm of writes keeps every acknowledged message once, and numbers without a gap", async (t) => {
  const dir = await temporaryFolder(t)
  const first = await openStore({ dir })
  const anna = await somebody({ store: first }, "anna")
  const after = await letIn({ rooms: new Rooms(first, Date.now) }, [anna])
  await first.close()
  const acked = new Map<string, number>()
  for (const acks of [1, 150, 333]) for (const [id, seq] of await storm(dir, anna, after, acks)) acked.set(id, seq)
  const store = await openStore({ dir })
  t.after(() => store.close())
  const entries = await wholeLog(store)
  assert.deepEqual(
    entries.map(({ seq }) => seq),
    entries.map((_, index) => index + 1),
  )
  const places = new Map(entries.map(({ id, seq }) => [id, seq]))
  assert.equal(places.size, entries.length, "no id stands there twice")
  for (const [id, seq] of acked) assert.equal(places.get(id), seq)
  assert.ok(acked.size >= 484)
})
