import assert from "node:assert/strict"
import { test } from "node:test"
import type { Page } from "playwright-core"
import { browserForFile } from "../helpers/browser.ts"
import { Person } from "../helpers/core-people.ts"
import { button, reaches, row, say, sees, signUp, startSite } from "../helpers/people.ts"

const browser = browserForFile()

const settings = (page: Page) => page.getByRole("dialog", { name: "Settings", exact: true })

async function openSection(page: Page, name: string): Promise<void> {
  await button(page, "Settings").click()
  await button(settings(page), name).click()
}

/** Keeps what the page would have shown as notifications, and lets nobody look at it. */
function recordNotifications(): void {
  const told: string[] = []
  Object.assign(globalThis, {
    told,
    Notification: class extends EventTarget {
      static permission = "granted"
      static async requestPermission(): Promise<string> {
        return "granted"
      }
      constructor(title: string, { body }: { readonly body: string }) {
        super()
        told.push(`${title}: ${body}`)
      }
    },
  })
  document.hasFocus = () => false
}

const told = (page: Page): Promise<string[]> => page.evaluate("told")

test("Whoever looks elsewhere is told how much is new, and of what only if they want", async (t) => {
  const server = await startSite(t)
  const profile = await browser.profile(t)
  await profile.context.addInitScript(recordNotifications)
  const page = await signUp(profile, server.url, "anna")
  const berta = await Person.signUp(t, server, "berta")
  await page.getByText("berta joined, and can read from here on.").waitFor()
  const chat = await berta.chat.startPrivate(berta.room.people[0]?.name ?? berta.chat.account)

  await t.test("the title counts what is new, and the icon has a dot", async () => {
    await berta.say("berta-1.", chat)
    await row(page, "berta").getByText("1 unread").waitFor()
    await page.waitForFunction(() => document.title === "(1) SecureChat")
    assert.equal(await page.locator("link[rel=icon]").getAttribute("href"), "/icon-unread.svg")
    assert.deepEqual(await told(page), [], "nobody has asked for notifications")
  })

  await t.test("a notification says that there is something new, and not what", async () => {
    await openSection(page, "Notifications")
    await settings(page).getByLabel("Tell me of new messages").check()
    await page.keyboard.press("Escape")
    // What one says oneself, and waits before it is in the log, hides nothing that comes after it.
    await button(page, "berta").click()
    await say(page, "anna-1.")
    await reaches(page, "anna-1.", "Delivered")
    await button(page.getByRole("navigation", { name: "Chats" }), "General").click()
    await berta.say("berta-2.", chat)
    await row(page, "berta").getByText("2 unread").waitFor()
    assert.deepEqual(await told(page), ["SecureChat: A new message"])
  })

  await t.test("with the person's leave it says who wrote and what", async () => {
    await openSection(page, "Notifications")
    await settings(page).getByLabel("Show who wrote and what").check()
    await page.keyboard.press("Escape")
    await berta.say("berta-3.", chat)
    await row(page, "berta").getByText("3 unread").waitFor()
    assert.equal((await told(page)).at(-1), "berta in berta: berta-3.")
  })

  await t.test("a muted chat is not told of, and says so in the list", async () => {
    await button(page, "berta").click()
    await sees(page, "berta-3.")
    await button(page, "Details").click()
    await page.getByRole("complementary", { name: "Details" }).getByLabel("Mute this chat").check()
    await button(page.getByRole("navigation", { name: "Chats" }), "General").click()
    const before = (await told(page)).length
    await berta.say("berta-4.", chat)
    await row(page, "berta").getByText("berta: berta-4.").waitFor()
    assert.equal((await told(page)).length, before)
    await row(page, "berta").getByText("Muted").waitFor({ state: "attached" })
  })
})

test("A theme, more contrast and larger text are kept, and hold before anybody logs in", async (t) => {
  const server = await startSite(t)
  const profile = await browser.profile(t)
  const page = await signUp(profile, server.url, "anna")
  const look = () =>
    page.evaluate(() => {
      const { fontSize, backgroundColor } = getComputedStyle(document.body)
      return {
        ground: backgroundColor,
        size: Number.parseFloat(fontSize),
        contrast: document.documentElement.dataset["contrast"],
      }
    })
  const before = await look()
  await openSection(page, "Appearance")
  await settings(page).getByLabel("Dark", { exact: true }).check()
  await settings(page).getByLabel("High", { exact: true }).check()
  await settings(page).getByLabel("Largest", { exact: true }).check()
  const after = await look()
  assert.notEqual(after.ground, before.ground)
  assert.deepEqual([after.contrast, after.size / before.size], ["more", 1.5])
  await page.keyboard.press("Escape")
  await page.goto(`${server.url}/chat`)
  await button(page, "Settings").waitFor()
  assert.deepEqual(await look(), after)
  await button(page, "Log out").click()
  await button(page, "Log in").click()
  await page.waitForURL("**/home")
  assert.deepEqual(await look(), after)
})
