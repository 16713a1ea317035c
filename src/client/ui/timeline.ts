/**
 * The conversation as it is seen: a window of lines (lines.ts) that slides when one scrolls near its ends. What is being read
 * stays where it is, whatever comes above or below it. Only whoever is at the bottom follows new lines, also when the place
 * for them shrinks; everybody else gets a button that says how many came. `seen` is called when those come into view.
 */
import type { Chat } from "../core/chat.ts"
import type { Item, RoomId, TextItem } from "../core/types.ts"
import { blocksOf, reconcile } from "./blocks.ts"
import { button, h, setText, show } from "./dom.ts"
import { icon } from "./icons.ts"
import { type End, keyOf, Lines } from "./lines.ts"
import type { MessageActions } from "./message.ts"

const SIZES = { page: 100, most: 400 }
/** Pixels from an end: closer to the newest line one is at the bottom, closer to the window's ends more lines are read. */
const AT_BOTTOM = 80
const READ_WITHIN = 320

export function timeline(
  chat: Chat,
  room: RoomId,
  empty: HTMLElement,
  seen: () => void,
  react: MessageActions["react"],
) {
  const log = h("div", { class: "log", role: "log", "aria-label": "Messages" })
  const scroller = h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "Conversation" },
    empty,
    log,
  )
  const unseenText = h("span", {}, "Jump to newest")
  const jump = button({ class: "jump button" }, () => void toNewest(), icon("down"), unseenText)
  const root = h("div", { class: "timeline" }, scroller, jump)
  const actions = {
    retry: (id: TextItem["id"]) => void chat.retry(room, id),
    discard: (id: TextItem["id"]) => void chat.discard(room, id),
    ...{ react, goTo },
  }
  const lines = new Lines((page) => chat.messages(room, page), SIZES)
  /** Whether new lines push the view on. */
  let follows = true
  /** Where the view stood when that was last looked at. */
  let lastTop = 0
  /** Whether the end of what is drawn is the conversation's. */
  let endsNewest = true
  /** False while lines that came together wait to be drawn together. */
  let isDrawn = true
  let unseen = 0
  /** What stood where when the timeline was taken out of the page. */
  let left: { readonly line: Element; readonly top: number } | undefined
  show(jump, false)
  show(empty, false)

  /** Shows the newest lines and goes there. */
  async function toNewest(): Promise<void> {
    if (!lines.has("newest")) await unlessGone(lines.toNewest())
    await arrive()
  }

  /** Reads the newest lines again: older ones have come between them. */
  async function renew(): Promise<void> {
    await unlessGone(lines.toNewest())
    await arrive()
  }

  async function arrive(): Promise<void> {
    follows = true
    draw("off")
    await fill()
  }

  /** Takes a new or changed line. */
  function take(item: Item, was: string | undefined): void {
    look()
    const taken = lines.take(item, was, follows ? "newest" : "oldest")
    if (taken !== "changed" && !follows && item.kind === "text" && !item.mine) unseen += 1
    if (isDrawn) queueMicrotask(() => draw("polite"))
    isDrawn = false
  }

  function remove(position: string): void {
    look()
    lines.remove(position)
    draw("off")
  }

  /** Reads on, as long as the view is near an end of the window that is not the conversation's. */
  async function fill(): Promise<void> {
    for (let end = wanted(); end !== undefined; end = wanted()) {
      if ((await unlessGone(lines.slide(end))) !== true) return
      look()
      draw("off")
    }
  }

  function wanted(): End | undefined {
    if (scroller.clientHeight === 0) return undefined
    const isNearTop = scroller.scrollTop < READ_WITHIN
    const isNearEnd = fromBottom() < READ_WITHIN
    // A screen that is taller than the whole window needs no more.
    if (isNearTop && isNearEnd && lines.isFull) return undefined
    if (isNearTop && !lines.has("oldest")) return "oldest"
    return isNearEnd && !lines.has("newest") ? "newest" : undefined
  }

  /** A read that fails because the chat was closed meanwhile, and the page with it, concerns nobody. */
  async function unlessGone<T>(read: Promise<T>): Promise<T | undefined> {
    return read.catch((error: unknown) => {
      if (root.isConnected) throw error
      return undefined
    })
  }

  const fromBottom = (): number => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight

  /**
   * Finds out whether the person has left the bottom or come back. Only a view that moved up was moved by a person: when
   * the place shrinks, the bottom moves away from a view that stands still.
   */
  function look(): void {
    if (scroller.clientHeight === 0) {
      lastTop = 0
      return
    }
    const isAtBottom = fromBottom() < AT_BOTTOM
    if (isAtBottom) follows = endsNewest
    else if (scroller.scrollTop < lastTop) follows = false
    lastTop = scroller.scrollTop
    if (follows && unseen > 0) seen()
    if (follows) unseen = 0
    show(jump, !follows)
    setText(unseenText, unseen === 0 ? "Jump to newest" : `${unseen} new`)
  }

  /** Brings the lines into the page. `live`: whether a screen reader should say what comes. */
  function draw(live: "polite" | "off"): void {
    isDrawn = true
    const anchor = follows ? undefined : firstInView()
    const stood = anchor?.getBoundingClientRect().top ?? 0
    log.setAttribute("aria-live", live)
    reconcile(log, blocksOf(lines.items, actions))
    endsNewest = lines.has("newest") || lines.items.length === 0
    show(empty, lines.has("oldest") && lines.has("newest") && !lines.items.some(({ kind }) => kind === "text"))
    if (anchor?.isConnected === true) scroller.scrollTop += anchor.getBoundingClientRect().top - stood
    stay()
  }

  function stay(): void {
    if (follows) scroller.scrollTop = scroller.scrollHeight
    lastTop = scroller.scrollTop
    look()
  }

  /** The first line that is seen: what stands still when others come and go. */
  function firstInView(): Element | undefined {
    const { top } = scroller.getBoundingClientRect()
    const all = [...log.children].filter((line) => !line.classList.contains("day"))
    return all.find((line) => line.getBoundingClientRect().bottom > top)
  }

  /** Before the timeline is taken out of the page: a browser forgets how far it was scrolled. */
  function leave(): void {
    look()
    const line = follows ? undefined : firstInView()
    left = line && { line, top: line.getBoundingClientRect().top - scroller.getBoundingClientRect().top }
  }

  /** When the timeline is back in the page: what was read stands where it stood. */
  function enter(): void {
    if (left?.line.isConnected === true) {
      const { top } = scroller.getBoundingClientRect()
      scroller.scrollTop += left.line.getBoundingClientRect().top - top - left.top
    }
    left = undefined
    stay()
  }

  /** The message that an element of the log shows. */
  function itemOf(element: Element): TextItem | undefined {
    const key = element.getAttribute("data-key")
    return lines.items.find((item): item is TextItem => item.kind === "text" && keyOf(item) === key)
  }

  /** The last message of one's own that can be changed. */
  const lastOwn = (): TextItem | undefined =>
    lines.items.findLast(
      (item): item is TextItem =>
        item.kind === "text" && item.mine && !item.isDeleted && !item.position.startsWith("~"),
    )

  /** Shows the message at a position, if it is here. */
  function goTo(position: string): void {
    const item = lines.items.find((each) => each.position === position)
    const all = item === undefined ? [] : [...log.querySelectorAll<HTMLElement>("article")]
    const line = all.find((each) => item !== undefined && each.getAttribute("data-key") === keyOf(item))
    line?.scrollIntoView({ block: "center" })
    line?.focus({ preventScroll: true })
  }

  scroller.addEventListener("scroll", () => {
    if (scroller.clientHeight === 0) return
    look()
    void fill()
  })
  const sizes = new ResizeObserver(() => {
    look()
    stay()
    void fill()
  })
  sizes.observe(scroller)
  sizes.observe(log)
  return {
    ...{ root, log, scroller, itemOf, lastOwn },
    toNewest,
    renew,
    take,
    remove,
    leave,
    enter,
    isAtNewest: () => follows && endsNewest,
  }
}
