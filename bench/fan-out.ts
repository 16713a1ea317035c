/**
 * How fast one message reaches a room of three hundred: `node --import tsx bench/fan-out.ts [sockets]`.
 *
 * The server runs in this process, from its TypeScript, with real TLS and a real store; all clients run in one other
 * process, and both on this machine, so the figures are those of server and clients together. First at a pace (latency
 * from a send to its arrival at each socket), then as fast as it goes (messages and deliveries per second).
 */
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { toBase64Url } from "../src/shared/bytes.ts"
import { connect, TestSocket } from "../test/helpers/ws-client.ts"
import { applicationMessage, randomId } from "../test/helpers/ws-messages.ts"
import { GENERAL_ROOM_ID, startTestServer } from "../test/helpers/ws-server.ts"

const SOCKETS = Number(process.argv[2] ?? 300)
const DEVICES = 20
const MESSAGE_SIZE = 500
const PACED = { count: 250, every: 20 }
const BURST = 2_000

interface Task {
  readonly port: number
  readonly after: number
  readonly cookies: readonly string[]
}

const ENTRY = /^\{"type":"entry","room":"general_chat","seq":(\d+),.*?"id":"([^"]{22})"/

/** Calls `arrived` with the id of each entry that comes. Whoever got entries says so at the end of the turn. */
function watch(sockets: readonly TestSocket[], arrived: (id: string) => void): void {
  for (const { webSocket } of sockets) {
    let persisted = 0
    const tell = () => {
      webSocket.send(`{"type":"persisted","room":"general_chat","seq":${persisted}}`)
      persisted = 0
    }
    webSocket.removeAllListeners("message")
    webSocket.on("message", (data) => {
      const [, seq, id] = ENTRY.exec(String(data).slice(0, 250)) ?? []
      if (id === undefined) return
      if (persisted === 0) setImmediate(tell)
      persisted = Number(seq)
      arrived(id)
    })
  }
}

async function openAll({ port, after, cookies }: Task): Promise<TestSocket[]> {
  const sockets: TestSocket[] = []
  for (const cookie of cookies) {
    const socket = await connect(port, { cookie })
    if (!(socket instanceof TestSocket)) throw new Error(`refused with ${socket}`)
    socket.send({ type: "resume", cursors: [{ room: GENERAL_ROOM_ID, seq: after }] })
    await socket.next("ready")
    sockets.push(socket)
  }
  return sockets
}

async function clients(task: Task): Promise<void> {
  const started = performance.now()
  const sockets = await openAll(task)
  const [sender] = sockets
  if (sender === undefined) throw new Error("nobody there")
  say(`${sockets.length} sockets ready in ${(performance.now() - started).toFixed(0)} ms, one after another`)
  const message = toBase64Url(applicationMessage(1, MESSAGE_SIZE))
  const send = () => {
    const id = randomId()
    sender.raw(JSON.stringify({ type: "send", id, room: GENERAL_ROOM_ID, after: task.after, message }))
    return id
  }
  await paced(sockets, send)
  await burst(sockets, send)
}

async function paced(sockets: readonly TestSocket[], send: () => string): Promise<void> {
  const sentAt = new Map<string, number>()
  const taken: number[] = []
  await new Promise<void>((resolve) => {
    watch(sockets, (id) => {
      taken.push(performance.now() - (sentAt.get(id) ?? Number.NaN))
      if (taken.length === PACED.count * sockets.length) resolve()
    })
    const timer = setInterval(() => {
      sentAt.set(send(), performance.now())
      if (sentAt.size === PACED.count) clearInterval(timer)
    }, PACED.every)
  })
  taken.sort((a, b) => a - b)
  const at = (share: number) => (taken[Math.ceil(taken.length * share) - 1] ?? Number.NaN).toFixed(1)
  const rate = 1000 / PACED.every
  say(`${rate} messages/s to ${sockets.length}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`)
}

async function burst(sockets: readonly TestSocket[], send: () => string): Promise<void> {
  const started = performance.now()
  let arrived = 0
  await new Promise<void>((resolve) => {
    watch(sockets, () => {
      arrived += 1
      if (arrived === BURST * sockets.length) resolve()
    })
    for (let number = 0; number < BURST; number++) send()
  })
  const seconds = (performance.now() - started) / 1000
  const [messages, deliveries] = [BURST / seconds, arrived / seconds]
  say(`${BURST} at once to ${sockets.length}: ${messages.toFixed(0)} messages/s, ${deliveries.toFixed(0)} deliveries/s`)
}

const say = (line: string) => console.log(line)

async function serve(): Promise<void> {
  const ends: (() => unknown)[] = []
  const owner = { after: (end: () => unknown) => ends.push(end) }
  const server = await startTestServer(owner, { accounts: Math.ceil(SOCKETS / DEVICES), devices: DEVICES })
  const cookies = server.people.slice(0, SOCKETS).map(({ cookie }) => cookie)
  const task: Task = { port: server.port, after: server.after, cookies }
  const child = fork(fileURLToPath(import.meta.url), [String(SOCKETS)], { execArgv: ["--import", "tsx"] })
  const before = process.cpuUsage()
  child.send(task)
  await new Promise((resolve) => child.once("exit", resolve))
  const { user, system } = process.cpuUsage(before)
  const memory = Math.round(process.memoryUsage().rss / 1024 / 1024)
  console.log(`the server: ${((user + system) / 1e6).toFixed(1)} s of processor, ${memory} MiB`)
  for (const end of ends.reverse()) await end()
}

if (process.send === undefined) await serve()
else
  process.once("message", async (task: Task) => {
    await clients(task)
    process.exit(0)
  })
