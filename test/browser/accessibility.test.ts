import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { after, before, test } from "node:test"
import type { AxeResults } from "axe-core"
import type { Page } from "playwright-core"
import { startBrowser, type TestBrowser } from "../helpers/browser.ts"
import { alert, answerLater, enter, inRoom, reaches, say } from "../helpers/people.ts"
import { startServerProcess } from "../helpers/server-process.ts"

let browser: TestBrowser
let axe: string
before(async () => {
  browser = await startBrowser()
  axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
})
after(() => browser.close())

/** What axe finds wrong with a page as it stands, one line a rule and place. */
async function violationsIn(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const results: Pick<AxeResults, "violations"> = await page.evaluate("axe.run({ resultTypes: ['violations'] })")
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

const SCREENS = [
  { colorScheme: "light", viewport: { width: 1280, height: 800 } },
  { colorScheme: "dark", viewport: { width: 390, height: 844 } },
] as const

for (const { colorScheme, viewport } of SCREENS)
  test(`axe finds nothing on any screen, ${colorScheme}, ${viewport.width} pixels wide`, async (t) => {
    const server = await startServerProcess(t)
    const page = await (await browser.profile(t, { colorScheme, viewport })).open(`${server.url}/home`)
    const found: Record<string, string[]> = {}
    found["sign-in"] = await violationsIn(page)
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
    await server.kill()
    await say(page, "anna-2. is anybody there?")
    await reaches(page, "anna-2.", "Sending")
    found["conversation without a connection"] = await violationsIn(page)
    for (const [screen, violations] of Object.entries(found)) assert.deepEqual(violations, [], screen)
  })
