import assert from "node:assert/strict"
import { test } from "node:test"
import type { Locator, Page } from "playwright-core"
import { overflow, violationsIn } from "../helpers/axe.ts"
import { browserForFile } from "../helpers/browser.ts"
import { GENERAL, Person } from "../helpers/core-people.ts"
import { button, composer, conversation, message, say, sees, signUp, startSite } from "../helpers/people.ts"

const browser = browserForFile()

/** More than the window of lines holds at once. */
const MANY = 450

const dialog = (page: Page, name: string): Locator => page.getByRole("dialog", { name, exact: true })
const options = (page: Page): Locator => page.getByRole("dialog").getByRole("option")
const field = (page: Page): Locator => page.getByRole("dialog").getByRole("combobox")

/** The option that Enter takes, by what the field says of it. */
const active = (page: Page): Promise<string> =>
  field(page).evaluate((element) => {
    const option = document.getElementById(element.getAttribute("aria-activedescendant") ?? "")
    return option?.getAttribute("aria-selected") === "true" ? (option.textContent ?? "") : ""
  })

const isIn = (page: Page, title: string) => page.getByRole("heading", { level: 1, name: title, exact: true }).waitFor()

const focused = (page: Page): Promise<string> => page.evaluate(() => document.activeElement?.textContent ?? "")

test("Finding chats, people and messages", async (t) => {
  const server = await startSite(t)
  const page = await signUp(await browser.profile(t), server.url, "anna")
  const [berta, emile] = [await Person.signUp(t, server, "berta"), await Person.signUp(t, server, "emile")]
  await berta.isWith(GENERAL, "anna", "berta", "emile")
  const [anna] = berta.room.people
  assert.ok(anna !== undefined)
  await berta.chat.startGroup({ name: "Réunion d’été", people: [anna.name] })
  for (let number = 1; number <= MANY; number++)
    await berta.say(number === 7 ? "The Straße is wet" : `berta-${number}.`)
  await berta.until(() => berta.room.waiting === 0)
  await sees(page, `berta-${MANY}.`)
  const chats = page.getByRole("navigation", { name: "Chats" })
  await button(chats, "Réunion d’été").waitFor()

  await t.test("opens a chat by keyboard alone, from the box in which one writes", async () => {
    await composer(page).fill("half a sen")
    await page.keyboard.press("Control+k")
    await dialog(page, "Find").waitFor()
    assert.match(await active(page), /^General/)
    await page.keyboard.type("ete reu")
    assert.match(await active(page), /Réunion d’été/)
    assert.deepEqual(await options(page).locator("mark").allTextContents(), ["Réu", "été"])
    await page.keyboard.press("Enter")
    await isIn(page, "Réunion d’été")
    assert.equal(await page.getByRole("dialog").count(), 0)
    assert.equal(await composer(page).evaluate((box) => box === document.activeElement), true)
  })

  await t.test("moves by arrow keys around the list, and Esc goes back to where one was", async () => {
    await page.keyboard.press("Meta+k")
    const count = await options(page).count()
    await page.keyboard.press("ArrowUp")
    assert.match(await active(page), /Search messages/)
    await page.keyboard.press("ArrowDown")
    const first = await active(page)
    for (let step = 0; step < count; step++) await page.keyboard.press("ArrowDown")
    assert.equal(await active(page), first)
    await page.keyboard.press("Control+k")
    assert.equal(await page.getByRole("dialog").count(), 1)
    await page.keyboard.press("Escape")
    await dialog(page, "Find").waitFor({ state: "detached" })
    assert.equal(await composer(page).evaluate((box) => box === document.activeElement), true)
  })

  await t.test("starts a private chat with a person, which is a chat from then on", async () => {
    await button(page, "Find").click()
    await page.keyboard.type("eml")
    assert.match(await active(page), /^Eemile.*Start a private chat/)
    await page.keyboard.press("Enter")
    await isIn(page, "emile")
    await say(page, "just us")
    await emile.until(async () => emile.chat.rooms().length === 2)
    await page.keyboard.press("Control+k")
    await page.keyboard.type("emile")
    assert.deepEqual(
      (await options(page).allTextContents()).map((text) => /Private chat|Start|Search/.exec(text)?.[0]),
      ["Private chat", "Search"],
    )
    await page.keyboard.press("Escape")
  })

  await t.test("searches the messages, and leads to an old one far outside of what is in the page", async () => {
    await page.keyboard.press("Control+k")
    await page.keyboard.type("strasse wet")
    assert.match(await active(page), /Search messages for “strasse wet”/)
    await page.keyboard.press("Enter")
    await dialog(page, "Search messages").waitFor()
    assert.equal(await field(page).inputValue(), "strasse wet")
    await options(page).first().waitFor()
    assert.deepEqual(await options(page).locator("mark").allTextContents(), ["Straße", "wet"])
    assert.match(await active(page), /berta in General/)
    await page.keyboard.press("Enter")
    await isIn(page, "General")
    await message(page, "The Straße is wet").waitFor()
    await page.locator(".pointed-out", { hasText: "The Straße is wet" }).waitFor()
    assert.match(await focused(page), /^.*The Straße is wet/)
    assert.equal(await message(page, "The Straße is wet").evaluate(isInView), true)
    assert.match((await conversation(page).textContent()) ?? "", /berta-6\..*berta-8\./)
    assert.doesNotMatch((await conversation(page).textContent()) ?? "", new RegExp(`berta-${MANY}`))
    await page.locator(".pointed-out").waitFor({ state: "detached" })
  })

  await t.test("leads to a recent one from the newest lines, and stays there", async () => {
    await button(page, "Jump to newest").click()
    await sees(page, `berta-${MANY}.`)
    await page.keyboard.press("Control+k")
    await page.keyboard.type(`"berta-${MANY - 30}."`)
    await page.keyboard.press("Enter")
    await options(page).first().waitFor()
    await page.keyboard.press("Enter")
    const line = page.locator(".pointed-out", { hasText: `berta-${MANY - 30}.` })
    await line.waitFor()
    await berta.say("berta-new.")
    await page.getByRole("button", { name: "1 new" }).waitFor()
    assert.equal(await line.evaluate(isInView), true)
  })

  await t.test("shows more of what is older, says when there is nothing, and follows what is typed", async () => {
    await page.keyboard.press("Control+k")
    await page.keyboard.type("berta-")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await options(page)
      .filter({ hasText: `berta-${MANY}.` })
      .waitFor()
    assert.equal(await options(page).count(), 31)
    await page.keyboard.press("ArrowUp")
    assert.match(await active(page), /Show older messages/)
    await page.keyboard.press("Enter")
    await options(page)
      .filter({ hasText: `berta-${MANY - 29}.` })
      .waitFor()
    assert.match(await active(page), new RegExp(`berta-${MANY - 29}\\.`))
    assert.equal(await options(page).count(), 61)
    await field(page).fill("xylophone")
    await page.getByRole("status").filter({ hasText: "No message on this device has all of these words." }).waitFor()
    assert.equal(await options(page).count(), 0)
    await field(page).fill("")
    await page.getByText("Type words in any order").first().waitFor()
    await page.keyboard.press("Escape")
  })

  await t.test("finds what comes, and a message is where it was found also after a reload", async () => {
    await emile.say("a brand new pelican")
    await chats.getByText("emile: a brand new pelican").waitFor()
    await page.reload()
    await composer(page).waitFor()
    await page.keyboard.press("Control+k")
    await page.keyboard.type("pelican")
    await page.keyboard.press("Enter")
    await options(page).filter({ hasText: "pelican" }).click()
    await page.locator(".pointed-out", { hasText: "pelican" }).waitFor()
  })
})

/** Runs in the page. */
function isInView(element: Element): boolean {
  const place = element.getBoundingClientRect()
  const view = element.closest(".scroll")?.getBoundingClientRect()
  return view !== undefined && place.top >= view.top && place.bottom <= view.bottom
}

for (const colorScheme of ["light", "dark"] as const)
  test(`axe finds nothing wrong with finding, and it fits on every screen, ${colorScheme}`, async (t) => {
    const server = await startSite(t)
    const page = await signUp(await browser.profile(t, { colorScheme }), server.url, "anna")
    await Person.signUp(t, server, "berta")
    await page.getByText("berta joined").waitFor()
    await say(page, `The words to find are ${"very ".repeat(60)}long`)
    await sees(page, "words to find")
    const found: Record<string, string[]> = {}
    for (const width of [1280, 390, 320]) {
      await page.setViewportSize({ width, height: 800 })
      await page.keyboard.press("Control+k")
      found[`Find ${width}`] = await violationsIn(page)
      assert.equal(await overflow(page), 0, `Find fits ${width}`)
      await page.keyboard.type("be")
      found[`Find be ${width}`] = await violationsIn(page)
      await field(page).fill("words")
      await page.keyboard.press("Enter")
      await options(page).first().waitFor()
      found[`Search messages ${width}`] = await violationsIn(page)
      assert.equal(await overflow(page), 0, `Search messages fits ${width}`)
      await page.keyboard.press("Enter")
      await page.locator(".pointed-out").waitFor()
      found[`pointed out ${width}`] = await violationsIn(page)
    }
    for (const [screen, violations] of Object.entries(found)) assert.deepEqual(violations, [], screen)
  })
