/**
 * Emoji, as much of them as every page loads: the button, and listeners that wait for the beginning of a shortcode. The
 * picker (emoji-picker.ts), the completion (emoji-completion.ts) and the table of all emoji come when they are first used.
 */
import type { Settings } from "../core/settings.ts"
import { openDialog } from "./dialog.ts"
import { button, h } from "./dom.ts"
import type { EmojiPort } from "./emoji-port.ts"
import { icon } from "./icons.ts"

export interface PickerWish {
  /** The picker opens beside this, on a screen that is wide enough. */
  readonly anchor: HTMLElement
  readonly settings: Settings
  /** Takes an emoji, with its skin tone. */
  readonly take: (emoji: string) => void
  /** Whether one emoji is all that is wanted; else Shift keeps the picker open for more. */
  readonly isOnce: boolean
}

/** Lets somebody choose one emoji; resolves to it, or to undefined when they chose none. */
export async function pickEmoji(anchor: HTMLElement, settings: Settings): Promise<string | undefined> {
  let picked: string | undefined
  const take = (emoji: string): void => {
    picked = emoji
  }
  await openEmoji({ anchor, settings, take, isOnce: true })
  return picked
}

/** The button beside a text box. What was chosen goes to the caret, and so does the focus; else it comes back here. */
export function emojiButton(port: EmojiPort, settings: Settings): HTMLButtonElement {
  const attributes = { class: "tool", "aria-label": "Emoji", title: "Emoji", "aria-haspopup": "dialog" }
  const root = button({ ...attributes, "aria-expanded": "false" }, () => void open(), icon("smile"))
  for (const before of ["pointerenter", "focus"])
    root.addEventListener(before, () => void loadPicker().catch(() => undefined), { once: true })

  async function open(): Promise<void> {
    if (root.getAttribute("aria-expanded") === "true") return
    let isTaken = false
    const take = (emoji: string): void => {
      isTaken = true
      port.replaceBeforeCaret(0, emoji)
    }
    root.setAttribute("aria-expanded", "true")
    await openEmoji({ anchor: root.closest<HTMLElement>(".composer") ?? root, settings, take, isOnce: false })
    root.setAttribute("aria-expanded", "false")
    const back = isTaken ? port.anchor : root
    back.focus()
  }
  return root
}

/** What may be the beginning of a shortcode, or a whole one: not the colon of 10:30, of a link, or of ":-)". */
const BEGINNING = /(?<![\p{L}\p{N}:]):(?:[a-z0-9+][a-z0-9_+-]+|[+-]1):?$/iu
const LONGEST = 60

/**
 * Offers emoji while somebody writes their shortcode. Gives the list, which belongs above the text box, and `update`, for
 * an editor in which text can change without the event "input".
 */
export function completeEmoji(port: EmojiPort, settings: Settings) {
  const root = h("div", { class: "suggestions" })
  let loaded: Promise<{ readonly update: () => void }> | undefined
  const update = (): void => {
    if (loaded === undefined && !BEGINNING.test(port.textBeforeCaret().slice(-LONGEST))) return
    loaded ??= import("./emoji-completion.ts").then(({ completion }) => completion(port, settings, root))
    loaded.then(
      (list) => list.update(),
      () => {
        loaded = undefined
      },
    )
  }
  port.anchor.addEventListener("input", update)
  return { root, update }
}

const loadPicker = () => import("./emoji-picker.ts")

async function openEmoji(wish: PickerWish): Promise<void> {
  const picker = await loadPicker().catch(() => undefined)
  await (picker === undefined
    ? openDialog("Emoji could not be loaded", () => [h("p", {}, NOT_LOADED)])
    : picker.openPicker(wish))
}

const NOT_LOADED = "What you wrote is kept. When the server can be reached again, reload this page and try once more."
