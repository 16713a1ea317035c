/** The plain box: a field that grows with its text. */
import { NOTHING_WRITTEN, type Written } from "../core/rich-text.ts"
import { h, isComposing } from "./dom.ts"
import type { WritingBox, WritingEvents } from "./writing-box.ts"

export function plainBox(events: WritingEvents): WritingBox {
  const box = h("textarea", {
    ...{ class: "box", rows: 1, "aria-label": "Message", dir: "auto" },
    ...{ enterkeyhint: "send", autocomplete: "off" },
  })
  /** What was put here: as long as nobody changes its words, it keeps its form. */
  let given = NOTHING_WRITTEN
  box.addEventListener("input", () => {
    fit()
    events.changed()
  })
  box.addEventListener("blur", events.left)
  box.addEventListener("keydown", (event) => {
    if (!isComposing(event) && events.key(event)) event.preventDefault()
  })

  /** What is not in the page has no size. */
  function fit(): void {
    box.style.blockSize = "auto"
    box.style.blockSize = `${box.scrollHeight}px`
  }

  function write(written: Written, caret = written.text.length): void {
    given = written
    box.value = written.text
    box.setSelectionRange(caret, caret)
    fit()
  }

  function replaceBeforeCaret(count: number, text: string): void {
    box.setRangeText(text, Math.max(0, box.selectionStart - count), box.selectionEnd, "end")
    box.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText", data: text }))
  }

  return {
    ...{ root: box, tools: [], write, fit, replaceBeforeCaret },
    textBeforeCaret: () => box.value.slice(0, box.selectionStart),
    read: () => (box.value === given.text ? given : { text: box.value, doc: undefined }),
    isEmpty: () => box.value.trim() === "",
    fits: () => true,
    caret: () => box.selectionStart,
    setPlaceholder: (text) => box.setAttribute("placeholder", text),
    focus: () => box.focus(),
  }
}
