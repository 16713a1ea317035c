/**
 * Which box one writes in. The plain box is there at once; the editor is a bundle of its own, loaded when it is wanted: as
 * this person said with the switch "Format", and unless they have said anything, on every screen that is not for fingers.
 * When it is there it takes the plain box's place with all that was written, the caret and the focus, but never while an
 * input method composes. Without a connection to load it from, the plain box stays.
 */
import type { Chat } from "../core/chat.ts"
import { button, h } from "./dom.ts"
import { completeEmoji, emojiButton } from "./emoji.ts"
import { portOf } from "./emoji-port.ts"
import { icon } from "./icons.ts"
import { plainBox } from "./plain-box.ts"
import type { WritingBox, WritingEvents } from "./writing-box.ts"

export function writing(chat: Chat, told: WritingEvents, failed: () => void) {
  const events = { ...told, changed: () => wrote() }
  const plain = plainBox(events)
  const format = button(
    { class: "tool", "aria-label": "Format", title: "Format", "aria-pressed": "false" },
    () => void choose(),
    icon("format"),
  )
  const place = h("div", { class: "box-place" }, plain.root)
  const tools = h("div", { class: "format-place" })
  let box = plain
  /** Each box completes what is written in it. */
  const completions = new Map<WritingBox, ReturnType<typeof completeEmoji>>()
  const suggestions = h("div")
  const emoji = emojiButton(
    {
      get anchor() {
        return box.root
      },
      textBeforeCaret: () => box.textBeforeCaret(),
      replaceBeforeCaret: (count, text) => box.replaceBeforeCaret(count, text),
    },
    chat.settings,
  )
  let editor: WritingBox | undefined
  let placeholder = ""
  let isComposing = false
  place.addEventListener("compositionstart", () => {
    isComposing = true
  })
  place.addEventListener("compositionend", () => {
    isComposing = false
    // The browser's own word for what was composed comes after this event.
    setTimeout(settleLater, 0)
  })

  const wantsEditor = (): boolean => chat.settings.formats ?? !matchMedia("(pointer: coarse)").matches

  function completion() {
    const made = completions.get(box) ?? completeEmoji(portOf(box), chat.settings)
    completions.set(box, made)
    return made
  }

  function wrote(): void {
    completion().update()
    told.changed()
  }

  /** Brings in the box that is wanted. */
  async function settle(): Promise<void> {
    if (wantsEditor() && editor === undefined) {
      const { editor: make } = await import("./editor/index.ts")
      editor ??= make(events)
    }
    const wanted = wantsEditor() && editor !== undefined ? editor : plain
    if (wanted !== box && !isComposing) swap(wanted)
  }

  function swap(next: WritingBox): void {
    next.setPlaceholder(placeholder)
    const hasFocus = place.contains(document.activeElement)
    next.write(box.read(), box.caret())
    box = next
    place.replaceChildren(next.root)
    tools.replaceChildren(...next.tools)
    suggestions.replaceChildren(completion().root)
    format.setAttribute("aria-pressed", String(next !== plain))
    next.fit()
    if (hasFocus) next.focus()
  }

  async function choose(): Promise<void> {
    try {
      await chat.settings.change({ formats: box === plain })
      await settle()
      box.focus()
    } catch {
      failed()
    }
  }

  /** After the boxes were put into the page, and each time they are again. */
  function enter(): void {
    box.fit()
    settleLater()
  }

  /** What can't be loaded now is loaded when the room is opened again. */
  function settleLater(): void {
    settle().catch(() => undefined)
  }

  suggestions.replaceChildren(completion().root)
  return {
    ...{ place, above: [suggestions, tools], beside: [emoji, format], enter },
    box: (): WritingBox => box,
    setPlaceholder: (text: string): void => {
      placeholder = text
      box.setPlaceholder(text)
    },
  }
}
