/**
 * One chat in the list. Its button is named by the chat alone and covers the row; what was said last and how much is new
 * are its description.
 */
import type { AccountName, RoomView } from "../core/types.ts"
import { setRoomSign } from "./avatar.ts"
import { button, h, setText, show, spoken } from "./dom.ts"
import { icon } from "./icons.ts"
import type { LastLine } from "./last-line.ts"
import { quietWords, shortTime, titleOf } from "./room-words.ts"

/** More than these are not counted in the list. */
const MOST = 99
/** UTF-16 units of a draft that are shown: more than the widest row has room for. */
const DRAFT_SHOWN = 200

let rows = 0

export function chatRow(me: AccountName, open: () => void) {
  const id = `chat-row-${rows++}`
  const sign = h("span", { class: "sign" })
  const name = h("bdi")
  const time = h("time")
  // Its direction is its own, so that the line's is that of what is written.
  const mark = h("span", { class: "draft", dir: "ltr" }, "Draft:")
  const words = h("span")
  const last = h("span", { class: "last clip", id: `${id}-last`, dir: "auto" }, mark, words)
  const number = h("span")
  const count = h("span", { class: "count", id: `${id}-count` }, number, spoken(" unread"))
  const quiet = h("span", { class: "quiet", id: `${id}-quiet`, title: "Muted" }, icon("muted"), spoken("Muted"))
  const press = button({ class: "name clip", "aria-describedby": `${id}-last ${id}-quiet ${id}-count` }, open, name)
  const root = h(
    "li",
    { class: "chat" },
    sign,
    h(
      "div",
      { class: "clip" },
      h("div", { class: "row" }, press, time),
      h("div", { class: "row" }, last, quiet, count),
    ),
  )
  let said: LastLine = { text: "", at: undefined }
  let view: RoomView | undefined
  let isOpen = false
  let typing = ""
  let draft = ""
  show(count, false)
  show(quiet, false)
  show(mark, false)

  function draw(): void {
    if (view === undefined) return
    const title = titleOf(view, me)
    setText(name, title)
    setRoomSign(sign, view, title)
    const isPaused = view.newKeys.length > 0
    // What is being written in the chat that is open stands in its box.
    const isDraft = draft !== "" && !isOpen && !isPaused && typing === ""
    show(mark, isDraft)
    const text = isDraft ? ` ${draft}` : typing || said.text || quietWords(view)
    setText(words, isPaused ? "New key. Sending is paused" : text)
    setText(time, said.at === undefined ? "" : shortTime(said.at, Date.now()))
    const unread = isOpen ? 0 : view.unread
    setText(number, unread > MOST ? `${MOST}+` : String(unread))
    show(count, unread > 0)
    root.classList.toggle("unread", unread > 0)
  }

  return {
    root,
    focus: () => press.focus(),
    /** When anything happened here last; a room in which nothing has is as new as can be. */
    get at(): number {
      return said.at ?? Number.MAX_SAFE_INTEGER
    },
    update: (room: RoomView, isCurrent: boolean, isMuted: boolean): void => {
      view = room
      show(quiet, isMuted)
      isOpen = isCurrent
      if (isCurrent) press.setAttribute("aria-current", "true")
      else press.removeAttribute("aria-current")
      draw()
    },
    setLast: (line: LastLine): void => {
      said = line
      draw()
    },
    setTyping: (who: string): void => {
      typing = who
      draw()
    },
    hasDraft: () => draft !== "",
    setDraft: (text: string): void => {
      draft = text.trim().slice(0, DRAFT_SHOWN)
      draw()
    },
  }
}
