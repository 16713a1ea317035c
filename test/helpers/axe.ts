/** What axe finds on a page, and what does not fit on it. */
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import type { AxeResults } from "axe-core"
import type { Page } from "playwright-core"

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** What axe finds wrong with a page as it stands, one line a rule and place. */
export async function violationsIn(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const results: Pick<AxeResults, "violations"> = await page.evaluate("axe.run({ resultTypes: ['violations'] })")
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

/** How much wider than the screen the page or an open dialog is, in pixels. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const places = [document.documentElement, ...document.querySelectorAll("dialog")]
    return Math.max(...places.map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth))
  })
