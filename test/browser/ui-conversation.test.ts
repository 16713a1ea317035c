import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { startBrowser, type TestBrowser } from "../helpers/browser.ts"
import { Person, placeOf } from "../helpers/core-people.ts"
import { button, conversation, message, numbered, say, sees, signUp } from "../helpers/people.ts"
import { startServerProcess } from "../helpers/server-process.ts"

let browser: TestBrowser
before(async () => {
  browser = await startBrowser()
})
after(() => browser.close())

const MANY = 420
/** More lines than these are never in the page. */
const MOST = 400

test("a long history comes in as one scrolls up, and what is in the page stays bounded", async (t) => {
  const server = await startServerProcess(t, { LIMIT_MESSAGES: "9999, 9999/s" })
  const page = await signUp(await browser.profile(t), server.url, "anna")
  const berta = await Person.signUp(t, await placeOf(server.port, server.folder), "berta")
  for (let sent = 1; sent <= MANY; sent++) await berta.say(`berta-${sent}.`)
  await sees(page, `berta-${MANY}.`)
  await page.reload()
  await sees(page, `berta-${MANY}.`)
  const scroller = page.getByRole("region", { name: "Conversation" })
  const first = message(page, "berta-1.").and(page.locator("article", { hasText: /berta-1\./ }))
  while ((await first.count()) === 0) {
    const before = await numbered(page)
    const wasAt = await message(page, before[0] ?? "").evaluate((line) => line.getBoundingClientRect().top)
    const scrolled = await scroller.evaluate((element) => {
      const from = element.scrollTop
      element.scrollTop = 0
      return from
    })
    await page.waitForFunction(
      (old) => !(document.querySelector("article")?.textContent ?? "").includes(old),
      before[0] ?? "",
    )
    const isAt = await message(page, before[0] ?? "").evaluate((line) => line.getBoundingClientRect().top)
    assert.ok(Math.abs(isAt - wasAt - scrolled) < 2, "what was read stays where it was")
    assert.ok((await conversation(page).locator("article").count()) <= MOST)
  }
  await say(page, "anna-1.")
  await sees(page, "anna-1.")
  await button(page, "Jump to newest").waitFor({ state: "hidden" })
  assert.equal((await numbered(page)).at(-1), "anna-1.")
})

test("hostile text stays text, and widens nothing", async (t) => {
  const server = await startServerProcess(t)
  const profile = await browser.profile(t, { viewport: { width: 320, height: 640 } })
  const page = await signUp(profile, server.url, "anna")
  const texts = [
    "1. <img src=x onerror=alert(1)><script>alert(1)</script>",
    "2. javascript:alert(1) \u202Etxet desrever\u202C",
    `3. ${"x".repeat(30_000)}`,
    `4. a${"\u0301".repeat(1000)}`,
  ]
  for (const text of texts) await say(page, text)
  for (const text of texts) {
    const shown = message(page, text.slice(0, 3)).locator("p")
    await shown.waitFor()
    assert.equal(await shown.textContent(), text)
  }
  assert.equal(await conversation(page).locator("img, script, a").count(), 0)
  const overflow = (element: Element): number => element.scrollWidth - element.clientWidth
  assert.equal(await page.locator("html").evaluate(overflow), 0, "the page does not scroll sideways at 320 pixels")
  const scroller = page.getByRole("region", { name: "Conversation" })
  assert.equal(await scroller.evaluate(overflow), 0, "nor does the conversation")
})
