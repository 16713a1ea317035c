/** What people do with emoji in the browser, through accessible names. */
import type { Locator, Page } from "playwright-core"
import { button, composer } from "./people.ts"

export const picker = (page: Page): Locator => page.getByRole("dialog", { name: "Emoji", exact: true })
export const search = (page: Page): Locator => picker(page).getByRole("textbox", { name: "Search emoji" })
export const tab = (page: Page, name: string): Locator => picker(page).getByRole("tab", { name, exact: true })
export const cell = (page: Page, name: string): Locator =>
  picker(page).getByRole("gridcell", { name, exact: true }).filter({ visible: true }).first()
export const list = (page: Page): Locator => page.getByRole("listbox", { name: "Emoji" })

/** What has the focus: its role and its name. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement
    const roles: Record<string, string> = { textarea: "textbox", input: "textbox", select: "combobox" }
    const own = element?.localName ?? ""
    return `${element?.getAttribute("role") ?? roles[own] ?? own} ${element?.getAttribute("aria-label")}`
  })

export async function open(page: Page): Promise<void> {
  await button(page, "Emoji").click()
  await picker(page).waitFor()
}

/** The line of the list that screen readers hear of, by the name that the text box points at. */
export async function offered(page: Page): Promise<string> {
  await list(page).waitFor()
  return composer(page).evaluate(
    (box) => document.getElementById(box.getAttribute("aria-activedescendant") ?? "")?.textContent ?? "",
  )
}
