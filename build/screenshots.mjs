/**
 * `npm run screenshots`: pictures of the real pages, in both themes and both widths, in docs/. Three people sign up on a
 * server of their own and talk; nothing is drawn. The README shows docs/picture-light.png.
 */

import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import os from "node:os"
import path from "node:path"
import { createInterface } from "node:readline"
import chromium from "@sparticuz/chromium"
import { chromium as playwright } from "playwright-core"
import { buildAll, isStale } from "./build.mjs"

const WORDS = [
  ["emre", "The printer is back, paper is in the hall"],
  ["maya", "Thank you! Is the poster still due on Friday?"],
  ["emre", "Yes, Friday noon."],
  ["nour", "صورة رائعة! هل يمكننا استخدامها على الملصق؟"],
  ["emre", "I measured the tank again. It loses 2.4 mm a day, so the pump has to run twice."],
  ["maya", "Good. I can print it at the library tomorrow."],
  ["maya", "Who brings the tape?"],
  ["nour", "I do"],
]
const PICTURES = [
  { name: "picture-light", colorScheme: "light", viewport: { width: 1280, height: 800 } },
  { name: "picture-dark", colorScheme: "dark", viewport: { width: 1280, height: 800 } },
  { name: "picture-phone-light", colorScheme: "light", viewport: { width: 390, height: 844 } },
  { name: "picture-phone-dark", colorScheme: "dark", viewport: { width: 390, height: 844 } },
]

const folder = await mkdtemp(path.join(os.tmpdir(), "securechat-pictures-"))
if (await isStale()) await buildAll()
const settings = { PORT: "0", DATA_DIR: `${folder}/data`, LOG_DIR: `${folder}/logs`, CERT_DIR: `${folder}/certs` }
const server = spawn(process.execPath, ["dist/server.js"], { env: { ...process.env, ...settings } })
const address = await firstAddress()
const executablePath = process.env.CHROME_PATH ?? (await chromium.executablePath())
const browser = await playwright.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] })

const pages = new Map()
for (const name of ["emre", "nour", "maya"]) pages.set(name, await signUp(name))
for (const [name, text] of WORDS) {
  await pages.get(name).getByRole("textbox", { name: "Message" }).fill(text)
  await pages.get(name).keyboard.press("Enter")
  for (const page of pages.values()) await page.getByRole("log").getByText(text).waitFor()
}
const maya = pages.get("maya")
await maya.getByRole("log").getByText("Delivered").last().waitFor({ state: "attached" })
for (const { name, colorScheme, viewport } of PICTURES) {
  await maya.emulateMedia({ colorScheme })
  await maya.setViewportSize(viewport)
  await maya.getByRole("log").getByText("I do").scrollIntoViewIfNeeded()
  await maya.screenshot({ path: `docs/${name}.png` })
}
await browser.close()
server.kill("SIGTERM")
await once(server, "exit")
await rm(folder, { recursive: true })

async function firstAddress() {
  for await (const line of createInterface(server.stdout)) {
    const found = /^Open (https:\/\/localhost:\d+)/.exec(line)
    if (found !== null) return found[1]
  }
  throw new Error("the server did not start")
}

async function signUp(name) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  const page = await context.newPage()
  await page.goto(address)
  await page.getByLabel("Username").fill(name)
  await page.getByLabel("Password", { exact: true }).fill("river stone lantern")
  await page.getByRole("button", { name: "Sign up" }).click()
  await page.getByRole("button", { name: "Later" }).click()
  await page.getByRole("log").getByText("You joined here").waitFor()
  return page
}
