/**
 * The conversation as it is seen: a window of lines (lines.ts) that slides when one scrolls near its ends. What is being read
 * stays where it is, whatever comes above or below it (standing.ts). Only whoever is at the bottom follows new lines, also
 * when the place for them shrinks; everybody else gets a button that says how many came. `seen` is called when those come
 * into view.
 *
 * A chat opens at the first message that is new, with a line above it that says how many are. It stays until the chat is
 * left or its person writes. Whoever had scrolled up in it finds what was read where it was, and a button that leads there.
 *
 * A frame takes one page at most, and pages are small: making and laying out their lines is what a frame has time for.
 */
import type { Chat } from "../core/chat.ts"
import type { Item, RoomId, TextItem } from "../core/types.ts"
import { blocksOf, type Fresh, reconcile } from "./blocks.ts"
import { button, h, setText, show } from "./dom.ts"
import { icon } from "./icons.ts"
import { type End, keyOf, Lines } from "./lines.ts"
import type { MessageActions } from "./message.ts"
import { pointOut } from "./point-out.ts"
import { type Standing, standAt, standingOf } from "./standing.ts"
import { newWords } from "./words.ts"

const SIZES = { page: 30, most: 240 }
/** Pixels from an end: closer to the newest line one is at the bottom, closer to the window's ends more lines are read. */
const AT_BOTTOM = 80
const READ_WITHIN = 1_500
/** Pixels of what was read before that stay in view above the first new message. */
const BEFORE_NEW = 48
/** From so many new messages on a button leads back to the first. */
const MANY_NEW = 10

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
  const jump = button({ class: "jump button" }, () => void pressed(toNewest()), icon("down"), unseenText)
  const back = button(
    { class: "jump button first" },
    () => void pressed(toFresh()),
    icon("down"),
    "Jump to first unread",
  )
  const root = h("div", { class: "timeline" }, scroller, back, jump)
  const actions = {
    retry: (id: TextItem["id"]) => void chat.retry(room, id),
    discard: (id: TextItem["id"]) => void chat.discard(room, id),
    ...{ react, goTo: (position: string) => void goTo(position) },
  }
  const lines = new Lines((page) => chat.messages(room, page), SIZES)
  /** Whether new lines push the view on. */
  let follows = true
  /** Where the view stood when that was last looked at, and to which end it had moved then. */
  let lastTop = 0
  let heading: End = "newest"
  /** What stays where it is; nothing while the view follows. */
  let standing: Standing | undefined
  /** Whether the end of what is drawn is the conversation's. */
  let endsNewest = true
  /** False while lines that came together wait to be drawn together. */
  let isDrawn = true
  let isFilling = false
  let unseen = 0
  let fresh: Fresh | undefined
  show(jump, false)
  show(back, false)
  show(empty, false)

  /** Shows the newest lines and goes there. */
  async function toNewest(): Promise<void> {
    if (!lines.has("newest")) await unlessGone(lines.toNewest())
    arrive()
  }

  /** Reads the newest lines again: older ones have come between them. */
  async function renew(): Promise<void> {
    await unlessGone(lines.toNewest())
    arrive()
  }

  function arrive(): void {
    follows = true
    heading = "newest"
    draw("off")
    void fill()
  }

  /** Goes to the first message that was new when the chat was opened. */
  async function toFresh(): Promise<void> {
    if (fresh === undefined) return
    const { position } = fresh
    if (!lines.items.some((item) => item.position === position)) await unlessGone(lines.toPlace(position))
    follows = false
    draw("off")
    const first = log.querySelector(".day.new")
    if (first !== null) standAt(scroller, { line: first, top: BEFORE_NEW })
    settle()
    void fill()
  }

  /** A button that has done its work may go: the keyboard goes on where it has led. */
  async function pressed(done: Promise<void>): Promise<void> {
    const hadFocus = root.contains(document.activeElement)
    await done
    if (hadFocus) scroller.focus({ preventScroll: true })
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
    if (isFilling) return
    isFilling = true
    try {
      for (let end = wanted(); end !== undefined; end = wanted()) {
        if ((await unlessGone(lines.slide(end))) !== true) return
        look()
        draw("off")
        await nextFrame()
      }
    } finally {
      isFilling = false
    }
  }

  /** A window that is full slides only where the person goes: sliding to one end, it would come away from the other. */
  function wanted(): End | undefined {
    if (scroller.clientHeight === 0) return undefined
    const may = (end: End): boolean => !lines.has(end) && (heading === end || !lines.isFull)
    if (scroller.scrollTop < READ_WITHIN && may("oldest")) return "oldest"
    return fromBottom() < READ_WITHIN && may("newest") ? "newest" : undefined
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
   * Finds out whether the person has left the bottom or come back, and notes what is read. Only a view that moved up was
   * moved by a person: when the place shrinks, the bottom moves away from a view that stands still.
   */
  function look(): void {
    if (scroller.clientHeight === 0) return
    const { scrollTop } = scroller
    const isAtBottom = fromBottom() < AT_BOTTOM
    if (isAtBottom) follows = endsNewest
    else if (scrollTop < lastTop) follows = false
    if (scrollTop !== lastTop) heading = scrollTop < lastTop ? "oldest" : "newest"
    lastTop = scrollTop
    standing = follows ? undefined : standingOf(scroller, log)
    if (follows && unseen > 0) seen()
    if (follows) unseen = 0
    offer()
  }

  /** Shows the buttons that lead to where one is not. */
  function offer(): void {
    show(jump, !follows)
    setText(unseenText, unseen === 0 ? "Jump to newest" : newWords(unseen))
    const where = fresh === undefined || fresh.count < MANY_NEW ? "seen" : whereIs(fresh)
    show(back, where !== "seen")
    back.classList.toggle("down", where === "below")
  }

  /** Where the line above what is new is, from the view. */
  function whereIs({ position }: Fresh): "above" | "seen" | "below" {
    const line = log.querySelector(".day.new")
    if (line === null) return position < (lines.items[0]?.position ?? "") ? "above" : "below"
    const { top, bottom } = scroller.getBoundingClientRect()
    const place = line.getBoundingClientRect()
    if (place.bottom <= top) return "above"
    return place.top >= bottom ? "below" : "seen"
  }

  /** Brings the lines into the page. `live`: whether a screen reader should say what comes. */
  function draw(live: "polite" | "off"): void {
    isDrawn = true
    log.setAttribute("aria-live", live)
    reconcile(log, blocksOf(lines.items, actions, fresh))
    endsNewest = lines.has("newest") || lines.items.length === 0
    show(empty, lines.has("oldest") && lines.has("newest") && !lines.items.some(({ kind }) => kind === "text"))
    stay()
  }

  /** What is read stands where it stood; a view that follows is at the bottom. */
  function stay(): void {
    if (scroller.clientHeight === 0) return
    if (follows) scroller.scrollTop = scroller.scrollHeight
    else if (standing !== undefined) standAt(scroller, standing)
    settle()
  }

  /** The view has moved, and not by a person. */
  function settle(): void {
    lastTop = scroller.scrollTop
    look()
  }

  /**
   * The chat is before somebody's eyes, in the page, to whom this is new. What was read stands where it stood, unless that was
   * the newest line; or at a position, the line there.
   */
  async function enter(news: Fresh | undefined, position?: string): Promise<void> {
    fresh = news
    unseen = news?.count ?? 0
    if (position !== undefined) await goTo(position)
    else if (!follows) draw("off")
    else if (news === undefined) await toNewest()
    else await toFresh()
  }

  /** Its person has written. */
  function wrote(): void {
    fresh = undefined
    void toNewest()
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

  /** Shows the line at a position, or the one before if it is gone: in the middle, marked for a moment, with the focus. */
  async function goTo(position: string): Promise<void> {
    if (!lines.items.some((item) => item.position === position)) await unlessGone(lines.toPlace(position))
    const item = lines.items.findLast((each) => each.position <= position)
    follows = false
    draw("off")
    const all = item === undefined ? [] : [...log.querySelectorAll<HTMLElement>("[data-key]")]
    const line = all.find((each) => item !== undefined && each.getAttribute("data-key") === keyOf(item))
    if (line !== undefined) pointOut(line)
    // As if a person had scrolled there: a view that has left the bottom no longer follows.
    look()
    void fill()
  }

  scroller.addEventListener("scroll", () => {
    look()
    void fill()
  })
  const sizes = new ResizeObserver(() => {
    stay()
    void fill()
  })
  sizes.observe(scroller)
  sizes.observe(log)
  return {
    ...{ root, log, scroller, itemOf, lastOwn, renew, take, remove, leave: look, enter, wrote, goTo },
    isAtNewest: () => follows && endsNewest,
  }
}

const nextFrame = () => new Promise<unknown>((resolve) => requestAnimationFrame(resolve))
