/** The head of the conversation: its name, who can read it, and the strip that says when there is no connection. */
import type { Chat } from "../core/chat.ts"
import type { RoomView } from "../core/types.ts"
import { generalAvatar } from "./avatar.ts"
import { button, h, setText, show } from "./dom.ts"
import { icon } from "./icons.ts"
import { offlineWords, readersWords } from "./words.ts"

export function conversationHeader(back: () => void) {
  const readers = h("span", { class: "clip" })
  const words = h("span", { class: "grow" })
  const retry = button({ class: "button quiet" }, () => reconnect?.(), "Try now")
  const strip = h("div", { class: "strip", role: "status" }, icon("offline"), words, retry)
  let reconnect: (() => void) | undefined
  const bar = h(
    "header",
    { class: "bar" },
    button({ class: "tool only-narrow", "aria-label": "Back to chats" }, back, icon("back")),
    generalAvatar(),
    h(
      "div",
      { class: "title" },
      h("h1", { class: "clip" }, "General"),
      h("div", { class: "readers" }, icon("lock"), readers),
    ),
  )
  show(strip, false)

  function update(room: RoomView, chat: Chat): void {
    reconnect = () => chat.reconnect()
    const online = chat.online()
    setText(readers, readersWords(room.people.length, room.people.filter(({ name }) => online.has(name)).length))
    const isOffline = chat.state.kind === "offline"
    const isRefused = room.trouble === "refused"
    show(strip, isOffline || isRefused)
    show(retry, isOffline)
    setText(words, isRefused ? REFUSED : offlineWords(room.waiting))
  }
  return { root: h("div", { class: "head" }, bar, strip), update }
}

const REFUSED = "This server’s description of the room does not hold. Nothing was joined; it is tried again by itself."
