/**
 * What bench/timeline.ts bundles for the browser. It writes a long conversation into the vault of whoever is logged in, as
 * records that the app itself would have written, sealed with the account's own key; and it notes how long frames take.
 */
import { openBrowserVault } from "../src/client/browser/database.ts"
import { keySlot } from "../src/client/browser/key-slot.ts"
import { itemChange, positionOf } from "../src/client/core/history.ts"
import type { ItemRecord } from "../src/client/core/records.ts"
import { type RecordChange, SealedVault } from "../src/client/core/sealed-vault.ts"
import { toBase64Url } from "../src/shared/bytes.ts"
import { accountName, messageId, roomId } from "../src/shared/ids.ts"
import { GENERAL_ROOM } from "../src/shared/limits.ts"
import { randomness } from "../test/helpers/randomness.ts"

/** Lines of one entry; positions leave room for a thousand. */
const PER_ENTRY = 900
const AT_ONCE = 2_000
const MINUTE = 60_000
const WORDS =
  "soup at seven bring bread the pump has to run twice measured again tomorrow library poster template which one of these fits".split(
    " ",
  )
const SENDERS = ["berta", "carla", "dora"].map((name) => accountName.parse(name, "name"))
const GENERAL = roomId.parse(GENERAL_ROOM, "room")

/** Mostly a few words, now and then lines or a long text, each with its number. */
function textOf(number: number, random: () => number): string {
  const kind = random()
  const length = kind < 0.7 ? 1 + 12 * random() : kind < 0.95 ? 10 + 60 * random() : 60 + 200 * random()
  const words = Array.from({ length }, () => WORDS[Math.floor(WORDS.length * random())] ?? "")
  return `line-${number}. ${words.join(kind > 0.9 ? "\n".repeat(random() < 0.1 ? 1 : 0) || " " : " ")}`
}

function* lines(self: string, count: number): Generator<ItemRecord> {
  const random = randomness(1)
  const me = accountName.parse(self, "name")
  const accountKey = new Uint8Array(32)
  let at = Date.now() - count * 20 * MINUTE
  let sender = me
  for (let number = 1; number <= count; number++) {
    const position = positionOf(1 + Math.floor(number / PER_ENTRY), number % PER_ENTRY)
    const isSameTurn = random() < 0.55
    at += isSameTurn ? MINUTE : Math.floor(40 * MINUTE * random())
    if (!isSameTurn) sender = [me, ...SENDERS][Math.floor(4 * random())] ?? me
    if (random() < 0.01) {
      yield { type: "roster", position, at, change: "joined", name: sender, devices: 1 }
      continue
    }
    const id = messageId.parse(toBase64Url(crypto.getRandomValues(new Uint8Array(16))), "id")
    yield { type: "text", position, at, id, sender, accountKey, text: textOf(number, random) }
  }
}

/** Writes this many lines. They come before everything that was said since the account signed up. */
async function fillVault(count: number): Promise<void> {
  const current = await keySlot.current()
  if (current === undefined) throw new Error("nobody is logged in")
  const vault = new SealedVault(await openBrowserVault(current.account), current.key)
  let changes: RecordChange[] = []
  for (const line of lines(current.account, count)) {
    changes.push(itemChange(GENERAL, line))
    if (changes.length < AT_ONCE) continue
    await vault.write(changes)
    changes = []
  }
  await vault.write(changes)
  await vault.close()
}

/** Notes every frame and every long task from now on, for `takeFrames`. */
function watchFrames(): void {
  const frames: number[] = []
  const tasks: number[] = []
  let last = performance.now()
  const tick = (now: number): void => {
    frames.push(now - last)
    last = now
    requestAnimationFrame(tick)
  }
  requestAnimationFrame(tick)
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) tasks.push(duration)
  })
  observer.observe({ type: "longtask" })
  const takeFrames = () => {
    for (const { duration } of observer.takeRecords()) tasks.push(duration)
    return { frames: frames.splice(0), tasks: tasks.splice(0), nodes: document.querySelectorAll("*").length }
  }
  Object.assign(globalThis, { takeFrames })
}

/** Pulls the thumb of the scrollbar to an end and to places between, each for a few frames. */
async function drag(times: number): Promise<void> {
  const scroller = document.querySelector(".scroll")
  const frame = () => new Promise((next) => requestAnimationFrame(next))
  for (let time = 0; scroller !== null && time < times; time++) {
    const share = [0, 0.5, 0.1, 0][time % 4] ?? 0
    scroller.scrollTop = share * (scroller.scrollHeight - scroller.clientHeight)
    for (let rest = 0; rest < 6; rest++) await frame()
  }
}

/** Presses the first two chats of the list in turn. */
async function switchChats(times: number): Promise<number[]> {
  const chats = document.querySelectorAll<HTMLElement>("nav li button")
  const frame = () => new Promise((next) => requestAnimationFrame(next))
  const taken: number[] = []
  for (let time = 0; time < times; time++) {
    await frame()
    const from = performance.now()
    chats[time % 2]?.click()
    await frame()
    await frame()
    taken.push(performance.now() - from)
    if (time % 2 === 0 && document.querySelectorAll("[role=log] > *").length < 50) throw new Error("nothing is shown")
  }
  return taken
}

Object.assign(globalThis, { fillVault, watchFrames, drag, switchChats })
