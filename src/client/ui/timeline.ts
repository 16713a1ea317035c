/**
 * The conversation: a window of lines around what is looked at, at most a few hundred in the page however long the history
 * is. Older pages come in at the top when one scrolls there, and what was being read stays where it is; at the bottom, new
 * lines push on only for whoever is there, everybody else gets a button that says how many came.
 */
import type { Chat } from "../core/chat.ts"
import type { Item, RoomId, TextItem } from "../core/types.ts"
import { blocksOf, reconcile } from "./blocks.ts"
import { button, h, setText, show } from "./dom.ts"
import { icon } from "./icons.ts"

const PAGE = 100
/** Lines in the page; older or newer ones are let go of past that. */
const WINDOW = 400
const NEAR = 80

export function timeline(chat: Chat, room: RoomId, empty: HTMLElement) {
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
  }
  let items: Item[] = []
  let isAtNewest = true
  let isLoading = false
  let unseen = 0
  show(jump, false)

  /** Fills the page with the newest lines. */
  async function load(): Promise<void> {
    items = await chat.messages(room, { limit: PAGE })
    isAtNewest = true
    draw()
    toBottom()
  }

  async function loadOlder(): Promise<void> {
    const first = items[0]
    if (isLoading || first === undefined) return
    isLoading = true
    const older = await chat.messages(room, { before: first.position, limit: PAGE })
    isLoading = false
    if (older.length === 0) return
    const fromBottom = scroller.scrollHeight - scroller.scrollTop
    const all = [...older, ...items]
    isAtNewest = isAtNewest && all.length <= WINDOW
    items = all.slice(0, WINDOW)
    draw()
    scroller.scrollTop = isAtNewest ? scroller.scrollHeight - fromBottom : heightOf(older.length)
  }

  /** How far down the line stands that was the first one before older ones came. */
  function heightOf(count: number): number {
    const anchor = items[count]
    const key = anchor?.kind === "text" ? anchor.id : anchor?.position
    const element = key === undefined ? null : log.querySelector(`[data-key="${CSS.escape(key)}"]`)
    return element instanceof HTMLElement ? element.offsetTop : 0
  }

  /** Takes a new or changed line. */
  function take(item: Item, was: string | undefined): void {
    const known = items.findIndex(({ position }) => position === item.position || position === was)
    if (known >= 0) items.splice(known, 1)
    else if (!isAtNewest || isOlderThanWindow(item)) {
      count(item)
      return
    }
    const stick = isNearBottom() || (item.kind === "text" && item.mine && known < 0)
    items.push(item)
    items.sort((a, b) => (a.position < b.position ? -1 : 1))
    if (items.length > WINDOW && stick) items = items.slice(-WINDOW)
    draw()
    if (stick) toBottom()
    else if (known < 0) count(item)
  }

  const isOlderThanWindow = ({ position }: Item): boolean =>
    items.length >= PAGE && position < (items[0]?.position ?? "")

  function remove(position: string): void {
    items = items.filter((item) => item.position !== position)
    draw()
  }

  function count(item: Item): void {
    if (item.kind === "text" && !item.mine) unseen += 1
    updateJump()
  }

  async function toNewest(): Promise<void> {
    if (!isAtNewest) await load()
    toBottom()
  }

  function toBottom(): void {
    scroller.scrollTop = scroller.scrollHeight
    unseen = 0
    updateJump()
  }

  const isNearBottom = (): boolean => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR

  function updateJump(): void {
    show(jump, !isAtNewest || !isNearBottom())
    setText(unseenText, unseen === 0 ? "Jump to newest" : `${unseen} new`)
  }

  function draw(): void {
    show(empty, !items.some(({ kind }) => kind === "text"))
    reconcile(log, blocksOf(items, actions))
  }

  scroller.addEventListener("scroll", () => {
    if (scroller.scrollTop < NEAR) void loadOlder()
    if (isAtNewest && isNearBottom()) unseen = 0
    updateJump()
  })
  return { root, load, take, remove }
}
