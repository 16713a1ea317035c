/**
 * Whether a conversation of 20,000 lines scrolls smoothly, on the real page in a real browser:
 * `node build/build.mjs && node --import tsx bench/timeline.ts [lines]`.
 *
 * The lines are written into the browser's vault, sealed, before the page opens (timeline-entry.ts): sending them would
 * measure MLS. Then somebody scrolls with the wheel from the newest line to the oldest and back, and drags to far places. Every
 * frame meanwhile is held against the budget, and so is the processor time of the longest task, which a busy machine does not
 * change. Ends with status 1 when a figure is past its budget.
 */
import { build } from "esbuild"
import type { Page } from "playwright-core"
import { startBrowser } from "../test/helpers/browser.ts"
import { ROOT } from "../test/helpers/chromium.ts"
import { Person } from "../test/helpers/core-people.ts"
import { conversation, inRoom, message, sees, signUp, startSite } from "../test/helpers/people.ts"
import { isOver, judge, load, median, owning, say, timed } from "./measure.ts"

const LINES = Number(process.argv[2] ?? 20_000)
/** Milliseconds of the longest frame while one scrolls. */
const FRAME_MAX = 50
const OPEN_MAX = 1_000
const JUMP_MAX = 200
const SWITCH_MAX = 100
const NODES_MAX = 10_000
/** The server's log is this long before the reader signs up: the lines stand at its entries. */
const ENTRIES = 2 + Math.ceil(LINES / 900)
/** Pixels of one step of a wheel that is turned fast. */
const WHEEL = 800
const DRAGS = 40

const owner = owning()

/** A page in which the reader has a long history, before the app has read any of it. */
async function longHistory() {
  const site = await startSite(owner)
  const writer = await Person.signUp(owner, site, "berta")
  for (let entry = 0; entry < ENTRIES; entry++) await writer.say(`entry ${entry}`)
  await writer.until(() => writer.room.waiting === 0)
  const browser = await startBrowser()
  owner.after(() => browser.close())
  const page = await signUp(await browser.profile(owner), site.url, "anna")
  await page.goto(`${site.url}/healthz`)
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["bench/timeline-entry.ts"],
    ...{ bundle: true, write: false, format: "iife", platform: "browser", target: "es2022", logLevel: "warning" },
  })
  const script = outputFiles[0]?.text ?? ""
  await page.evaluate(script)
  await inPage(page, "fillVault", LINES)
  return { page, url: site.url, script }
}

interface Frames {
  readonly frames: readonly number[]
  readonly tasks: readonly number[]
  readonly nodes: number
}

/** Calls what timeline-entry.ts has put into the page. */
const inPage = <T>(page: Page, name: string, given = 0): Promise<T> =>
  page.evaluate(([what, number]) => Reflect.get(globalThis, what)(number), [name, given] as const)

const takeFrames = (page: Page) => inPage<Frames>(page, "takeFrames")

/** Judges the frames since the last time. */
async function judgeFrames(page: Page, what: string): Promise<void> {
  const { frames, tasks, nodes } = await takeFrames(page)
  const sorted = [...frames].sort((a, b) => a - b)
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(1)
  judge(`${what}: longest frame`, sorted.at(-1) ?? Number.NaN, FRAME_MAX)
  say(`             ${frames.length} frames, median ${at(0.5)}, 95 % ${at(0.95)}, 99 % ${at(0.99)} ms`)
  const over = frames.filter((each) => each > FRAME_MAX).length
  if (over > 0) say(`             the first of them are ${longOnes(frames).slice(0, 5).join(", ")}`)
  const longest = tasks.length === 0 ? "none" : `${tasks.length}, longest ${Math.max(...tasks).toFixed(0)} ms`
  say(`             ${over} frames past the budget; tasks of 50 ms or more: ${longest}; ${nodes} elements; ${load()}`)
  if (nodes > NODES_MAX) judge(`${what}: elements`, nodes, NODES_MAX)
}

/** Each frame past the budget, with the time at which it began. */
function longOnes(frames: readonly number[]): string[] {
  let at = 0
  return frames.flatMap((frame) => {
    at += frame
    return frame > FRAME_MAX ? [`${frame.toFixed(0)} ms at ${((at - frame) / 1000).toFixed(1)} s`] : []
  })
}

/** One event of the browser's trace; times in microseconds. */
interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  readonly tdur?: number
  readonly args: { readonly name?: string }
}

/** The longest task of the page while something is done, in milliseconds of processor: what others do here counts not. */
async function longestTask(page: Page, work: () => Promise<unknown>): Promise<number> {
  const session = await page.context().newCDPSession(page)
  const threads = new Set<string>()
  const tasks: { readonly thread: string; readonly milliseconds: number }[] = []
  session.on("Tracing.dataCollected", ({ value }: { value: unknown[] }) => {
    for (const { name, pid, tid, tdur = 0, args } of value as TraceEvent[]) {
      if (name === "thread_name" && args.name === "CrRendererMain") threads.add(`${pid} ${tid}`)
      if (name.endsWith("RunTask")) tasks.push({ thread: `${pid} ${tid}`, milliseconds: tdur / 1000 })
    }
  })
  const traceConfig = { includedCategories: ["toplevel"] }
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig })
  await work()
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve))
  await session.send("Tracing.end")
  await complete
  await session.detach()
  return tasks.reduce((most, { thread, milliseconds }) => Math.max(most, threads.has(thread) ? milliseconds : 0), 0)
}

const scroller = (page: Page) => page.getByRole("region", { name: "Conversation" })

/** Turns the wheel until a text is in the page. */
async function wheelTo(page: Page, text: string, step: number): Promise<void> {
  const box = await scroller(page).boundingBox()
  if (box === null) throw new Error("there is no conversation")
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  const wanted = message(page, text)
  while ((await wanted.count()) === 0) for (let turn = 0; turn < 20; turn++) await page.mouse.wheel(0, step)
}

/** Goes to another chat and back. Resolves to the milliseconds until the frame after the one that a click is in. */
async function switching(page: Page): Promise<number> {
  await page.getByRole("button", { name: "Write to berta", exact: true }).click()
  await page.getByText("Only you and berta can read this").waitFor()
  await message(page, `line-${LINES}.`).waitFor({ state: "detached" })
  return median(await inPage<number[]>(page, "switchChats", 20))
}

async function main(): Promise<void> {
  const { page, url, script } = await longHistory()
  const opening = await timed(async () => {
    await page.goto(`${url}/chat`)
    await inRoom(page)
    await sees(page, `line-${LINES}.`)
  })
  judge("opening the page until the newest line is there", opening, OPEN_MAX)
  await page.evaluate(script)
  await inPage(page, "watchFrames")
  await takeFrames(page)
  const up = await longestTask(page, () => wheelTo(page, "line-1.", -WHEEL))
  await judgeFrames(page, "wheel from the newest to the oldest line")
  judge("the same: longest task, in processor time", up, FRAME_MAX)
  const jump = await timed(async () => {
    await page.getByRole("button", { name: "Jump to newest" }).click()
    await message(page, `line-${LINES}.`).waitFor()
  })
  judge("jump to newest, from the click until it is there", jump, JUMP_MAX)
  await judgeFrames(page, "jump to newest")
  const dragged = await longestTask(page, () => inPage(page, "drag", DRAGS))
  await judgeFrames(page, "dragging to far places")
  judge("the same: longest task, in processor time", dragged, FRAME_MAX)
  await wheelTo(page, "line-1.", -WHEEL)
  await takeFrames(page)
  const down = await longestTask(page, () => wheelTo(page, `line-${LINES}.`, WHEEL))
  await judgeFrames(page, "wheel from the oldest to the newest line")
  judge("the same: longest task, in processor time", down, FRAME_MAX)
  say(`             ${await conversation(page).locator("> *").count()} lines in the page`)
  judge("switch of chats, from the click until a frame shows it, median of 20", await switching(page), SWITCH_MAX)
}

try {
  await main()
  process.exitCode = isOver() ? 1 : 0
} finally {
  await owner.end()
}
