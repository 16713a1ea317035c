import assert from "node:assert/strict"
import test from "node:test"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { toBase64Url } from "../../src/shared/bytes.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import type { TestSocket } from "../helpers/ws-client.ts"
import { applicationMessage, randomId } from "../helpers/ws-messages.ts"
import { GENERAL_ROOM_ID, startTestServer, type TestServer } from "../helpers/ws-server.ts"

const MIB = 1024 * 1024
const COUNT = 1_200
const SIZE = 10 * 1024

/** Enough of an entry's frame: parsing all of them thrice would take longer than all the rest. */
const ENTRY = /^\{"type":"entry","room":"general_chat","seq":(\d+),/

/** Bytes outside the JavaScript heap that are really in use: what waits in sockets is among them. */
async function bytesInUse(): Promise<number> {
  setFlagsFromString("--expose-gc")
  const collect: unknown = runInNewContext("gc")
  assert(typeof collect === "function")
  const seen: number[] = []
  // Buffers that were let go are freed beside the program, a little after they were collected.
  while (seen.length < 10) {
    collect()
    await new Promise((resolve) => setImmediate(resolve))
    seen.push(process.memoryUsage().external)
  }
  return Math.min(...seen)
}

/** Keeps the seqs of what comes and nothing else; resolves when as many as asked for have come. */
function count({ webSocket }: TestSocket, wanted: number): { readonly seqs: number[]; readonly done: Promise<void> } {
  const seqs: number[] = []
  webSocket.removeAllListeners("message")
  const done = new Promise<void>((resolve) => {
    webSocket.on("message", (data) => {
      const [, seq] = ENTRY.exec(String(data).slice(0, 100)) ?? []
      if (seq !== undefined) seqs.push(Number(seq))
      if (seqs.length === wanted) resolve()
    })
  })
  return { seqs, done }
}

async function sayAll(server: TestServer, sender: TestSocket): Promise<void> {
  const own = count(sender, COUNT)
  const head = { room: GENERAL_ROOM_ID, after: server.after, message: toBase64Url(applicationMessage(2, SIZE)) }
  for (let number = 0; number < COUNT; number++) {
    sender.raw(JSON.stringify({ type: "send", id: randomId(), ...head }))
    // What a sender has not got rid of waits here; the test's own memory is not what is measured.
    if (sender.webSocket.bufferedAmount > MIB) await new Promise((resolve) => setImmediate(resolve))
  }
  await own.done
}

test("12 MB pass a socket that does not read: little waits for it in memory, the others get all, and later so does it", async (t) => {
  const server = await startTestServer(t, { accounts: 3 })
  const [sender, reader, slow] = [await server.online(0, 2), await server.online(1, 2), await server.online(2, 2)]
  const before = await bytesInUse()
  slow.webSocket.pause()
  const [read, late] = [count(reader, COUNT), count(slow, COUNT)]
  await sayAll(server, sender)
  await read.done
  assert.equal(late.seqs.length, 0)
  const grown = (await bytesInUse()) - before
  assert(grown < LIMITS.bufferedMax + MIB, `${Math.round(grown / MIB)} MiB wait in memory`)
  slow.webSocket.resume()
  await late.done
  const all = Array.from({ length: COUNT }, (_, index) => server.after + 1 + index)
  assert.deepEqual(read.seqs, all)
  assert.deepEqual(late.seqs, all)
})
