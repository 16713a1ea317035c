/** What emoji need of the place where one writes, so that they work in a plain box and in any other editor. */
import type { WritingBox } from "./writing-box.ts"

export interface EmojiPort {
  /** The text box itself: it has the focus while one writes, and gets the keys. */
  readonly anchor: HTMLElement
  /** The text from the beginning of its line, or from farther away, up to the caret. */
  readonly textBeforeCaret: () => string
  /** Puts text in the place of the `count` UTF-16 units before the caret, and of what is selected. */
  readonly replaceBeforeCaret: (count: number, text: string) => void
}

/** A box that one writes in. */
export const portOf = ({ root, textBeforeCaret, replaceBeforeCaret }: WritingBox): EmojiPort => ({
  ...{ anchor: root, textBeforeCaret, replaceBeforeCaret },
})
