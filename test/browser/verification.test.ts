import assert from "node:assert/strict"
import { test } from "node:test"
import type { Locator, Page } from "playwright-core"
import { resetCode } from "../helpers/admin.ts"
import { browserForFile } from "../helpers/browser.ts"
import { core } from "../helpers/core.ts"
import { PASSWORD, Person } from "../helpers/core-people.ts"
import { button, composer, conversation, reaches, say, sees, signUp, startSite } from "../helpers/people.ts"

const browser = browserForFile()

const details = (page: Page): Locator => page.getByRole("complementary", { name: "Details" })
const dialog = (page: Page): Locator => page.getByRole("dialog", { name: "Verify berta", exact: true })
const members = (page: Page): Locator => details(page).getByRole("list", { name: "Members" }).getByRole("listitem")

function annasName(berta: Person) {
  const chat = berta.chat.rooms().find(({ peer }) => peer === "anna")
  if (chat?.peer === undefined) throw new Error("no chat with anna")
  return chat.peer
}

/** Writes in the private chat with berta, and waits until she has it. */
async function writeToBerta(page: Page, berta: Person, text: string): Promise<void> {
  await button(page, "Write to berta").click()
  await page.getByText("Only you and berta can read this").waitFor()
  await say(page, text)
  await berta.until(async () => {
    const chat = berta.chat.rooms().find(({ kind }) => kind === "private")
    return chat !== undefined && (await berta.texts(chat.id)).includes(text)
  })
}

test("Both people see the same 60 digits, and a mark once one of them has said so", async (t) => {
  const server = await startSite(t)
  const page = await signUp(await browser.profile(t), server.url, "anna")
  const berta = await Person.signUp(t, server, "berta")
  await writeToBerta(page, berta, "anna-1.")
  await button(page, "Details").click()
  await button(details(page), "Verify berta").click()
  const digits = dialog(page).getByRole("group", { name: "Safety number" })
  const own = await berta.chat.verification(annasName(berta))
  assert.equal((await digits.textContent())?.trim(), own.digits.join(" "))
  assert.match(own.digits.join(" "), /^(?:\d{5} ){11}\d{5}$/)
  await dialog(page)
    .getByRole("img", { name: /QR code/ })
    .waitFor()
  await page.keyboard.press("Escape")
  const mark = members(page).filter({ hasText: "berta" }).getByText("Verified")
  assert.equal(await mark.isVisible(), false)
  await button(details(page), "Verify berta").click()
  await button(dialog(page), "They match").click()
  await mark.waitFor()
  await page.reload()
  await button(page, "Details").click()
  await mark.waitFor()
})

test("A changed key holds what is written, says why, and asks for the person's word", async (t) => {
  const server = await startSite(t)
  const page = await signUp(await browser.profile(t), server.url, "anna")
  const berta = await Person.signUp(t, server, "berta")
  await writeToBerta(page, berta, "anna-1.")

  const code = await resetCode(server.folder, "berta")
  const fresh = Person.at(t, server, "berta")
  await core.resetAccount(fresh.platform, { name: "berta", code, password: PASSWORD })
  await fresh.open()
  await fresh.joined()

  const banner = page.getByRole("region", { name: "berta has a new key." })
  await banner.getByText("Either berta started anew on SecureChat, or somebody pretends to be berta.").waitFor()
  await say(page, "anna-2. is it you?")
  await banner.getByText("1 message waits.").waitFor()
  await reaches(page, "anna-2.", "Sending")
  await button(banner, "Verify berta").click()
  await dialog(page).waitFor()
  await page.keyboard.press("Escape")
  await button(banner, "Accept the new key").click()

  await button(page, "Open the new chat").click()
  await page.getByRole("heading", { level: 1, name: "berta", exact: true }).waitFor()
  await page.getByText("Only you and berta can read this").waitFor()
  assert.equal(await conversation(page).getByText("anna-1.").count(), 0)
  await say(page, "anna-3. hello again")
  await fresh.until(async () => {
    const chat = fresh.chat.rooms().find(({ kind }) => kind === "private")
    return chat !== undefined && (await fresh.texts(chat.id)).includes("anna-3. hello again")
  })
  await button(page.getByRole("navigation", { name: "Chats" }), "berta, old key").click()
  await sees(page, "anna-1.")
  await composer(page).waitFor()
})
