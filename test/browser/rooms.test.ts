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
  inRoom,
  message,
  reaches,
  row,
  say,
  scroller,
  sees,
  signUp,
  startSite,
  written,
} from "../helpers/people.ts"

const browser = browserForFile()

const dialog = (page: Page, name: string): Locator => page.getByRole("dialog", { name, exact: true })
const details = (page: Page): Locator => page.getByRole("complementary", { name: "Details" })
const focused = (page: Page): Promise<string | null | undefined> =>
  page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent)

/** Waits until somebody stands in the list of people. */
const knows = (page: Page, name: string): Promise<void> => button(page, `Write to ${name}`).waitFor()

/** Opens a chat of the list, and waits for its head. */
async function open(page: Page, name: string): Promise<void> {
  await button(chats(page), name).click()
  await page.getByRole("heading", { level: 1, name, exact: true }).waitFor()
}

test("Several chats", async (t) => {
  const server = await startSite(t)
  const profile = await browser.profile(t, { viewport: { width: 1280, height: 600 } })
  const page = await signUp(profile, server.url, "anna")
  const berta = await Person.signUp(t, server, "berta")
  const carla = await Person.signUp(t, server, "carla")
  await knows(page, "carla")

  await t.test("one ticked person makes a private chat that opens at once", async () => {
    await button(page, "New chat").click()
    assert.equal(await focused(page), "New chat")
    await dialog(page, "New chat").getByRole("checkbox", { name: "berta", exact: true }).check()
    assert.equal(await page.getByLabel("Group name").isVisible(), false)
    await button(dialog(page, "New chat"), "Start").click()
    await page.getByRole("heading", { level: 1, name: "berta" }).waitFor()
    await page.getByText("Only you and berta can read this").waitFor()
    await say(page, "anna-1. just us")
    await berta.until(() => berta.chat.rooms().length === 2)
    const chat = berta.chat.rooms().find(({ kind }) => kind === "private")
    assert.ok(chat)
    await berta.sees("anna-1. just us", chat.id)
    await reaches(page, "anna-1.", "Delivered")
    await berta.say("berta-1. yes", chat.id)
    await sees(page, "berta-1. yes")
    await row(page, "berta").getByText("berta: berta-1. yes").waitFor()
  })

  await t.test("several ticked people and a name make a group; without a name it says what is missing", async () => {
    await button(page, "New chat").click()
    const form = dialog(page, "New chat")
    assert.equal(await button(form, "Start").isDisabled(), true)
    for (const name of ["berta", "carla"]) await form.getByRole("checkbox", { name, exact: true }).check()
    await button(form, "Start").click()
    await form.getByRole("alert").getByText("Give the group a name.").waitFor()
    await form.getByLabel("Group name", { exact: true }).fill("Books")
    await button(form, "Start").click()
    await page.getByRole("heading", { level: 1, name: "Books" }).waitFor()
    await page.getByText("3 people can read this").waitFor()
    await say(page, "anna-2. which one?")
    const group = () => carla.chat.rooms().find(({ kind }) => kind === "group")
    await carla.until(() => group()?.name === "Books")
    await carla.sees("anna-2. which one?", group()?.id)
  })

  await t.test("each keeps what is being written and the place that is being read", async () => {
    const group = carla.chat.rooms().find(({ kind }) => kind === "group")?.id
    for (let number = 1; number <= 60; number++) await carla.say(`carla-${number}.`, group)
    await sees(page, "carla-60.")
    await composer(page).fill("half a sentence")
    const readsAt = (text: string) => message(page, text).evaluate((line) => line.getBoundingClientRect().top)
    await scroller(page).evaluate((element) => element.scrollTo(0, element.scrollHeight / 2))
    await button(page, "Jump to newest").waitFor()
    const before = await readsAt("carla-30.")

    await open(page, "General")
    assert.equal(await written(page), "")
    assert.equal(await conversation(page).getByText("carla-30.").count(), 0)
    await carla.say("carla-61.", group)
    await row(page, "Books").getByText("1 unread").waitFor()

    await open(page, "Books")
    assert.equal(await written(page), "half a sentence")
    assert.ok(Math.abs((await readsAt("carla-30.")) - before) < 1, "the same line stands at the same place")
    await row(page, "Books").getByText("unread").waitFor({ state: "hidden" })
    await composer(page).fill("")
  })

  await t.test("what comes into another chat is counted until that is opened, and moves it up", async () => {
    await open(page, "General")
    const chat = berta.chat.rooms().find(({ kind }) => kind === "private")?.id
    await berta.say("berta-2.", chat)
    await berta.say("berta-3.", chat)
    await row(page, "berta").getByText("2 unread").waitFor()
    const names = await chats(page).getByRole("button").allTextContents()
    assert.deepEqual(names, ["General", "berta", "Books"])
    await open(page, "berta")
    await sees(page, "berta-3.")
    await row(page, "berta").getByText("unread").waitFor({ state: "hidden" })
  })

  await t.test("pressing a person opens the chat with them", async () => {
    await open(page, "General")
    await button(page, "Write to carla").click()
    await page.getByRole("heading", { level: 1, name: "carla" }).waitFor()
    assert.equal(await focused(page), "Message")
    await say(page, "anna-3. psst")
    await carla.until(async () => {
      const chat = carla.chat.rooms().find(({ name }) => name === "anna")
      return chat !== undefined && (await carla.texts(chat.id)).includes("anna-3. psst")
    })
  })

  await t.test("all are there after a reload, with what was said last", async () => {
    await page.reload()
    await row(page, "carla").getByText("You: anna-3. psst").waitFor()
    await row(page, "berta").getByText("berta: berta-3.").waitFor()
    await open(page, "Books")
    await sees(page, "carla-61.")
  })

  await t.test("Details show who is here; people are added, and the group is renamed and left", async () => {
    const dora = await Person.signUp(t, server, "dora")
    await knows(page, "dora")
    await button(page, "Details").click()
    const members = details(page).getByRole("list", { name: "Members" }).getByRole("listitem")
    assert.equal(await members.count(), 3)
    await members.filter({ hasText: "berta" }).filter({ hasText: "1 device" }).waitFor()
    await button(details(page), "Add people").click()
    assert.equal(await dialog(page, "Add people").getByRole("checkbox").count(), 1)
    await dialog(page, "Add people").getByRole("checkbox", { name: "dora", exact: true }).check()
    await button(dialog(page, "Add people"), "Add").click()
    await members.filter({ hasText: "dora" }).waitFor()
    await conversation(page).getByText("anna added dora.").waitFor()
    await dora.until(() => dora.chat.rooms().some(({ name }) => name === "Books"))

    await button(details(page), "Rename").click()
    await dialog(page, "Rename").getByLabel("Group name", { exact: true }).fill("Films")
    await button(dialog(page, "Rename"), "Save").click()
    await page.getByRole("heading", { level: 1, name: "Films" }).waitFor()

    await button(details(page), "Remove dora").click()
    await button(dialog(page, "Remove dora?"), "Cancel").click()
    assert.equal(await focused(page), "Remove dora")
    await button(details(page), "Remove dora").click()
    await button(dialog(page, "Remove dora?"), "Remove").click()
    await conversation(page).getByText("anna took dora out.").waitFor()

    await button(details(page), "Leave").click()
    await button(dialog(page, "Leave Films?"), "Leave").click()
    await page.getByText("You are no longer in this chat. What was said until then stays here").waitFor()
    assert.equal(await composer(page).isVisible(), false)
    await sees(page, "carla-61.")
  })
})

test("On a phone a chat and its details are pages, and Back leads back", async (t) => {
  const server = await startSite(t)
  const profile = await browser.profile(t, { viewport: { width: 320, height: 700 } })
  const page = await signUp(profile, server.url, "anna")
  const berta = await Person.signUp(t, server, "berta")
  await page.goBack()
  await knows(page, "berta")
  await berta.say("berta-1.")
  await row(page, "General").getByText("1 unread").waitFor()
  await button(page, "Write to berta").click()
  await page.getByText("Only you and berta can read this").waitFor()
  assert.equal(await chats(page).isVisible(), false)
  await button(page, "Details").click()
  await details(page).waitFor()
  assert.equal(await composer(page).isVisible(), false)
  assert.equal(await page.locator("html").evaluate((element) => element.scrollWidth - element.clientWidth), 0)
  await page.goBack()
  await composer(page).waitFor()
  assert.equal(await details(page).isVisible(), false)
  await page.goBack()
  await chats(page).waitFor()
  await open(page, "General")
  await sees(page, "berta-1.")
  await page.goBack()
  await row(page, "General").getByText("unread").waitFor({ state: "hidden" })
  await open(page, "berta")
  await page.reload()
  await page.getByRole("heading", { level: 1, name: "berta" }).waitFor()
})

test("The keyboard alone starts a chat; Esc closes the dialog and focus goes back", async (t) => {
  const server = await startSite(t)
  const page = await signUp(await browser.profile(t), server.url, "anna")
  for (let number = 1; number <= 9; number++) await Person.signUp(t, server, `person-${number}`)
  await knows(page, "person-9")
  await inRoom(page)
  await button(page, "New chat").focus()
  await page.keyboard.press("Enter")
  await dialog(page, "New chat").waitFor()
  await page.keyboard.press("Escape")
  await dialog(page, "New chat").waitFor({ state: "detached" })
  assert.equal(await focused(page), "New chat")
  await page.keyboard.press("Enter")
  await page.keyboard.press("Tab")
  assert.equal(await focused(page), "Close")
  await page.keyboard.press("Tab")
  assert.equal(await focused(page), "Filter people")
  await page.keyboard.type("-7")
  assert.equal(await dialog(page, "New chat").getByRole("checkbox").count(), 1)
  await page.keyboard.press("Tab")
  await page.keyboard.press("Space")
  await page.keyboard.press("Enter")
  await page.getByRole("heading", { level: 1, name: "person-7" }).waitFor()
})
