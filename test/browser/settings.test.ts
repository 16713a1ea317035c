import assert from "node:assert/strict"
import { test } from "node:test"
import type { Locator, Page } from "playwright-core"
import { resetCode } from "../helpers/admin.ts"
import { browserForFile } from "../helpers/browser.ts"
import { Person } from "../helpers/core-people.ts"
import {
  alert,
  answerLater,
  button,
  enter,
  field,
  inRoom,
  logOut,
  PASSWORD,
  reaches,
  say,
  sees,
  signUp,
  startSite,
} from "../helpers/people.ts"

const browser = browserForFile()

const NEXT = "eleven quiet geese on a pond"

const settings = (page: Page): Locator => page.getByRole("dialog", { name: "Settings", exact: true })
const codeDialog = (page: Page): Locator => page.getByRole("dialog", { name: "Recovery code" })

async function openSection(page: Page, name: string): Promise<void> {
  await button(page, "Settings").click()
  await button(settings(page), name).click()
}

/** The code that stands in the dialog. */
async function shownCode(page: Page): Promise<string> {
  await codeDialog(page).waitFor()
  const groups = codeDialog(page).getByRole("group", { name: "Your recovery code" }).locator("span")
  return (await groups.allTextContents()).join("-")
}

test("The list of devices marks this one, and ends another at once", async (t) => {
  const server = await startSite(t)
  const page = await signUp(await browser.profile(t), server.url, "anna")
  const other = await Person.logIn(t, server, "anna", { isSlow: true })
  await openSection(page, "Devices")
  const devices = settings(page).getByRole("list", { name: "Devices" }).getByRole("listitem")
  await devices.nth(1).waitFor()
  await devices.filter({ hasNotText: "Node" }).getByText("This browser").waitFor()
  await devices.getByRole("button", { name: "End this device: Node" }).click()
  await button(page.getByRole("dialog", { name: "End Node?" }), "Cancel").click()
  assert.equal(await devices.count(), 2)
  await devices.getByRole("button", { name: "End this device: Node" }).click()
  await button(page.getByRole("dialog", { name: "End Node?" }), "End this device").click()
  await devices.nth(1).waitFor({ state: "detached" })
  await other.until(() => other.chat.state.kind === "ended")
})

test("The password is changed, and a new recovery code opens the account when it is lost", async (t) => {
  const server = await startSite(t)
  const profile = await browser.profile(t)
  const page = await signUp(profile, server.url, "anna")
  await openSection(page, "Password")
  await field(page, "Current password").fill("not the right one")
  await field(page, "New password").fill(NEXT)
  await button(page, "Change password").click()
  await alert(page).getByText("That is not your password.").waitFor()
  await field(page, "Current password").fill(PASSWORD)
  await button(page, "Change password").click()
  await settings(page).getByText("Changed. Use the new one from now on.").waitFor()

  await field(page, "Password").fill(NEXT)
  await button(page, "Make a new recovery code").click()
  const code = await shownCode(page)
  assert.match(code, /^[0-9A-Z]{4,}(?:-[0-9A-Z]+)+$/)
  await answerLater(page)
  await page.keyboard.press("Escape")
  await logOut(page)

  await button(page, "I have lost my password").click()
  await field(page, "Username").fill("anna")
  await field(page, "Recovery code").fill(code.slice(0, -1))
  await field(page, "New password").fill(PASSWORD)
  await button(page, "Set the password").click()
  await alert(page).getByText("That code was copied wrongly.").waitFor()
  await field(page, "Recovery code").fill(code.toLowerCase())
  await button(page, "Set the password").click()
  await inRoom(page)
  await logOut(page)
  await enter(page, "Log in", "anna", PASSWORD)
  await inRoom(page)
})

test("With a reset code of the person who runs the server an account starts anew", async (t) => {
  const server = await startSite(t)
  const page = await signUp(await browser.profile(t), server.url, "anna")
  const berta = await Person.signUp(t, server, "berta")
  await logOut(page)
  const code = await resetCode(server.folder, "anna")
  await button(page, "I have lost my password").click()
  await page.getByText("I have lost the recovery code too").click()
  await field(page, "Username").fill("anna")
  await field(page, "Recovery code").fill(code)
  await field(page, "New password").fill(NEXT)
  await button(page, "Start anew with a reset code").click()
  await answerLater(page)
  await inRoom(page)
  await berta.until(async () => (await berta.items()).some(({ kind }) => kind === "key-changed"))
})

test("A browser that is forgotten holds nothing of the account, and is no device of it any more", async (t) => {
  const server = await startSite(t)
  const page = await signUp(await browser.profile(t), server.url, "anna")
  await openSection(page, "Forget this browser")
  await button(settings(page), "Forget all of it").click()
  const question = page.getByRole("dialog", { name: "Forget this browser?" })
  await question.getByText("What no other device of yours holds is gone, for ever.").waitFor()
  await button(question, "Forget").click()
  await page.waitForURL("**/home")
  const left = await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name))
  assert.deepEqual(
    left.filter((name) => name?.includes("anna")),
    [],
  )
  await enter(page, "Log in", "anna")
  await inRoom(page)
  await openSection(page, "Devices")
  await settings(page).getByText("This browser", { exact: true }).waitFor()
  assert.equal(await settings(page).getByRole("list", { name: "Devices" }).getByRole("listitem").count(), 1)
})

test("A new browser gets the history from another one, once the same code was seen on both", async (t) => {
  const server = await startSite(t)
  const page = await signUp(await browser.profile(t), server.url, "anna")
  await say(page, "before the new browser came")
  await reaches(page, "before the new browser came", "Sent")
  const other = await (await browser.profile(t)).open(`${server.url}/home`)
  await enter(other, "Log in", "anna")
  await inRoom(other)
  assert.equal(await other.getByText("before the new browser came").count(), 0)
  await openSection(other, "History")
  await button(settings(other), "Ask for the history").click()
  const shown = settings(other).getByRole("group", { name: "Code" })
  await shown.waitFor()
  await openSection(page, "History")
  const asked = settings(page).getByRole("list", { name: "Devices that ask" }).getByRole("listitem")
  assert.equal(await asked.getByRole("group", { name: "Code" }).textContent(), await shown.textContent())
  await button(page, "The codes match, send it").click()
  await settings(other)
    .getByText(/^Done: \d+ lines came\.$/)
    .waitFor()
  await other.keyboard.press("Escape")
  await sees(other, "before the new browser came")
})
