/**
 * How long the first search takes, and how long the others: `node --expose-gc --import tsx bench/search.ts [messages] [rooms]`.
 *
 * The messages are stored as a device stores them, sealed with AES-256-GCM in a vault in memory, and are read as the chat
 * reads them. Their lengths are those of a chat (median about 50 characters); one in eight is not ASCII, one in a
 * thousand is as long as a message may be. Each query is asked 200 times; every tenth time a message comes in before, as in
 * a chat that goes on. The budget is 100 ms for each.
 */
import { Emitter } from "../src/client/core/emitter.ts"
import { itemChange, positionOf } from "../src/client/core/history.ts"
import { readItems } from "../src/client/core/items.ts"
import type { RecordChange } from "../src/client/core/sealed-vault.ts"
import { SealedVault } from "../src/client/core/sealed-vault.ts"
import { Search } from "../src/client/core/search.ts"
import type { ChatEvents, Page, RoomId, TextItem } from "../src/client/core/types.ts"
import { MemoryVaults } from "../src/client/node/memory-vault.ts"
import { toBase64Url } from "../src/shared/bytes.ts"
import { accountName, messageId, roomId } from "../src/shared/ids.ts"
import { LIMITS } from "../src/shared/limits.ts"
import { randomness } from "../test/helpers/randomness.ts"
import { UNTOUCHED } from "../test/helpers/untouched.ts"
import { isOver, judge, load, ownProcessor, say, timed } from "./measure.ts"

const MESSAGES = Number(process.argv[2] ?? 50_000)
const ROOMS = Number(process.argv[3] ?? 50)
const TIMES = 200
const BUDGET = 100
const START = Date.UTC(2026, 0, 1)

const random = randomness(20)
/** One of them; there is at least one. */
function pick<T>(from: readonly T[]): T {
  const [first] = from.slice(Math.floor(random() * from.length))
  if (first === undefined) throw new Error("there is nothing to pick")
  return first
}

const SYLLABLES = ["ka", "lo", "mi", "ren", "tas", "vo", "pel", "dun", "shi", "gro", "ne", "bur", "il", "and", "the"]
const FOREIGN = ["été", "Straße", "naïve", "שלום", "مرحبا", "привет", "こんにちは", "👍🏽", "Łódź", "señor"]
const words = Array.from({ length: 5_000 }, () =>
  Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(SYLLABLES)).join(""),
)

function textOf(index: number): string {
  const isLong = index % 1_000 === 999
  const count = isLong ? 4_000 : 1 + Math.floor(-10 * Math.log(1 - random()))
  const some = Array.from({ length: count }, () => pick(words))
  if (index % 8 === 0) some.push(pick(FOREIGN))
  if (index % 3 === 0) some.unshift("Meeting")
  if (index % 500 === 250) some.push("poster printing")
  if (index === Math.floor(MESSAGES / 3)) some.push("Quetzalcoatl")
  return some.join(" ").slice(0, LIMITS.textMax / 2)
}

const rooms = Array.from({ length: ROOMS }, (_, index) => {
  const bytes = new Uint8Array(LIMITS.idLength)
  new DataView(bytes.buffer).setUint32(0, index + 1)
  return roomId.parse(toBase64Url(bytes), "room")
})
const people = Array.from({ length: 20 }, (_, index) => ({
  sender: accountName.parse(`person-${index}`, "name"),
  accountKey: new Uint8Array(LIMITS.accountKeyLength).fill(index),
}))
const id = messageId.parse(toBase64Url(new Uint8Array(LIMITS.idLength)), "id")

const roomOf = (index: number): RoomId => rooms[index % ROOMS] ?? pick(rooms)
const recordOf = (index: number) => ({
  ...{ type: "text" as const, id, ...pick(people), text: textOf(index) },
  ...{ position: positionOf(Math.floor(index / ROOMS) + 1, 0), at: START + index * 1_000 },
})

async function fill(vault: SealedVault): Promise<void> {
  for (let from = 0; from < MESSAGES; from += 1_000) {
    const changes: RecordChange[] = []
    for (let index = from; index < Math.min(MESSAGES, from + 1_000); index++)
      changes.push(itemChange(roomOf(index), recordOf(index)))
    await vault.write(changes)
  }
}

const QUERIES = {
  "a rare word": "quetzal",
  "a common word": "meeting",
  "a letter": "e",
  "two words": "printing poster",
  "two common words": "meeting the",
  "a phrase": '"poster printing"',
  "an accent": "strasse",
  "no hit": "xylophone",
  "no hit, of common words": '"meeting meeting meeting"',
} as const

const part = (sorted: readonly number[], of: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(of * sorted.length))] ?? Number.NaN
const inMs = (value = Number.NaN) => value.toFixed(2).padStart(7)

/** Memory in use; without `--expose-gc` garbage is counted as well. */
function heapMib(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 1024 / 1024
}

async function main(): Promise<void> {
  say(`${MESSAGES} messages over ${ROOMS} rooms, ${load()}`)
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"])
  const vault = new SealedVault(new MemoryVaults().open("anna"), key)
  await fill(vault)
  const self = accountName.parse("anna", "name")
  const items = (room: RoomId, page: Page) =>
    readItems({ vault, room, self, delivered: Number.MAX_SAFE_INTEGER, read: 0, changes: [] }, page, [])
  const events = new Emitter<ChatEvents>()
  const search = new Search({ views: () => rooms.map((each) => ({ id: each })), items }, events)
  const before = heapMib()
  const processor = process.cpuUsage()
  let told = 0
  const first = await timed(() => search.find("quetzal", { progress: () => (told += 1) }))
  say(
    `first search ${inMs(first)} ms, of the processor ${inMs(ownProcessor(processor))} ms; progress told ${told} times`,
  )
  say(`memory ${(heapMib() - before).toFixed(1)} MiB`)
  let next = MESSAGES
  for (const [what, query] of Object.entries(QUERIES)) {
    const took: number[] = []
    const usage = process.cpuUsage()
    let found = 0
    for (let time = 0; time < TIMES; time++) {
      if (time % 10 === 9) arrive(events, next++)
      await Promise.resolve()
      took.push(
        await timed(async () => {
          found = (await search.find(query)).results.length
        }),
      )
    }
    took.sort((a, b) => a - b)
    const [p50, p95, most] = [0.5, 0.95, 1].map((of) => part(took, of))
    const spent = `${inMs(ownProcessor(usage) / TIMES)} of the processor`
    judge(
      `${what}: p50 ${inMs(p50)}, p95 ${inMs(p95)}, max ${inMs(most)}, ${spent}, found ${found}`,
      most ?? NaN,
      BUDGET,
    )
  }
  say(load())
  if (isOver()) process.exitCode = 1
}

function arrive(events: Emitter<ChatEvents>, index: number): void {
  const { type: kind, ...said } = recordOf(index)
  const item: TextItem = { ...UNTOUCHED, kind, ...said, mine: false, state: "delivered", reason: undefined }
  events.emit("item", { room: roomOf(index), item, was: undefined })
}

await main()
