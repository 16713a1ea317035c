import assert from "node:assert/strict"
import { test } from "node:test"
import { resetCode } from "../helpers/admin.ts"
import { overflow, violationsIn } from "../helpers/axe.ts"
import { browserForFile } from "../helpers/browser.ts"
import { core } from "../helpers/core.ts"
import { PASSWORD, Person } from "../helpers/core-people.ts"
import { alert, answerLater, button, enter, inRoom, reaches, say, startSite } from "../helpers/people.ts"

const browser = browserForFile()
const SCREENS = [
  { colorScheme: "light", viewport: { width: 1280, height: 800 } },
  { colorScheme: "dark", viewport: { width: 390, height: 844 } },
] as const

for (const { colorScheme, viewport } of SCREENS)
  test(`axe finds nothing on any screen, ${colorScheme}, ${viewport.width} pixels wide`, async (t) => {
    const server = await startSite(t)
    const page = await (await browser.profile(t, { colorScheme, viewport })).open(`${server.url}/home`)
    const found: Record<string, string[]> = {}
    found["sign-in"] = await violationsIn(page)
    await button(page, "I have lost my password").click()
    found["lost password"] = await violationsIn(page)
    await button(page, "Back").click()
    await enter(page, "Sign up", "anna", "short")
    await alert(page).first().waitFor()
    found["sign-in with an error"] = await violationsIn(page)
    await enter(page, "Sign up", "anna")
    await page.getByRole("dialog", { name: "Recovery code" }).waitFor()
    found["recovery code"] = await violationsIn(page)
    await answerLater(page)
    await inRoom(page)
    await say(page, "anna-1. good morning")
    await reaches(page, "anna-1.", "Sent")
    found["conversation"] = await violationsIn(page)
    const people = page.getByRole("navigation", { name: "Chats" })
    const berta = await Person.signUp(t, server, "berta")
    await page.getByText("berta joined, and can read from here on.").waitFor()
    if (viewport.width < 768) await page.goBack()
    found["chats"] = await violationsIn(page)
    await button(page, "Settings").click()
    for (const section of ["Devices", "Password", "Forget this browser"]) {
      await button(page.getByRole("dialog"), section).click()
      found[section] = await violationsIn(page)
      assert.equal(await overflow(page), 0, `${section} fits`)
      if (viewport.width < 768) await button(page, "Back to settings").click()
    }
    await page.keyboard.press("Escape")
    await button(page, "New chat").click()
    await page.getByRole("checkbox", { name: "berta", exact: true }).check()
    found["new chat"] = await violationsIn(page)
    await button(page, "Start").click()
    await page.getByText("Only you and berta can read this").waitFor()
    found["private chat"] = await violationsIn(page)
    await button(page, "Details").click()
    found["details"] = await violationsIn(page)
    await button(page, "Verify berta").click()
    await page.getByRole("dialog", { name: "Verify berta" }).waitFor()
    found["verify"] = await violationsIn(page)
    await page.setViewportSize({ width: 320, height: 640 })
    assert.equal(await overflow(page), 0, "the verification fits on the narrowest screen")
    await page.setViewportSize(viewport)
    await button(page, "They match").click()
    await button(page, "Verified: show the digits of berta").waitFor()
    found["verified"] = await violationsIn(page)
    await button(page, "Close details").click()
    const code = await resetCode(server.folder, "berta")
    await core.resetAccount(berta.platform, { name: "berta", code, password: PASSWORD })
    await berta.open()
    await page.getByRole("region", { name: "berta has a new key." }).waitFor()
    found["changed key"] = await violationsIn(page)
    if (viewport.width < 768) await page.goBack()
    await button(people, "General").click()
    await server.close()
    await say(page, "anna-2. is anybody there?")
    await reaches(page, "anna-2.", "Sending")
    found["conversation without a connection"] = await violationsIn(page)
    for (const [screen, violations] of Object.entries(found)) assert.deepEqual(violations, [], screen)
  })
