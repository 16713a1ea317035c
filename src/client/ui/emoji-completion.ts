/**
 * The list of emoji above the text box while one writes a shortcode. The focus stays in the box, which keeps its role
 * (people find it as the text box "Message") and points at the chosen line. Enter and Tab take that one, the arrows go on, Esc
 * closes until the next shortcode begins. While an input method composes, nothing opens and no key is taken. A shortcode
 * that is written out to its second colon becomes its emoji by itself.
 */
import type { Settings } from "../core/settings.ts"
import { h, isComposing, setText, show, spoken } from "./dom.ts"
import { EMOJI } from "./emoji-data.ts"
import type { EmojiPort } from "./emoji-port.ts"
import { searchIn, withCode } from "./emoji-search.ts"
import { type Emoji, nameOf, toned } from "./emoji-table.ts"

const MOST = 8
const LONGEST = 60
const BEGUN = /(?<![\p{L}\p{N}:]):([a-z0-9+][a-z0-9_+-]+|-1)$/iu
const WHOLE = /(?<![\p{L}\p{N}:]):([a-z0-9_+-]+):$/iu

const search = searchIn(EMOJI)
let lists = 0

/** Attaches the list to a text box; `root` is the place for it. */
export function completion(port: EmojiPort, settings: Settings, root: HTMLElement) {
  const { anchor } = port
  const id = `emoji-list-${lists++}`
  const list = h("div", { id, class: "emoji-list", role: "listbox", "aria-label": "Emoji" })
  const said = spoken("")
  let offered: readonly Emoji[] = []
  let written = ""
  let active = 0
  let composes = false
  let isRefused = false
  said.setAttribute("role", "status")
  root.append(list, said)
  anchor.setAttribute("aria-autocomplete", "list")
  close()

  /** Looks at what stands before the caret now. */
  function update(): void {
    const before = port.textBeforeCaret().slice(-LONGEST)
    const [, begun] = BEGUN.exec(before) ?? []
    if (begun === undefined) isRefused = false
    const [whole, code] = WHOLE.exec(before) ?? []
    const exact = code === undefined || composes ? undefined : withCode(EMOJI, code.toLowerCase())
    if (whole !== undefined && exact !== undefined) insert(exact, whole.length)
    else if (begun === undefined || composes || isRefused) close()
    else offer(begun)
  }

  function offer(begun: string): void {
    close()
    offered = search(begun, MOST)
    if (offered.length === 0) return
    written = begun
    list.replaceChildren(...offered.map(optionOf))
    show(list, true)
    setText(said, `${offered.length} emoji for :${begun}. The arrows choose, Enter takes one.`)
    anchor.setAttribute("aria-controls", id)
    setActive(0)
  }

  function optionOf(emoji: Emoji, index: number): HTMLElement {
    const { tone } = settings.emoji
    const sign = h("span", { class: "sign", "aria-hidden": "true" }, toned(emoji, tone))
    const name = h("span", { class: "clip" }, nameOf(emoji, tone))
    const option = h("div", { id: `${id}-${index}`, role: "option" }, sign, name, h("kbd", {}, `:${emoji.code}:`))
    option.addEventListener("click", () => take(index))
    return option
  }

  function setActive(index: number): void {
    active = index
    for (const [at, option] of [...list.children].entries()) option.setAttribute("aria-selected", String(at === index))
    list.children[index]?.scrollIntoView({ block: "nearest" })
    anchor.setAttribute("aria-activedescendant", `${id}-${index}`)
  }

  function take(index: number): void {
    const emoji = offered[index]
    if (emoji !== undefined) insert(emoji, written.length + 1)
  }

  function insert(emoji: Emoji, instead: number): void {
    close()
    port.replaceBeforeCaret(instead, toned(emoji, settings.emoji.tone))
    // An emoji that is not remembered is no reason to bother anybody.
    settings.usedEmoji(emoji.char).catch(() => undefined)
  }

  function close(): void {
    offered = []
    show(list, false)
    list.replaceChildren()
    setText(said, "")
    anchor.removeAttribute("aria-controls")
    anchor.removeAttribute("aria-activedescendant")
  }

  const KEYS: Readonly<Record<string, () => void>> = {
    ArrowDown: () => setActive((active + 1) % offered.length),
    ArrowUp: () => setActive((active + offered.length - 1) % offered.length),
    Enter: () => take(active),
    Tab: () => take(active),
    Escape: () => {
      isRefused = true
      close()
    },
  }
  /** Keys that move the caret away from what was offered for it. */
  const AWAY = ["ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"]

  // While the list is open its keys are its own: the text box, where Enter sends, must not hear of them.
  anchor.addEventListener(
    "keydown",
    (event) => {
      if (offered.length === 0 || isComposing(event)) return
      if (AWAY.includes(event.key)) close()
      if (event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return
      const act = KEYS[event.key]
      if (act === undefined) return
      event.preventDefault()
      event.stopImmediatePropagation()
      act()
    },
    { capture: true },
  )
  anchor.addEventListener("compositionstart", () => {
    composes = true
    close()
  })
  anchor.addEventListener("compositionend", () => {
    composes = false
    update()
  })
  anchor.addEventListener("blur", close)
  anchor.addEventListener("pointerdown", close)
  // A press on a line must not take the focus from the box: that would close the list before the click.
  list.addEventListener("pointerdown", (event) => event.preventDefault())
  list.addEventListener("mousedown", (event) => event.preventDefault())
  return { update }
}
