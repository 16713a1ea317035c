/**
 * The conversation of one room: head, lines, and the place where one writes. It keeps its lines, the place one was
 * reading at and what one was writing while another room is open.
 */
import type { Chat } from "../core/chat.ts"
import type { AccountName, Item, RoomView } from "../core/types.ts"
import { composer } from "./composer.ts"
import { conversationHeader, type HeaderActions } from "./conversation-header.ts"
import { h, show } from "./dom.ts"
import { emptyRoom } from "./empty-room.ts"
import { keyBanner } from "./key-banner.ts"
import { placeholderOf, titleOf } from "./room-words.ts"
import { timeline } from "./timeline.ts"

export type RoomPane = ReturnType<typeof roomPane>

export interface PaneActions extends HeaderActions {
  /** Opens the private chat with somebody. */
  readonly write: (name: AccountName) => void
  /** The newest lines have come into view. */
  readonly seen: () => void
}

export function roomPane(chat: Chat, first: RoomView, actions: PaneActions) {
  const head = conversationHeader(chat, actions)
  const lines = timeline(chat, first.id, emptyRoom(first), actions.seen)
  const foot = composer(chat, first.id, () => void lines.toNewest())
  const keys = keyBanner(chat, actions.write)
  const out = h("p", { class: "out" }, "You are no longer in this chat. What was said until then stays here, for you.")
  const root = h("section", { class: "talk" }, head.root, lines.root, keys.root, foot.root, out)
  let isRead = false

  function update(room: RoomView): void {
    root.setAttribute("aria-label", titleOf(room, chat.account))
    head.update(room)
    keys.update(room)
    foot.setPlaceholder(placeholderOf(room))
    show(foot.root, !room.isOut)
    show(out, room.isOut)
  }

  /** After the pane was put into the page: reads the room when that was not done yet, else goes where one was. */
  async function enter(): Promise<void> {
    foot.fit()
    if (isRead) return lines.enter()
    isRead = true
    await foot.restore()
    await lines.toNewest()
  }

  function take(item: Item, was: string | undefined): void {
    if (isRead) lines.take(item, was)
  }

  /** Lines of the past have come. */
  function renew(): void {
    if (isRead) void lines.renew()
  }

  update(first)
  return {
    ...{ root, update, enter, take, renew },
    leave: lines.leave,
    isAtNewest: lines.isAtNewest,
    remove: lines.remove,
    setTyping: foot.setTyping,
    setPause: foot.setPause,
    setDetails: head.setDetails,
    focusDetails: head.focusDetails,
    focus: foot.focus,
  }
}
