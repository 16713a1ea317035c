import assert from "node:assert/strict"
import { test } from "node:test"
import type { Page } from "playwright-core"
import { browserForFile } from "../helpers/browser.ts"
import {
  alert,
  answerLater,
  assertSameConversation,
  composer,
  enter,
  inRoom,
  logOut,
  say,
  sees,
  signUp,
  writePlainly,
} from "../helpers/people.ts"
import { startServerProcess } from "../helpers/server-process.ts"

const browser = browserForFile()

/** Writes and sends faster than anybody types: all within one turn of the page. */
async function sayAtOnce(page: Page, texts: readonly string[]): Promise<void> {
  await writePlainly(page)
  await composer(page).evaluate((box, all) => {
    if (!(box instanceof HTMLTextAreaElement)) return
    for (const text of all) {
      box.value = text
      box.dispatchEvent(new InputEvent("input"))
      box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", cancelable: true }))
    }
  }, texts)
}

test("12 messages at once all arrive, in order, and a countdown says what the pause is", async (t) => {
  const server = await startServerProcess(t, { LIMIT_MESSAGES: "8, 0.5/s, pause 2s" })
  const anna = await signUp(await browser.profile(t), server.url, "anna")
  const berta = await signUp(await browser.profile(t), server.url, "berta")
  const countdown = anna.getByText(/\b\d+ s(?:econds?)?\b/).first()
  const shown = countdown.waitFor()
  const texts = Array.from({ length: 12 }, (_, index) => `anna-${index + 1}.`)
  await sayAtOnce(anna, texts)
  await shown
  await assertSameConversation([anna, berta], texts)
})

test("sign-up and log-in say what is wrong, each in its own words", async (t) => {
  const server = await startServerProcess(t)
  const page = await (await browser.profile(t)).open(`${server.url}/home`)
  const refused = async (action: "Sign up" | "Log in", name: string, password: string) => {
    await enter(page, action, name, password)
    await alert(page).first().waitFor()
    const text = (await alert(page).first().textContent()) ?? ""
    await page.reload()
    return text.trim()
  }
  const good = "a row of nine tall poplars"
  const badName = await refused("Sign up", "Anna Smith", good)
  const short = await refused("Sign up", "anna", "too short")
  const common = await refused("Sign up", "anna", "password1234")
  await enter(page, "Sign up", "anna", good)
  await answerLater(page)
  await inRoom(page)
  await logOut(page)
  const taken = await refused("Sign up", "anna", good)
  const wrong = await refused("Log in", "anna", `${good}!`)
  const nobody = await refused("Log in", "nobody-here", good)
  assert.equal(nobody, wrong, "a wrong password and an unknown name look alike")
  const texts = [badName, short, common, taken, wrong]
  assert.ok(texts.every((text) => text.length > 10))
  assert.equal(new Set(texts).size, texts.length, `each has its own words: ${texts.join(" | ")}`)
})

test("too many wrong passwords from a strange browser are slowed down, and the owner's browser is not", async (t) => {
  const server = await startServerProcess(t)
  const owner = await browser.profile(t)
  const anna = await signUp(owner, server.url, "anna")
  await logOut(anna)

  const stranger = await (await browser.profile(t)).open(`${server.url}/home`)
  const answers: string[] = []
  for (let tries = 1; tries <= 20 && !/Wait \d+ second/.test(answers.at(-1) ?? ""); tries++) {
    await enter(stranger, "Log in", "anna", `wrong password ${tries}`)
    answers.push((await alert(stranger).textContent()) ?? "")
  }
  assert.match(answers.at(-1) ?? "", /Wait \d+ second/, "the stranger has to wait")
  assert.ok(answers.length > 5, "the first tries cost nothing")

  await enter(anna, "Log in", "anna")
  await inRoom(anna)
})

test("a second tab offers to take over, and the first one says that it was", async (t) => {
  const server = await startServerProcess(t)
  const profile = await browser.profile(t)
  const first = await signUp(profile, server.url, "anna")
  await say(first, "anna-1.")
  const second = await profile.open(`${server.url}/chat`)
  await second.getByRole("button", { name: /here/i }).click()
  await inRoom(second)
  await sees(second, "anna-1.")
  await first.getByRole("button", { name: /here/i }).waitFor()
  await say(second, "anna-2.")
  await sees(second, "anna-2.")
  assert.equal(await composer(first).count(), 0, "one tab at a time")
})
