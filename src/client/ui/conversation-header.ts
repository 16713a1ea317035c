/** The head of the conversation: its name, who can read it, and the strip that says when there is no connection. */
import type { Chat } from "../core/chat.ts"
import type { RoomView } from "../core/types.ts"
import { setRoomSign } from "./avatar.ts"
import { button, h, setText, show } from "./dom.ts"
import { icon } from "./icons.ts"
import { readersWords, titleOf } from "./room-words.ts"
import { offlineWords } from "./words.ts"

export interface HeaderActions {
  readonly back: () => void
  readonly details: () => void
}

export function conversationHeader(chat: Chat, { back, details }: HeaderActions) {
  const sign = h("span", { class: "sign" })
  const title = h("bdi")
  const readers = h("span", { class: "clip" })
  const words = h("span", { class: "grow" })
  const retry = button({ class: "button quiet" }, () => chat.reconnect(), "Try now")
  const strip = h("div", { class: "strip", role: "status" }, icon("offline"), words, retry)
  const more = button(
    { class: "tool", "aria-label": "Details", title: "Details", "aria-expanded": "false" },
    details,
    icon("panel"),
  )
  const bar = h(
    "header",
    { class: "bar" },
    button({ class: "tool only-narrow", "aria-label": "Back to chats" }, back, icon("back")),
    sign,
    h(
      "div",
      { class: "title" },
      h("h1", { class: "clip" }, title),
      h("div", { class: "readers" }, icon("lock"), readers),
    ),
    more,
  )
  show(strip, false)

  function update(room: RoomView): void {
    const name = titleOf(room, chat.account)
    setRoomSign(sign, room, name)
    setText(title, name)
    setText(readers, readersWords(room, chat.online()))
    const isOffline = chat.state.kind === "offline"
    const trouble = room.trouble === undefined ? undefined : TROUBLES[room.trouble]
    show(strip, isOffline || trouble !== undefined)
    show(retry, isOffline)
    setText(words, isOffline ? offlineWords(room.waiting) : (trouble ?? ""))
  }

  const setDetails = (isOpen: boolean): void => more.setAttribute("aria-expanded", String(isOpen))
  return { root: h("div", { class: "head" }, bar, strip), update, setDetails, focusDetails: () => more.focus() }
}

const TROUBLES: Partial<Record<NonNullable<RoomView["trouble"]>, string>> = {
  refused: "This server’s description of the room does not hold. Nothing was joined; it is tried again by itself.",
  wrong_key: "The server offered a key that is not the one this browser knows. Nothing was started; it is tried again.",
}
