/** A place where one writes: the plain box and the editor are two of them, and the composer cares for no difference. */
import { paragraphsOf, type Written } from "../core/rich-text.ts"

export interface WritingBox {
  /** The textbox named Message. */
  readonly root: HTMLElement
  /** What stands above the box. */
  readonly tools: readonly HTMLElement[]
  read(): Written
  /** Puts this in place of what is there. The caret goes to its end, or behind so many characters of unformatted text. */
  write(written: Written, caret?: number): void
  isEmpty(): boolean
  /** Whether a message can hold its form. */
  fits(): boolean
  /** Where the caret stands, in characters of the text, in case that is known. */
  caret(): number | undefined
  /** The text from the beginning of its line, or from farther away, up to the caret. */
  textBeforeCaret(): string
  /** Puts text in the place of the `count` UTF-16 units before the caret, and of what is selected. */
  replaceBeforeCaret(count: number, text: string): void
  setPlaceholder(text: string): void
  focus(): void
  /** Fits the box to its text after it was put into the page. */
  fit(): void
}

export interface WritingEvents {
  /** Something was written or taken away by hand. */
  readonly changed: () => void
  /** A key was pressed, not by an input method; true when it was the composer's and means nothing to the box. */
  readonly key: (event: KeyboardEvent) => boolean
  /** The box was left. */
  readonly left: () => void
}

/** What was written before, and what was written after it. */
export function joined(before: Written, after: Written): Written {
  if (after.text === "") return before
  const text = before.text + after.text
  if (before.doc === undefined && after.doc === undefined) return { text, doc: undefined }
  const [first, ...rest] = (before.doc ?? paragraphsOf(before.text)).content
  const more = (after.doc ?? paragraphsOf(after.text)).content
  return { text, doc: { type: "doc", content: [first, ...rest, ...more] } }
}
