/**
 * A field with a list below it, of which one option is always the active one: arrow keys move it, Enter takes it, and the focus
 * stays in the field (ARIA's combobox with a listbox). What the list holds is for its dialog to say, whenever the field changes.
 */
import type { TextRange } from "../core/search-query.ts"
import { h, setText, show } from "./dom.ts"
import { icon } from "./icons.ts"

/** Key code of keys that an input method has taken, in browsers that don't say isComposing. */
const COMPOSING = 229

export interface FindOption {
  /** What is shown, and read out. */
  readonly content: readonly HTMLElement[]
  readonly choose: () => void
}

export interface FindGroup {
  /** "Chats"; none stands above a group without. */
  readonly title: string
  readonly options: readonly FindOption[]
}

let boxes = 0

/** `label` names field and list; `changed` is called with what stands in the field, whenever that changes. */
export function findBox(label: string, hint: string, changed: (text: string) => void) {
  const id = `find-${boxes++}`
  const field = h("input", {
    ...{ type: "text", role: "combobox", "aria-label": label, placeholder: hint, dir: "auto", autofocus: true },
    ...{ "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id, enterkeyhint: "go" },
    ...{ autocomplete: "off", autocapitalize: "none", spellcheck: "false" },
  })
  const list = h("div", { role: "listbox", id, "aria-label": label })
  const told = h("div", { class: "spoken", role: "status" })
  const note = h("p", { class: "find-note" })
  const hits = h("div", { class: "hits" }, note, list)
  const root = h("div", {}, h("div", { class: "find-field" }, icon("search"), field), hits, keys(), told)
  let options: { readonly option: FindOption; readonly element: HTMLElement }[] = []
  let active = 0

  /** Shows these groups; `at` is the option that becomes the active one. */
  function setGroups(groups: readonly FindGroup[], at = 0): void {
    options = []
    const shown = groups.filter((group) => group.options.length > 0)
    list.replaceChildren(...shown.map((group, index) => groupElement(group, `${id}-group-${index}`)))
    show(list, options.length > 0)
    field.setAttribute("aria-expanded", String(options.length > 0))
    activate(at)
    if (at === 0) hits.scrollTop = 0
  }

  function groupElement(group: FindGroup, titleId: string): HTMLElement {
    const elements = group.options.map(optionElement)
    if (group.title === "") return h("div", { role: "presentation" }, ...elements)
    const title = h("div", { class: "find-title", id: titleId, "aria-hidden": "true" }, group.title)
    return h("div", { role: "group", "aria-labelledby": titleId }, title, ...elements)
  }

  function optionElement(option: FindOption): HTMLElement {
    const element = h("div", { class: "hit", role: "option", id: `${id}-${options.length}` }, ...option.content)
    element.addEventListener("click", option.choose)
    options.push({ option, element })
    return element
  }

  function activate(index: number): void {
    active = Math.min(index, Math.max(0, options.length - 1))
    for (const [each, { element }] of options.entries()) element.setAttribute("aria-selected", String(each === active))
    const element = options[active]?.element
    if (element === undefined) field.removeAttribute("aria-activedescendant")
    else field.setAttribute("aria-activedescendant", element.id)
    element?.scrollIntoView({ block: "nearest", behavior: "instant" })
  }

  const move = (by: number): void => activate((active + by + options.length) % Math.max(1, options.length))
  const page = (by: number): void => activate(Math.max(0, Math.min(options.length - 1, active + by)))
  const KEYS: Readonly<Record<string, () => void>> = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    PageDown: () => page(PAGE),
    PageUp: () => page(-PAGE),
    Enter: () => options[active]?.option.choose(),
  }
  field.addEventListener("keydown", (event) => {
    const act = event.isComposing || event.keyCode === COMPOSING ? undefined : KEYS[event.key]
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    act()
  })
  field.addEventListener("input", () => changed(field.value))
  // A press on an option leaves the focus in the field.
  list.addEventListener("mousedown", (event) => event.preventDefault())

  /** A sentence in the place of the list, or above it; none when empty. */
  function setNote(text: string): void {
    setText(note, text)
    show(note, text !== "")
  }

  setNote("")
  return {
    ...{ root, setGroups, setNote },
    /** Tells those who only hear the page how many there are. */
    tell: (text: string) => setText(told, text),
    /** Puts something between field and list. */
    insert: (element: HTMLElement) => hits.before(element),
    get text(): string {
      return field.value
    },
    set text(text: string) {
      field.value = text
    },
  }
}

const PAGE = 8

const keys = (): HTMLElement =>
  h(
    "div",
    { class: "find-keys" },
    h("span", { "aria-hidden": "true" }, h("kbd", {}, "↑"), h("kbd", {}, "↓"), "move"),
    h("span", { "aria-hidden": "true" }, h("kbd", {}, "Enter"), "open"),
    h("span", { "aria-hidden": "true" }, h("kbd", {}, "Esc"), "close"),
    h("span", {}, "Searched on this device only"),
  )

/** A text with parts of it highlighted. */
export function marked(text: string, marks: readonly TextRange[]): (HTMLElement | string)[] {
  const parts: (HTMLElement | string)[] = []
  let at = 0
  for (const { from, to } of marks) {
    parts.push(text.slice(at, from), h("mark", {}, text.slice(from, to)))
    at = to
  }
  return [...parts, text.slice(at)]
}
