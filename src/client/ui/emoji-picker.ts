/**
 * The picker: search, groups, skin tone, and the emoji. A dialog, so that Esc closes it, the focus stays inside, and it ends
 * with the chat. On a wide screen it stands beside what it was opened from; on a narrow one it is a sheet.
 */
import { button, h, isComposing, setText, show, spoken } from "./dom.ts"
import type { PickerWish } from "./emoji.ts"
import { BY_CHAR, EMOJI } from "./emoji-data.ts"
import { emojiGrid, type Part } from "./emoji-grid.ts"
import { searchIn } from "./emoji-search.ts"
import { type Emoji, GROUPS, nameOf, toned } from "./emoji-table.ts"
import { emojiTabs } from "./emoji-tabs.ts"
import { toneChoice } from "./emoji-tone.ts"
import { icon } from "./icons.ts"

const FOUND_MAX = 160
/** Pixels between the picker and what it was opened from, or the edge of the screen. */
const GAP = 8
const RECENT = { id: "emoji-recent", title: "Recent", sign: "🕘" }

const search = searchIn(EMOJI)

/** Opens the picker; resolves when it is closed. */
export function openPicker({ anchor, settings, take, isOnce }: PickerWish): Promise<void> {
  let { tone } = settings.emoji
  const parts = partsWith(settings.emoji.recent)
  const field = h("input", {
    ...{ class: "input", type: "text", "aria-label": "Search emoji", placeholder: "Search emoji" },
    ...{ autocomplete: "off", spellcheck: "false", enterkeyhint: "done", dir: "auto" },
  })
  const grid = emojiGrid(() => tone, { pick, look, leave: () => field.focus(), reach: (id) => tabs.select(id) })
  const tabs = emojiTabs(
    parts.map(({ id, title, sign }) => ({ part: id, name: title, sign })),
    (id) => {
      field.value = ""
      find()
      grid.goTo(id)
    },
  )
  const tones = toneChoice(settings, (chosen) => {
    tone = chosen
    grid.renewTone()
  })
  const none = h("p", { class: "emoji-none" }, "No emoji is called that.")
  const found = spoken("")
  found.setAttribute("role", "status")
  const preview = previewOf(isOnce ? "" : "Shift keeps this open for more.")
  const dialog = h("dialog", { class: "emoji", "aria-label": "Emoji" })
  const shut = button({ class: "tool", "aria-label": "Close", title: "Close" }, () => dialog.close(), icon("close"))
  const top = h("div", { class: "emoji-top" }, field, tones, shut)
  dialog.append(h("div", { class: "emoji-all" }, top, tabs.root, none, grid.root, found, preview.root))

  function pick(emoji: Emoji, isMore: boolean): void {
    take(toned(emoji, tone))
    // An emoji that is not remembered is no reason to bother anybody.
    settings.usedEmoji(emoji.char).catch(() => undefined)
    if (isOnce || !isMore) dialog.close()
  }

  function look(emoji: Emoji): void {
    preview.set(emoji, tone)
  }

  /** Shows what is asked for, or everything. */
  function find(): void {
    const isAsked = field.value.trim() !== ""
    const emoji = isAsked ? search(field.value, FOUND_MAX) : []
    show(none, isAsked && emoji.length === 0)
    show(grid.root, !isAsked || emoji.length > 0)
    setText(found, isAsked ? `${emoji.length} found` : "")
    if (!isAsked) grid.show(parts)
    else grid.show(emoji.length === 0 ? [] : [{ id: "emoji-found", title: "Found", emoji, hasTab: false }])
  }

  field.addEventListener("input", find)
  field.addEventListener("keydown", (event) => {
    if (isComposing(event)) return
    if (event.key === "ArrowDown") {
      event.preventDefault()
      grid.focus()
    } else if (event.key === "Enter") {
      event.preventDefault()
      const [first] = search(field.value, 1)
      if (first !== undefined) pick(first, event.shiftKey)
    }
  })
  // The content covers the dialog, so only what lies behind it is the dialog itself.
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog) dialog.close()
  })

  return new Promise((resolve) => {
    const stop = new AbortController()
    dialog.addEventListener("close", () => {
      stop.abort()
      grid.close()
      dialog.remove()
      resolve()
    })
    document.body.append(dialog)
    dialog.showModal()
    find()
    const stand = (): void => standBeside(dialog, anchor)
    stand()
    addEventListener("resize", stand, { signal: stop.signal })
    visualViewport?.addEventListener("resize", stand, { signal: stop.signal })
    // A keyboard that comes up by itself would hide half of what one wants to choose from.
    if (matchMedia("(pointer: coarse)").matches) grid.focus()
    else field.focus()
  })
}

type TabbedPart = Part & { readonly sign: string }

/** All groups, after those used last. Of these, what this version does not have is left out. */
function partsWith(recent: readonly string[]): readonly TabbedPart[] {
  const used = recent.map((char) => BY_CHAR.get(char)).filter((emoji) => emoji !== undefined)
  const groups = GROUPS.map(({ name, sign }, group) => ({
    ...{ id: `emoji-group-${group}`, title: name, sign, hasTab: true },
    emoji: EMOJI.filter((emoji) => emoji.group === group),
  }))
  return used.length === 0 ? groups : [{ ...RECENT, emoji: used, hasTab: true }, ...groups]
}

/** What the emoji that is looked at is called, and how it is written. */
function previewOf(hint: string) {
  const big = h("span", { class: "big", "aria-hidden": "true" })
  const name = h("span", { class: "clip" }, hint)
  const code = h("kbd")
  const root = h("div", { class: "emoji-preview" }, big, name, code)
  const set = (emoji: Emoji, tone: number): void => {
    setText(big, toned(emoji, tone))
    setText(name, nameOf(emoji, tone))
    setText(code, `:${emoji.code}:`)
  }
  return { root, set }
}

/**
 * Above the anchor and along its end, or below where there is no room above; always whole on the screen. A sheet stands on
 * the keyboard of a phone, which covers the page without making it smaller.
 */
function standBeside(dialog: HTMLElement, anchor: HTMLElement): void {
  const { top, bottom, left, right } = anchor.getBoundingClientRect()
  const { offsetWidth: width, offsetHeight: height } = dialog
  const isRightToLeft = getComputedStyle(anchor).direction === "rtl"
  const x = Math.max(GAP, Math.min(isRightToLeft ? left : right - width, innerWidth - width - GAP))
  const above = top - height - GAP
  const below = bottom + GAP
  const y = above >= GAP ? above : Math.max(GAP, Math.min(below, innerHeight - height - GAP))
  dialog.style.setProperty("--x", `${x}px`)
  dialog.style.setProperty("--y", `${y}px`)
  const seen = visualViewport ?? { height: innerHeight, offsetTop: 0 }
  dialog.style.setProperty("--seen", `${seen.height}px`)
  dialog.style.setProperty("--keyboard", `${Math.max(0, innerHeight - seen.height - seen.offsetTop)}px`)
}
