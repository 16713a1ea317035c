/** The tabs above the emoji: each leads to a part of them, and the one of the part that is seen is selected. */
import { button, h } from "./dom.ts"

export interface Tab {
  /** The id of the part's element. */
  readonly part: string
  readonly name: string
  readonly sign: string
}

export function emojiTabs(tabs: readonly Tab[], go: (part: string) => void) {
  const made = tabs.map(({ part, name, sign }) => {
    const attributes = { class: "tool", role: "tab", "aria-label": name, title: name, "aria-controls": part }
    return button(attributes, () => go(part), h("span", {}, sign))
  })
  const root = h("div", { class: "emoji-tabs", role: "tablist", "aria-label": "Groups" }, ...made)

  /** Shows which part is seen; none of these while something was searched. */
  function select(part: string | undefined): void {
    const selected = made.findIndex((tab) => tab.getAttribute("aria-controls") === part)
    made.forEach((tab, index) => {
      tab.setAttribute("aria-selected", String(index === selected))
      tab.tabIndex = index === Math.max(0, selected) ? 0 : -1
    })
  }

  const STEPS: Readonly<Record<string, (from: number) => number>> = {
    ArrowRight: (from) => from + (isRightToLeft() ? -1 : 1),
    ArrowLeft: (from) => from + (isRightToLeft() ? 1 : -1),
    Home: () => 0,
    End: () => -1,
  }
  const isRightToLeft = (): boolean => getComputedStyle(root).direction === "rtl"

  root.addEventListener("keydown", (event) => {
    const step = STEPS[event.key]
    if (step === undefined) return
    event.preventDefault()
    const to = made.at(step(made.findIndex((tab) => tab.tabIndex === 0)) % made.length)
    to?.click()
    to?.focus()
  })
  return { root, select }
}
