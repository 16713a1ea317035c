import assert from "node:assert/strict"
import { test } from "node:test"
import type { Page } from "playwright-core"
import { browserForFile } from "../helpers/browser.ts"
import { Person } from "../helpers/core-people.ts"
import {
  button,
  composer,
  conversation,
  inRoom,
  message,
  numbered,
  say,
  scroller,
  sees,
  signUp,
  startSite,
} from "../helpers/people.ts"

const browser = browserForFile()

const MANY = 420
/** More lines than these are never in the page. */
const MOST = 240

type End = "oldest" | "newest"

/**
 * Scrolls to an end of what is in the page and waits until more is there. Gives how far the line that was at that end has
 * moved on the screen by that, in pixels.
 */
const scrollOn = (page: Page, end: End): Promise<number> =>
  scroller(page).evaluate(async (element, to) => {
    const log = element.querySelector("[role=log]")
    const articles = [...element.querySelectorAll("article")]
    const line = to === "oldest" ? articles[0] : articles.at(-1)
    if (log === null || line === undefined) throw new Error("nothing is there")
    const more = new Promise<void>((resolve) => {
      new MutationObserver((_, watch) => {
        watch.disconnect()
        resolve()
      }).observe(log, { childList: true })
    })
    element.scrollTop = to === "oldest" ? 0 : element.scrollHeight
    const { top } = line.getBoundingClientRect()
    await more
    return line.getBoundingClientRect().top - top
  }, end)

/** Scrolls on until a text is there; what is read stays where it is, the page stays bounded, and no line is left out. */
async function scrollTo(page: Page, end: End, text: string): Promise<void> {
  for (let shown = await numbered(page); !shown.includes(text); shown = await numbered(page)) {
    const moved = await scrollOn(page, end)
    assert.ok(Math.abs(moved) < 1, `what was read moved by ${moved} pixels`)
    assert.ok((await conversation(page).locator("> *").count()) <= MOST + 1, "the page stays bounded")
  }
  const numbers = (await numbered(page)).map((each) => Number(/\d+/.exec(each)))
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => (numbers[0] ?? 0) + index),
    "each line once, in order, none left out",
  )
}

test("A long history", async (t) => {
  const server = await startSite(t)
  const profile = await browser.profile(t)
  const page = await signUp(profile, server.url, "anna")
  const berta = await Person.signUp(t, server, "berta")
  for (let number = 1; number <= MANY; number++) await berta.say(`berta-${number}.`)
  await berta.until(() => berta.room.waiting === 0)
  const newest = () => button(page, "Jump to newest")

  await t.test("comes in as one scrolls up to the first line, and again on the way down", async () => {
    await sees(page, `berta-${MANY}.`)
    await page.reload()
    await sees(page, `berta-${MANY}.`)
    await newest().waitFor({ state: "hidden" })
    await scrollOn(page, "oldest")
    await berta.say(`berta-${MANY + 1}.`)
    await button(page, "1 new").waitFor()
    await scrollTo(page, "oldest", "berta-1.")
    await berta.say(`berta-${MANY + 2}.`)
    await button(page, "2 new").waitFor()
    await scrollTo(page, "newest", `berta-${MANY + 2}.`)
    await scroller(page).evaluate((element) => element.scrollTo(0, element.scrollHeight))
    await button(page, "2 new").waitFor({ state: "hidden" })
    await berta.say(`berta-${MANY + 3}.`)
    await message(page, `berta-${MANY + 3}.`).waitFor()
    await newest().waitFor({ state: "hidden" })
  })

  await t.test("is left for the newest line by whoever sends one", async () => {
    await scrollTo(page, "oldest", "berta-1.")
    assert.equal((await numbered(page)).includes(`berta-${MANY + 3}.`), false)
    await say(page, "anna-1.")
    await sees(page, "anna-1.")
    await newest().waitFor({ state: "hidden" })
    assert.equal((await numbered(page)).at(-1), "anna-1.")
  })

  await t.test("is left for the newest line by the button, and only what is new is said aloud", async () => {
    const live = () => conversation(page).getAttribute("aria-live")
    await scrollTo(page, "oldest", "berta-1.")
    assert.equal(await live(), "off")
    await newest().click()
    await newest().waitFor({ state: "hidden" })
    assert.equal((await numbered(page)).at(-1), "anna-1.")
    assert.equal(await live(), "off")
    await berta.say("berta-1000.")
    await sees(page, "berta-1000.")
    assert.equal(await live(), "polite")
  })

  await t.test("stays where it was on a phone while the list of chats is looked at", async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    await page.reload()
    await inRoom(page)
    await page.goBack()
    await button(page, "General").waitFor()
    assert.equal(await composer(page).isVisible(), false, "one column")
    await berta.say("berta-1001.")
    await page.getByRole("navigation", { name: "Chats" }).getByText("berta: berta-1001.").waitFor()
    await button(page, "General").click()
    await sees(page, "berta-1001.")
    await newest().waitFor({ state: "hidden" })
    await page.goBack()
    await button(page, "General").waitFor()
    await page.goForward()
    await composer(page).waitFor()
    await button(page, "Back to chats").click()
    await button(page, "General").waitFor()
    assert.equal(new URL(page.url()).pathname, "/chat")
  })
})
