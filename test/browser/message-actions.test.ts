import assert from "node:assert/strict"
import { test } from "node:test"
import type { Page } from "playwright-core"
import { browserForFile } from "../helpers/browser.ts"
import { Person } from "../helpers/core-people.ts"
import {
  button,
  composer,
  conversation,
  message,
  reaches,
  say,
  sees,
  signUp,
  startSite,
  written,
} from "../helpers/people.ts"

const browser = browserForFile()

const menu = (page: Page) => page.getByRole("menu", { name: "Message actions" })
const choose = (page: Page, name: string) => menu(page).getByRole("menuitem", { name, exact: true }).click()
const focusedText = (page: Page) => page.evaluate(() => document.activeElement?.textContent ?? "")

/** Opens the menu of a message with the mouse. */
async function openMenu(page: Page, text: string): Promise<void> {
  await message(page, text).locator(".bubble").hover()
  await button(page.getByRole("group", { name: "Message actions" }), "More").click()
  await menu(page).waitFor()
}

async function place(page: Page, berta: Person, text: string): Promise<string> {
  await sees(page, text)
  await berta.sees(text)
  const found = (await berta.items()).find((item) => item.kind === "text" && item.text === text)
  assert.ok(found)
  return found.position
}

test("What can be done with a message", async (t) => {
  const server = await startSite(t)
  const profile = await browser.profile(t)
  const page = await signUp(profile, server.url, "anna")
  const berta = await Person.signUp(t, server, "berta")

  await t.test("it is answered: the answer shows what it answers, and pressing that leads there", async () => {
    await berta.say("berta-1. shall we meet on Friday?")
    await openMenu(page, "berta-1.")
    await choose(page, "Reply")
    await page.getByText("Answer to berta").waitFor()
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("aria-label")), "Message")
    await say(page, "anna-1. yes, at noon")
    await sees(page, "anna-1. yes, at noon")
    await page.getByText("Answer to berta").waitFor({ state: "hidden" })
    const quote = message(page, "anna-1. yes").getByRole("button", { name: "berta berta-1. shall we meet on Friday?" })
    await quote.click()
    assert.match(await focusedText(page), /berta-1/)
    await berta.until(async () => (await berta.items()).some((item) => "quote" in item && item.quote !== undefined))
  })

  await t.test(
    "its author changes it, by the menu or with Up in an empty box, or leaves it as it was with Esc",
    async () => {
      await openMenu(page, "anna-1.")
      await choose(page, "Edit")
      assert.equal(await written(page), "anna-1. yes, at noon")
      await composer(page).fill("anna-1. yes, at one")
      await composer(page).press("Enter")
      await message(page, "anna-1. yes, at one").getByText("edited").waitFor()
      await berta.sees("anna-1. yes, at one")

      await composer(page).press("ArrowUp")
      assert.equal(await written(page), "anna-1. yes, at one")
      await composer(page).press("Escape")
      assert.equal(await written(page), "")
      await composer(page).press("ArrowUp")
      await composer(page).fill("anna-1. yes, at two")
      await composer(page).press("Enter")
      await berta.sees("anna-1. yes, at two")
      assert.equal(await written(page), "")
    },
  )

  await t.test("what was being written is there again after a change", async () => {
    await composer(page).fill("half a sentence")
    await openMenu(page, "anna-1.")
    await choose(page, "Edit")
    assert.match(await written(page), /^anna-1/)
    await composer(page).press("Escape")
    assert.equal(await written(page), "half a sentence")
    await composer(page).fill("")
  })

  await t.test("one reacts, and takes it back; others' reactions say who", async () => {
    await berta.say("berta-2. good news")
    await sees(page, "berta-2.")
    await message(page, "berta-2.").locator(".bubble").hover()
    await button(page.getByRole("group", { name: "Message actions" }), "React").click()
    await button(page, "React with 🎉").click()
    const own = message(page, "berta-2.").getByRole("button", { name: "🎉 1: anna" })
    await own.waitFor()
    assert.equal(await own.getAttribute("aria-pressed"), "true")
    const position = await place(page, berta, "berta-2. good news")
    await berta.chat.react(berta.room.id, position, "🎉", true)
    await message(page, "berta-2.").getByRole("button", { name: "🎉 2: anna, berta" }).click()
    await message(page, "berta-2.").getByRole("button", { name: "🎉 1: berta" }).waitFor()
  })

  await t.test("one reacts with any other emoji", async () => {
    await openMenu(page, "berta-2.")
    await button(page, "React with another emoji").click()
    const picker = page.getByRole("dialog", { name: "Emoji" })
    await picker.getByLabel("Search emoji").fill("fox")
    await page.keyboard.press("Enter")
    await picker.waitFor({ state: "detached" })
    await message(page, "berta-2.").getByRole("button", { name: "🦊 1: anna" }).waitFor()
  })

  await t.test("its details say who has it, and how it is protected", async () => {
    await reaches(page, "anna-1.", "Delivered")
    await openMenu(page, "anna-1.")
    await choose(page, "Details")
    const details = page.getByRole("dialog", { name: "Message details" })
    await details.getByText("Received, not seen, by berta").waitFor()
    await details.getByText("Encrypted on the sender’s device").waitFor()
    await page.keyboard.press("Escape")
    await details.waitFor({ state: "detached" })
  })

  await t.test("it is sent on into another chat", async () => {
    const chat = await berta.chat.startPrivate(berta.room.people[0]?.name ?? berta.chat.account)
    await berta.say("berta-3. in private", chat)
    await page.getByRole("navigation", { name: "Chats" }).getByText("berta: berta-3.").waitFor()
    await openMenu(page, "anna-1.")
    await choose(page, "Forward")
    await button(page.getByRole("dialog", { name: "Forward" }), "berta").click()
    await page.getByRole("heading", { level: 1, name: "berta" }).waitFor()
    await sees(page, "anna-1. yes, at two")
    await page.getByRole("navigation", { name: "Chats" }).getByRole("button", { name: "General" }).click()
  })

  await t.test("it is deleted for everybody, after one has been asked", async () => {
    await openMenu(page, "anna-1.")
    await choose(page, "Delete for everybody")
    await button(page.getByRole("dialog", { name: "Delete this message?" }), "Cancel").click()
    await openMenu(page, "anna-1.")
    await choose(page, "Delete for everybody")
    await button(page.getByRole("dialog", { name: "Delete this message?" }), "Delete").click()
    await conversation(page).getByText("This message was deleted.").waitFor()
    assert.equal(await conversation(page).getByText("anna-1.").count(), 0)
    await berta.until(async () => (await berta.items()).some((item) => "isDeleted" in item && item.isDeleted))
  })

  await t.test("the keyboard alone does all of it", async () => {
    await berta.say("berta-4.")
    await sees(page, "berta-4.")
    await page.getByRole("region", { name: "Conversation" }).focus()
    await page.keyboard.press("ArrowUp")
    assert.match(await focusedText(page), /berta-4/)
    await page.keyboard.press("ArrowUp")
    assert.match(await focusedText(page), /berta-2/)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await menu(page).waitFor()
    assert.equal(await focusedText(page), "Reply")
    await page.keyboard.press("ArrowUp")
    assert.equal(await focusedText(page), "Details")
    await page.keyboard.press("Escape")
    assert.match(await focusedText(page), /berta-4/)
    await page.keyboard.press("Escape")
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("aria-label")), "Message")
  })
})
