/** What emoji need of the place where one writes, so that they work in a plain box and in any other editor. */
export interface EmojiPort {
  /** The text box itself: it has the focus while one writes, and gets the keys. */
  readonly anchor: HTMLElement
  /** The text from the beginning of its line, or from farther away, up to the caret. */
  readonly textBeforeCaret: () => string
  /** Puts text in the place of the `count` UTF-16 units before the caret, and of what is selected. */
  readonly replaceBeforeCaret: (count: number, text: string) => void
}

/** A plain box. It hears of each change by its event "input", as it does when one writes. */
export function portOf(box: HTMLTextAreaElement): EmojiPort {
  return {
    anchor: box,
    textBeforeCaret: () => box.value.slice(0, box.selectionStart),
    replaceBeforeCaret: (count, text) => {
      box.setRangeText(text, Math.max(0, box.selectionStart - count), box.selectionEnd, "end")
      box.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText", data: text }))
    },
  }
}
