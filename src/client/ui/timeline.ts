/**
 * The conversation as it is seen: a window of lines (lines.ts) that slides when one scrolls near its ends. What is being read
 * stays where it is, whatever comes above or below it (standing.ts). Only whoever is at the bottom follows new lines, also
 * when the place for them shrinks; everybody else gets a button that says how many came.
 *
 * A chat opens at the first message that is new (news.ts), with a line above it that says how many are. What comes while
 * nobody looks does not push that line out of view. Whoever had scrolled up finds what was read where it was, and buttons that
 * lead to the line and to the end.
 *
 * A frame takes one page at most, and pages are small: making and laying out their lines is what a frame has time for.
 */
import type { Chat } from "../core/chat.ts"
import type { Item, RoomId, TextItem } from "../core/types.ts"
import { blocksOf, reconcile } from "./blocks.ts"
import { h, show } from "./dom.ts"
import { jumps } from "./jumps.ts"
import { type End, keyOf, Lines } from "./lines.ts"
import type { MessageActions } from "./message.ts"
import { type Fresh, News } from "./news.ts"
import { pointOut } from "./point-out.ts"
import { type Side, type Standing, sideOf, standAt, standingOf } from "./standing.ts"

const SIZES = { page: 30, most: 240 }
/** Pixels from an end: closer to the newest line one is at the bottom, closer to the window's ends more lines are read. */
const AT_BOTTOM = 80
const READ_WITHIN = 1_500
/** Pixels of what was read before that stay in view above the first new message. */
const BEFORE_NEW = 72
/** From so many new messages on a button leads back to the first. */
const MANY_NEW = 10

export interface TimelineActions extends Pick<MessageActions, "react"> {
  /** The newest lines have come into view. */
  readonly seen: () => void
  /** The number of the absence in which a message has come, if it has; `missed`: it came without a connection. */
  readonly absence: (missed: boolean) => number | undefined
}

export function timeline(chat: Chat, room: RoomId, empty: HTMLElement, { seen, absence, react }: TimelineActions) {
  const log = h("div", { class: "log", role: "log", "aria-label": "Messages" })
  const scroller = h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "Conversation" },
    empty,
    log,
  )
  const over = jumps({ toNewest: pastNew, toFresh, land: () => scroller.focus({ preventScroll: true }) })
  const root = h("div", { class: "timeline" }, scroller, over.toFresh, over.toNewest)
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
  /** True until there are lines, and while the place that the view goes to is read: nobody looks at what is in view. */
  let isGoing = true
  let unseen = 0
  const news = new News()
  show(empty, false)

  /** Shows the newest lines and goes there. */
  async function toNewest(): Promise<void> {
    if (!lines.has("newest")) await go(lines.toNewest())
    arrive()
  }

  /** Goes to the newest line, wherever what is new begins. */
  async function pastNew(): Promise<void> {
    news.seen()
    await toNewest()
  }

  /** Reads the newest lines again: older ones have come between them. */
  async function renew(): Promise<void> {
    await go(lines.toNewest())
    arrive()
  }

  async function go(reading: Promise<void>): Promise<void> {
    isGoing = true
    await unlessGone(reading).finally(() => {
      isGoing = false
    })
  }

  function arrive(): void {
    follows = true
    heading = "newest"
    draw("off")
    void fill()
  }

  /** Goes to the first message that is new. */
  async function toFresh(): Promise<void> {
    const position = news.fresh?.position
    if (position === undefined) return
    if (!lines.items.some((item) => item.position === position)) await go(lines.toPlace(position))
    isGoing = true
    draw("off")
    const line = newLine()
    if (line !== null) standAt(scroller, { line, top: BEFORE_NEW })
    isGoing = false
    follows = false
    settle()
    void fill()
  }

  /** Takes a new or changed line; `missed`: it was said while this device was not connected. */
  function take(item: Item, was: string | undefined, missed: boolean): void {
    look()
    const taken = lines.take(item, was, follows ? "newest" : "oldest")
    if (taken !== "changed" && item.kind === "text" && !item.mine) count(item, missed)
    if (isDrawn) queueMicrotask(() => draw("polite"))
    isDrawn = false
  }

  function count({ position }: Item, missed: boolean): void {
    unseen += 1
    const away = scroller.clientHeight > 0 ? absence(missed) : undefined
    if (away !== undefined) news.add(position, away)
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
    if (isGoing || scroller.clientHeight === 0) return
    const { scrollTop } = scroller
    const isAtBottom = fromBottom() < AT_BOTTOM
    if (isAtBottom && scrollTop > lastTop) news.seen()
    if (isAtBottom) follows = endsNewest
    else if (scrollTop < lastTop) follows = false
    if (scrollTop !== lastTop) heading = scrollTop < lastTop ? "oldest" : "newest"
    lastTop = scrollTop
    standing = follows ? undefined : standingOf(scroller, log)
    if (follows && isDrawn) {
      if (unseen > 0) seen()
      unseen = 0
    }
    over.offer(follows, unseen, whereIsNew())
  }

  const newLine = () => log.querySelector(".day.new")

  /** Where the line above what is new is, from the view; nobody misses it when it is about few messages. */
  function whereIsNew(): Side {
    const { fresh } = news
    if (fresh === undefined || fresh.count < MANY_NEW) return "inside"
    const line = newLine()
    if (line !== null) return sideOf(scroller, line)
    return fresh.position < (lines.items[0]?.position ?? "") ? "above" : "below"
  }

  /** Brings the lines into the page. `live`: whether a screen reader should say what comes. */
  function draw(live: "polite" | "off"): void {
    isDrawn = true
    log.setAttribute("aria-live", live)
    reconcile(log, blocksOf(lines.items, actions, news.fresh))
    endsNewest = lines.has("newest") || lines.items.length === 0
    show(empty, lines.has("oldest") && lines.has("newest") && !lines.items.some(({ kind }) => kind === "text"))
    stay()
  }

  /** What is read stands where it stood; a view that follows is at the bottom. */
  function stay(): void {
    if (isGoing || scroller.clientHeight === 0) return
    if (follows) follow()
    else if (standing !== undefined) standAt(scroller, standing)
    settle()
  }

  /** Goes to the bottom, but not past the line above what nobody has seen. */
  function follow(): void {
    scroller.scrollTop = scroller.scrollHeight
    const line = news.isUnseen ? newLine() : null
    if (line === null || line.getBoundingClientRect().top >= scroller.getBoundingClientRect().top + BEFORE_NEW) return
    standAt(scroller, { line, top: BEFORE_NEW })
    follows = fromBottom() < AT_BOTTOM
    unseen = Math.max(unseen, news.fresh?.count ?? 0)
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
  async function enter(fresh: Fresh | undefined, position?: string): Promise<void> {
    news.open(fresh, absence(true))
    unseen = fresh?.count ?? 0
    if (position !== undefined) await goTo(position)
    else if (!follows) draw("off")
    else if (fresh === undefined) await toNewest()
    else await toFresh()
  }

  /** The chat is no longer before somebody's eyes. */
  function leave(): void {
    look()
    if (follows) lines.rest()
  }

  /** Its person has written. */
  function wrote(): void {
    news.end()
    void toNewest()
  }

  /** Shows the line at a position, or the one before if it is gone: in the middle, marked for a moment, with the focus. */
  async function goTo(position: string): Promise<void> {
    if (!lines.items.some((item) => item.position === position)) await go(lines.toPlace(position))
    const item = lines.items.findLast((each) => each.position <= position)
    isGoing = false
    follows = false
    draw("off")
    const key = item && keyOf(item)
    const line = [...log.querySelectorAll<HTMLElement>("[data-key]")].find((each) => each.dataset["key"] === key)
    if (line !== undefined) pointOut(line)
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
  const isAtNewest = (): boolean => follows && endsNewest && isDrawn && !isGoing
  return {
    ...{ root, log, scroller, lines, renew, take, remove, leave, enter, wrote, goTo, isAtNewest },
    seen: () => news.seen(),
  }
}

const nextFrame = () => new Promise<unknown>((resolve) => requestAnimationFrame(resolve))
