/**
 * A menu that opens beside what it belongs to, and as a sheet at the bottom on a phone. Arrows move, Esc and a press elsewhere
 * close it, and focus goes back to where it was unless what was chosen has taken it.
 */
import { button, h } from "./dom.ts"
import { type IconName, icon } from "./icons.ts"

export interface MenuEntry {
  readonly label: string
  readonly sign: IconName
  readonly isDangerous?: boolean
  readonly act: () => void
}

/** Pixels between a menu and what it belongs to, and from the edges of the window. */
const GAP = 4
const EDGE = 8

const STEPS: Readonly<Record<string, (at: number, count: number) => number>> = {
  ArrowDown: (at, count) => (at + 1) % count,
  ArrowUp: (at, count) => (at + count - 1) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
}

/** Opens a menu with these entries, and `above` on top of them. */
export function openMenu(anchor: Element, label: string, entries: readonly MenuEntry[], above?: HTMLElement): void {
  const before = document.activeElement
  const items = entries.map(({ label: text, sign, isDangerous, act }) =>
    button(
      { class: isDangerous ? "danger" : undefined, role: "menuitem", tabindex: "-1" },
      () => {
        menu.hidePopover()
        act()
      },
      icon(sign),
      text,
    ),
  )
  const list = h("div", { role: "menu", "aria-label": label }, ...items)
  const menu = h("div", { class: "menu", popover: "auto" }, ...(above === undefined ? [] : [above]), list)
  list.addEventListener("keydown", (event) => {
    const step = STEPS[event.key]
    const at = items.findIndex((item) => item === document.activeElement)
    if (step === undefined || at === -1) return
    event.preventDefault()
    items[step(at, items.length)]?.focus()
  })
  above?.addEventListener("click", () => menu.hidePopover())
  menu.addEventListener("toggle", (event) => {
    if (!(event instanceof ToggleEvent) || event.newState !== "closed") return
    const hadFocus = menu.contains(document.activeElement) || document.activeElement === document.body
    menu.remove()
    if (hadFocus && before instanceof HTMLElement) before.focus({ preventScroll: true })
  })
  document.body.append(menu)
  menu.showPopover()
  place(menu, anchor.getBoundingClientRect())
  items[0]?.focus()
}

/** Below the anchor, or above it where there is no room; never out of the window. The sheet of a phone has its own place. */
function place(menu: HTMLElement, anchor: DOMRect): void {
  if (matchMedia("(width < 768px)").matches) return
  const { width, height } = menu.getBoundingClientRect()
  const below = anchor.bottom + GAP
  const top = below + height > innerHeight - EDGE ? Math.max(EDGE, anchor.top - GAP - height) : below
  const start = document.dir === "rtl" ? anchor.right - width : anchor.left
  menu.style.top = `${top}px`
  menu.style.left = `${Math.min(Math.max(EDGE, start), innerWidth - width - EDGE)}px`
}
