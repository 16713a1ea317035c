/**
 * `npm run bench`: what a person waits for and what the machine pays, measured against budgets on the built server and in
 * real browsers. Prints one line a figure; ends with status 1 when one is past its budget.
 */
import { execFileSync } from "node:child_process"
import { performance } from "node:perf_hooks"
import type { CDPSession, Page } from "playwright-core"
import { type Profile, startBrowser, type TestBrowser } from "../test/helpers/browser.ts"
import { answerLater, composer, conversation, enter, inRoom, say, sees, signUp } from "../test/helpers/people.ts"
import { type ServerProcess, startServerProcess } from "../test/helpers/server-process.ts"
import { median, owning, timed } from "./measure.ts"

interface Budget {
  readonly what: string
  readonly unit: "ms" | "KB" | "MB"
  readonly most: number
}

const BUDGETS = {
  start: { what: "start to listening, first one with certificates to make", unit: "ms", most: 1_000 },
  restart: { what: "start to listening, median of 5", unit: "ms", most: 1_000 },
  memory: { what: "idle memory (RSS)", unit: "MB", most: 90 },
  home: { what: "first load of /home over the wire", unit: "KB", most: 60 },
  chat: { what: "first load of /chat over the wire", unit: "KB", most: 150 },
  firstMessage: { what: "sign-up to first message on screen", unit: "ms", most: 3_000 },
  delivery: { what: "send to the other browser's screen, median of 60", unit: "ms", most: 60 },
} as const satisfies Record<string, Budget>
type Figure = keyof typeof BUDGETS

const SAMPLES = 60
const RESTARTS = 5
const KB = 1000
const MB = 1000 * KB

const owner = owning()

/** Resident memory of a process in bytes, by `ps`, which Linux and macOS have. */
function residentBytes(pid: number): number {
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) * 1024
}

async function measureServer(server: ServerProcess): Promise<Partial<Record<Figure, number>>> {
  const memory = residentBytes(server.pid) / MB
  const restarts: number[] = []
  for (let round = 0; round < RESTARTS; round++) {
    await server.stop()
    restarts.push(await timed(() => server.start()))
  }
  return { memory, restart: median(restarts) }
}

/** Bytes that a page takes over the wire with an empty cache, headers included. */
async function loadBytes(profile: Profile, page: Page, url: string, ready: () => Promise<unknown>): Promise<number> {
  const session: CDPSession = await profile.context.newCDPSession(page)
  let bytes = 0
  session.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes += encodedDataLength
  })
  await session.send("Network.enable")
  await session.send("Network.setCacheDisabled", { cacheDisabled: true })
  await page.goto(url, { waitUntil: "load" })
  await ready()
  await session.detach()
  return bytes
}

async function measurePages(browser: TestBrowser, url: string): Promise<Partial<Record<Figure, number>>> {
  const profile = await browser.profile(owner)
  const page = await profile.context.newPage()
  const home = (await loadBytes(profile, page, `${url}/home`, async () => undefined)) / KB
  const firstMessage = await timed(async () => {
    await enter(page, "Sign up", "anna")
    await answerLater(page)
    await inRoom(page)
    await say(page, "anna-1.")
    await sees(page, "anna-1.")
  })
  const chat = (await loadBytes(profile, page, `${url}/chat`, () => inRoom(page))) / KB
  return { home, firstMessage, chat }
}

/** Clocks of both pages are this machine's, so the times can be compared. */
async function measureDelivery(browser: TestBrowser, url: string): Promise<readonly number[]> {
  const sender = await signUp(await browser.profile(owner), url, "berta")
  const reader = await signUp(await browser.profile(owner), url, "carla")
  await sender.evaluate(() => {
    addEventListener(
      "keydown",
      (event) => {
        if (event.key === "Enter")
          document.documentElement.dataset["sentAt"] = String(performance.timeOrigin + event.timeStamp)
      },
      true,
    )
  })
  const delays: number[] = []
  for (let sample = 0; sample < SAMPLES; sample++) {
    const text = `berta-${sample + 1000}.`
    const seenAt = conversation(reader).evaluate(
      (log, wanted) =>
        new Promise<number>((resolve) => {
          const observer = new MutationObserver(() => {
            if (!log.textContent?.includes(wanted)) return
            observer.disconnect()
            requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()))
          })
          observer.observe(log, { childList: true, subtree: true, characterData: true })
        }),
      text,
    )
    await composer(sender).fill(text)
    await composer(sender).press("Enter")
    const sentAt = await sender.evaluate(() => Number(document.documentElement.dataset["sentAt"]))
    delays.push((await seenAt) - sentAt)
  }
  return delays
}

async function main(): Promise<boolean> {
  const found: Partial<Record<Figure, number>> = {}
  let server: ServerProcess | undefined
  const settings = { LIMIT_MESSAGES: "9999, 999/s" }
  found.start = await timed(async () => {
    server = await startServerProcess(owner, settings)
  })
  if (server === undefined) return false
  Object.assign(found, await measureServer(server))
  const browser = await startBrowser()
  owner.after(() => browser.close())
  Object.assign(found, await measurePages(browser, server.url))
  const delays = await measureDelivery(browser, server.url)
  found.delivery = median(delays)
  for (const [name, { what, unit, most }] of Object.entries(BUDGETS) as [Figure, Budget][]) {
    const value = found[name] ?? Number.NaN
    const verdict = value <= most ? "ok  " : "OVER"
    process.stdout.write(`${verdict}  ${value.toFixed(1).padStart(8)} ${unit}  of ${most} ${unit}  ${what}\n`)
  }
  const slowest = [...delays].sort((a, b) => a - b).at(-4) ?? Number.NaN
  process.stdout.write(
    `      ${slowest.toFixed(1).padStart(8)} ms  send to the other browser's screen, 95th percentile\n`,
  )
  return (Object.entries(BUDGETS) as [Figure, Budget][]).every(
    ([name, { most }]) => (found[name] ?? Number.NaN) <= most,
  )
}

try {
  process.exitCode = (await main()) ? 0 : 1
} finally {
  await owner.end()
}
