/**
 * What people do in the browser, through the accessible names that the interface promises (DESIGN section 10) and
 * nothing else. Whoever waits, waits for something to appear.
 */
import assert from "node:assert/strict"
import path from "node:path"
import type { Locator, Page } from "playwright-core"
import type { Profile } from "./browser.ts"
import { ROOT } from "./chromium.ts"
import { type LocalServer, startLocalServer } from "./core-people.ts"
import type { Owner } from "./temp.ts"

export const PASSWORD = "a row of nine tall poplars"

export const field = (page: Page, name: string): Locator => page.getByLabel(name, { exact: true })
export const button = (page: Page | Locator, name: string): Locator => page.getByRole("button", { name, exact: true })
export const composer = (page: Page): Locator => page.getByRole("textbox", { name: "Message", exact: true })
export const conversation = (page: Page): Locator => page.getByRole("log", { name: "Messages" })
export const chats = (page: Page): Locator => page.getByRole("navigation", { name: "Chats" })
/** The row of a chat in the list. */
export const row = (page: Page, name: string): Locator =>
  chats(page)
    .getByRole("listitem")
    .filter({ has: button(page, name) })
/** What scrolls: the conversation's lines. */
export const scroller = (page: Page): Locator => page.getByRole("region", { name: "Conversation" })
/** What the page complains about now. */
export const alert = (page: Page): Locator => page.getByRole("alert").filter({ hasText: /\S/, visible: true })

/** Starts the real server with the real pages in this process, where its scrypt is a quick one and its limits are far away. */
export const startSite = (owner: Owner): Promise<LocalServer> =>
  startLocalServer(owner, {}, { staticDir: path.join(ROOT, "static") })

/** Fills the sign-in page and presses one of its buttons. */
export async function enter(
  page: Page,
  action: "Sign up" | "Log in",
  name: string,
  password = PASSWORD,
): Promise<void> {
  await field(page, "Username").fill(name)
  await field(page, "Password").fill(password)
  await button(page, action).click()
}

/** Signs up, answers the recovery code with "Later", and waits for the general room. Gives the tab. */
export async function signUp(profile: Profile, url: string, name: string, password = PASSWORD): Promise<Page> {
  const page = await profile.open(`${url}/home`)
  await enter(page, "Sign up", name, password)
  await answerLater(page)
  await inRoom(page)
  return page
}

export async function answerLater(page: Page): Promise<void> {
  await button(page.getByRole("dialog", { name: "Recovery code" }), "Later").click()
}

/** Waits until this device is in the general room: the head of the conversation says then who can read it. */
export async function inRoom(page: Page): Promise<void> {
  await page.getByText(/^(?:Only you|\d+ people) can read this/).waitFor()
  await composer(page).waitFor()
}

/** Logs out and goes on to the sign-in page. */
export async function logOut(page: Page): Promise<void> {
  await button(page, "Log out").click()
  await button(page, "Log in").click()
  await page.waitForURL("**/home")
}

/** What is written and was not sent, in whichever box. */
export const written = (page: Page): Promise<string> =>
  composer(page).evaluate((box) => (box instanceof HTMLTextAreaElement ? box.value : (box.textContent ?? "")))

/** Goes over from the editor to the plain box, for good. */
export async function writePlainly(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Format", exact: true, pressed: true }).click()
  await page.getByRole("button", { name: "Format", exact: true, pressed: false }).waitFor()
}

/** Writes one message and sends it with Enter. */
export async function say(page: Page, text: string): Promise<void> {
  await composer(page).fill(text)
  await composer(page).press("Enter")
}

/** The message that holds a text. */
export const message = (page: Page, text: string): Locator =>
  conversation(page).locator("article, li").filter({ hasText: text }).last()

/** Waits until a text stands in the conversation. */
export async function sees(page: Page, text: string): Promise<void> {
  await message(page, text).waitFor()
}

/** What a message says of itself once it has come as far as this. */
const AS_FAR = { Sending: /Sending/, Sent: /Sent|Delivered|Read/, Delivered: /Delivered|Read/, Read: /Read/ }

/** Waits until a message of one's own has come as far as this. */
export async function reaches(page: Page, text: string, state: keyof typeof AS_FAR): Promise<void> {
  await message(page, text).filter({ hasText: AS_FAR[state] }).waitFor()
}

/** Numbered texts that stand in the conversation, in its order, each as often as it stands there: `anna-1.`, `berta-1.` */
export async function numbered(page: Page): Promise<string[]> {
  const text = (await conversation(page).textContent()) ?? ""
  return text.match(/\b[a-z]+-\d+\./g) ?? []
}

/** Waits until all tabs show these numbered texts, and holds them to the same order, each once. */
export async function assertSameConversation(pages: readonly Page[], expected: readonly string[]): Promise<void> {
  for (const page of pages) for (const text of expected) await sees(page, text)
  const [first, ...others] = await Promise.all(pages.map(numbered))
  assert.deepEqual([...(first ?? [])].sort(), [...expected].sort(), "each once, none else")
  for (const other of others) assert.deepEqual(other, first, "in the same order")
}
