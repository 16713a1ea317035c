/** How one writes in this browser. */
import type { Chat } from "../core/chat.ts"
import { toggle } from "./choices.ts"

export function writingSection({ settings }: Chat): readonly HTMLElement[] {
  return [
    toggle(
      "Enter sends",
      settings.enterSends,
      (enterSends) => void settings.change({ enterSends }),
      "Shift+Enter begins a new line then. Without it they change places; Ctrl+Enter sends in any case.",
    ),
    toggle(
      "Write with formatting",
      settings.formats ?? !matchMedia("(pointer: coarse)").matches,
      (formats) => void settings.change({ formats }),
      "Holds from the next chat that is opened. The button “Format” beside the box does the same.",
    ),
  ]
}
