import assert from "node:assert/strict"
import { test } from "node:test"
import type { Locator, Page } from "playwright-core"
import { browserForFile } from "../helpers/browser.ts"
import { Person } from "../helpers/core-people.ts"
import {
  button,
  chats,
  composer,
  conversation,
  message,
  numbered,
  row,
  say,
  scroller,
  sees,
  signUp,
  startSite,
  written,
} from "../helpers/people.ts"

const browser = browserForFile()

const open = (page: Page, name: string) => button(chats(page), name).click()
/** The line above what is new. */
const newLine = (page: Page) =>
  conversation(page)
    .getByRole("separator")
    .filter({ hasText: /new messages?$/ })
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "")

/** Whether an element stands within the view of the conversation. */
const isInView = (line: Locator): Promise<boolean> =>
  line.evaluate((element) => {
    const view = element.closest("[role=region]")?.getBoundingClientRect()
    const { top, bottom } = element.getBoundingClientRect()
    return view !== undefined && top >= view.top && bottom <= view.bottom
  })

/** What stands right below the line above what is new. */
const firstNew = (page: Page) =>
  newLine(page).evaluate((line) => /[a-z]+-\d+\./.exec(line.nextElementSibling?.textContent ?? "")?.[0])

test("What is new in a chat", async (t) => {
  const server = await startSite(t)
  const profile = await browser.profile(t)
  const page = await signUp(profile, server.url, "anna")
  const berta = await Person.signUp(t, server, "berta")
  await berta.isWith(berta.room.id, "anna", "berta")
  await button(page, "Write to berta").click()
  await say(page, "anna-1.")
  const priv = () => berta.chat.rooms().find(({ kind }) => kind === "private")?.id
  await berta.until(() => priv() !== undefined)
  const chat = priv() ?? berta.room.id
  await berta.sees("anna-1.", chat)
  let said = 0
  /** Berta says so many things more; resolves when all have come. */
  async function says(count: number): Promise<void> {
    for (let number = 0; number < count; number++) await berta.say(`berta-${++said}.`, chat)
    await row(page, "berta").getByText(`berta: berta-${said}.`).waitFor()
  }

  await t.test("stands below a line that says how many there are, until the chat is left", async () => {
    await open(page, "General")
    await says(3)
    await open(page, "berta")
    await newLine(page).getByText("3 new messages").waitFor()
    assert.equal(await firstNew(page), "berta-1.")
    await berta.reachesIn(chat, "berta-3.", "read")
    assert.equal(await newLine(page).isVisible(), true, "also once it is seen")
    assert.equal(await conversation(page).getAttribute("aria-live"), "off", "what was there before is not said aloud")
    await open(page, "General")
    await open(page, "berta")
    await sees(page, "berta-3.")
    assert.equal(await newLine(page).count(), 0)
  })

  await t.test("is where the chat opens when it fills more than the screen, and is seen once its end is", async () => {
    await open(page, "General")
    await says(120)
    await open(page, "berta")
    await newLine(page).getByText("120 new messages").waitFor()
    assert.equal(await firstNew(page), "berta-4.")
    assert.equal(await isInView(newLine(page)), true)
    assert.equal(await isInView(message(page, "berta-3.")), true, "the last that was read is there too")
    assert.equal(await isInView(message(page, "berta-123.")), false)
    const states = async () => (await berta.items(chat)).map((item) => item.kind === "text" && item.state)
    assert.equal((await states()).at(-1), "delivered")
    await button(page, "120 new").click()
    await sees(page, "berta-123.")
    assert.equal(await isInView(message(page, "berta-123.")), true)
    await berta.reachesIn(chat, "berta-123.", "read")
  })

  await t.test("is gone back to with a button, which goes when one is there", async () => {
    const back = button(page, "Jump to first unread")
    await back.focus()
    await page.keyboard.press("Enter")
    await back.waitFor({ state: "hidden" })
    assert.equal(await firstNew(page), "berta-4.")
    assert.equal(await isInView(newLine(page)), true)
    assert.equal(await focused(page), "Conversation", "the keyboard goes on where the button has led")
    await button(page, "Jump to newest").click()
    await back.waitFor()
  })

  await t.test("is new no more to whoever writes", async () => {
    await say(page, "anna-2.")
    await sees(page, "anna-2.")
    await button(page, "Jump to first unread").waitFor({ state: "hidden" })
    await button(page, "Jump to newest").waitFor({ state: "hidden" })
    await scroller(page).evaluate((element) => element.scrollTo(0, 0))
    await button(page, "Jump to newest").waitFor()
    assert.equal(await newLine(page).count(), 0)
  })

  await t.test("does not take away the place that somebody was reading at, and can be gone to from there", async () => {
    const place = (await numbered(page))[20] ?? ""
    const readsAt = () => message(page, place).evaluate((line) => line.getBoundingClientRect().top)
    await message(page, place).evaluate((line) => line.scrollIntoView({ block: "start" }))
    const before = await readsAt()
    await open(page, "General")
    await says(20)
    await open(page, "berta")
    await button(page, "20 new").waitFor()
    assert.ok(Math.abs((await readsAt()) - before) < 1, "the same line stands at the same place")
    await button(page, "Jump to first unread").click()
    await newLine(page).getByText("20 new messages").waitFor()
    assert.equal(await isInView(newLine(page)), true)
    await berta.reachesIn(chat, `berta-${said}.`, "delivered")
    await page.getByRole("button", { name: /new$|newest$/ }).click()
    await berta.reachesIn(chat, `berta-${said}.`, "read")
  })

  await t.test("is where the page opens when it was said while nobody was there", async () => {
    await open(page, "General")
    await page.goto(`${server.url}/healthz`)
    for (let number = 1; number <= 60; number++) await berta.say(`general-${number}.`)
    await berta.until(() => berta.room.waiting === 0)
    await page.goto(`${server.url}/chat`)
    await newLine(page).getByText("60 new messages").waitFor()
    assert.equal(await firstNew(page), "general-1.")
    assert.equal(await isInView(newLine(page)), true)
    // Some may have been in view before the others came, and are seen.
    await page.reload()
    await newLine(page).waitFor()
    assert.equal(await isInView(newLine(page)), true, "also the next time, as long as the end was not seen")
    await page.getByRole("button", { name: /^\d+ new$/ }).click()
    await berta.reaches("general-60.", "read")
    await page.reload()
    await sees(page, "general-60.")
    assert.equal(await newLine(page).count(), 0)
  })

  await t.test("begins anew in the open chat each time that the window is left", async () => {
    const turnAway = (isAway: boolean) =>
      page.evaluate((away) => {
        Object.assign(document, { hasFocus: () => !away })
        dispatchEvent(new Event(away ? "blur" : "focus"))
      }, isAway)
    for (const [from, to] of [
      [61, 62],
      [63, 102],
    ] as const) {
      const count = to - from + 1
      await turnAway(true)
      for (let number = from; number <= to; number++) await berta.say(`general-${number}.`)
      await newLine(page).getByText(`${count} new messages`).waitFor()
      assert.equal(await firstNew(page), `general-${from}.`)
      assert.equal(await isInView(newLine(page)), true)
      assert.notEqual((await berta.reaches(`general-${to}.`, "delivered", "read")).state, "read")
      await turnAway(false)
      if (count > 10) await button(page, `${count} new`).click()
      await berta.reaches(`general-${to}.`, "read")
    }
  })
})

test("What is new, and what is being written, on a phone", async (t) => {
  const server = await startSite(t)
  const page = await signUp(await browser.profile(t, { viewport: { width: 390, height: 700 } }), server.url, "anna")
  const berta = await Person.signUp(t, server, "berta")
  await berta.say("berta-1.")
  await sees(page, "berta-1.")
  await composer(page).fill("half a\nsentence")
  await page.goBack()
  await row(page, "General").getByText("Draft: half a sentence").waitFor()
  for (let number = 2; number <= 31; number++) await berta.say(`berta-${number}.`)
  await row(page, "General").getByText("30 unread").waitFor()
  await open(page, "General")
  await newLine(page).getByText("30 new messages").waitFor()
  assert.equal(await firstNew(page), "berta-2.")
  assert.equal(await isInView(newLine(page)), true)
  assert.match(await written(page), /^half a\n?sentence$/)
  await page.goBack()
  await row(page, "General").getByText("30 unread").waitFor()
  await page.reload()
  await composer(page).waitFor()
  await page.goBack()
  await row(page, "General").getByText("Draft: half a sentence").waitFor()
  await open(page, "General")
  await composer(page).fill("")
  await page.goBack()
  await row(page, "General").getByText("Draft:").waitFor({ state: "hidden" })
  await row(page, "General").getByText("berta: berta-31.").waitFor()
})
