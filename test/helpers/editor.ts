/** Writing in the editor of formatted text, and what stands in it. */
import assert from "node:assert/strict"
import type { Locator, Page } from "playwright-core"
import { button, composer } from "./people.ts"

export const toolbar = (page: Page): Locator => page.getByRole("toolbar", { name: "Formatting" })
export const tool = (page: Page, name: string): Locator => button(toolbar(page), name)

/** The elements that stand in the editor, without directions and the browser's own filling. */
export const elements = (page: Page): Promise<string> =>
  composer(page).evaluate((box) =>
    box.innerHTML
      .replace(/ (?:dir|title|target|rel)="[^"]*"/g, "")
      .replace(/<br class="ProseMirror-trailingBreak">|<img class="ProseMirror-separator"[^>]*>/g, ""),
  )

/** Writes into the empty editor, and holds it to these elements. */
export async function writes(page: Page, expected: string, how: () => Promise<void>): Promise<void> {
  await composer(page).fill("")
  await composer(page).focus()
  await how()
  assert.equal(await elements(page), expected)
}

/** Presses keys one after the other; what is no name of a key is typed. */
export async function keys(page: Page, ...all: readonly string[]): Promise<void> {
  for (const each of all)
    if (/^(?:Control|Shift|Alt)\+.|^(?:Enter|Tab|Escape|Backspace|Home|End|Arrow\w+)$/.test(each))
      await page.keyboard.press(each)
    else await page.keyboard.type(each)
}

/** Puts something on the clipboard as another program would, and pastes it. */
export async function paste(page: Page, data: Readonly<Record<string, string>>): Promise<void> {
  await composer(page).evaluate((box, items) => {
    const clipboardData = new DataTransfer()
    for (const [type, text] of Object.entries(items)) clipboardData.setData(type, text)
    box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }))
  }, data)
}
