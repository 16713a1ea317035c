/**
 * The toolbar "Formatting": one stop of the Tab key, arrow keys go through its buttons. A button says whether its form is on
 * where one writes; one that can do nothing there stays where it is, and says so. Pressing a button leaves the text focused.
 */
import type { EditorView } from "prosemirror-view"
import { HIGHLIGHTS, INKS } from "../../core/rich-text.ts"
import { button, h } from "../dom.ts"
import { allows, attrsOf, hrefAt, setLink, setMark } from "./commands.ts"
import { linkForm } from "./link-form.ts"
import { palette } from "./palette.ts"
import { type Panel, panels } from "./panel.ts"
import { schema } from "./schema.ts"
import { keyWords, TOOLS, type Tool } from "./tools.ts"

const { colour, highlight, link } = schema.marks

export function toolbar(view: () => EditorView) {
  const buttons = new Map<Tool, HTMLButtonElement>()
  for (const tool of TOOLS.flat()) buttons.set(tool, toolButton(tool))
  const all = [...buttons.values()]
  const groups = TOOLS.map((tools) => h("div", { class: "group" }, ...tools.flatMap((tool) => buttons.get(tool) ?? [])))
  const bar = h("div", { class: "format", role: "toolbar", "aria-label": "Formatting" }, ...groups)
  const root = h("div", { class: "format-host" }, bar)
  const { toggle, close } = panels(root, () => view().focus())
  rove(0)

  bar.addEventListener("mousedown", (event) => event.preventDefault())
  bar.addEventListener("focusin", () => rove(focused()))
  bar.addEventListener("keydown", (event) => {
    const at = focused()
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    all.at(to % all.length)?.focus()
  })

  const focused = (): number => all.findIndex((each) => each.matches(":focus"))

  function rove(to: number): void {
    for (const [index, each] of all.entries()) each.tabIndex = index === to ? 0 : -1
  }

  function toolButton(tool: Tool): HTMLButtonElement {
    const { name, key, does, face } = tool
    const title = key === undefined ? name : `${name}, ${keyWords(key)}`
    const kind =
      "menu" in does ? { "aria-haspopup": does.menu === "link" ? "dialog" : "menu", "aria-expanded": "false" } : {}
    return button({ class: "tool", "aria-label": name, title, ...kind }, () => press(tool), face())
  }

  function press({ name, does }: Tool): void {
    if ("menu" in does) {
      open(name)
      return
    }
    close()
    does.run(view().state, view().dispatch)
    view().focus()
  }

  /** Opens what a button opens, by its name. */
  function open(name: string): void {
    for (const [tool, opener] of buttons)
      if (tool.name === name && "menu" in tool.does && isPossible(tool)) {
        const { menu } = tool.does
        toggle(opener, () => panelOf(menu, name))
      }
  }

  function panelOf(menu: "colour" | "highlight" | "link", name: string): Panel {
    const { state } = view()
    if (menu === "link") return linkForm(hrefAt(state), (href) => finish(setLink(href)))
    const [kind, mark, key] =
      menu === "colour" ? (["ink", colour, "ink"] as const) : (["mark", highlight, "mark"] as const)
    const colours: readonly string[] = menu === "colour" ? INKS : HIGHLIGHTS
    const current = attrsOf(state, mark)?.[key]
    return palette(name, kind, colours, typeof current === "string" ? current : undefined, (picked) =>
      finish(setMark(mark, picked === undefined ? undefined : { [key]: picked })),
    )
  }

  function finish(command: ReturnType<typeof setMark>): void {
    close()
    command(view().state, view().dispatch)
    view().focus()
  }

  function isPossible({ does }: Tool): boolean {
    const { state } = view()
    if (!("menu" in does)) return does.run(state)
    return allows(state, does.menu === "link" ? link : colour)
  }

  /** Brings the buttons to what is on where one writes. */
  function update(): void {
    for (const [tool, element] of buttons) {
      if ("isOn" in tool.does) element.setAttribute("aria-pressed", String(tool.does.isOn(view().state)))
      if (isPossible(tool)) element.removeAttribute("aria-disabled")
      else element.setAttribute("aria-disabled", "true")
    }
  }

  return { root, open, update }
}
