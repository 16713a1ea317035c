/**
 * The conversation of one room: head, lines, and the place where one writes. It keeps its lines, the place one was
 * reading at and what one was writing while another room is open.
 */
import type { Chat } from "../core/chat.ts"
import type { AccountName, Item, RoomId, RoomView, TextItem } from "../core/types.ts"
import { composer } from "./composer.ts"
import { conversationHeader, type HeaderActions } from "./conversation-header.ts"
import { h, show } from "./dom.ts"
import { pickEmoji } from "./emoji.ts"
import { emptyRoom } from "./empty-room.ts"
import { openForwardDialog } from "./forward-dialog.ts"
import { keyBanner } from "./key-banner.ts"
import type { MessageAction } from "./message-actions.ts"
import { messageCommands } from "./message-commands.ts"
import { openMessageDetails } from "./message-details.ts"
import { messageTools } from "./message-tools.ts"
import { placeholderOf, titleOf } from "./room-words.ts"
import { type TimelineActions, timeline } from "./timeline.ts"

export type RoomPane = ReturnType<typeof roomPane>

export interface PaneActions extends HeaderActions, Omit<TimelineActions, "react"> {
  /** Opens the private chat with somebody. */
  readonly write: (name: AccountName) => void
  /** Opens a chat. */
  readonly open: (room: RoomId) => void
}

export function roomPane(chat: Chat, first: RoomView, actions: PaneActions) {
  const head = conversationHeader(chat, actions)
  const tell = messageCommands(chat, first.id)
  const lines = timeline(chat, first.id, emptyRoom(first), { ...actions, react: tell.react })
  const foot = composer(chat, first.id, lines.wrote, changeLast)
  const tools = messageTools({
    ...{ log: lines.log, act: (action, item) => acts[action](item), react: tell.react },
    itemOf: (element) => lines.lines.message(element.getAttribute("data-key")),
    pick: (beside) => pickEmoji(beside, chat.settings),
    ...{ canWrite: () => !view.isOut, leave: () => foot.focus() },
  })
  lines.scroller.append(tools)
  const keys = keyBanner(chat, actions.write)
  const out = h("p", { class: "out" }, "You are no longer in this chat. What was said until then stays here, for you.")
  const root = h("section", { class: "talk" }, head.root, lines.root, keys.root, foot.root, out)
  let isRead = false
  let view = first

  /** What each action does with a message. */
  const acts: Readonly<Record<MessageAction, (item: TextItem) => void>> = {
    reply: (item) => foot.answer(item),
    edit: (item) => foot.change(item),
    copy: tell.copy,
    forward: (item) => openForwardDialog(chat, item, actions.open),
    details: (item) => openMessageDetails(chat, first.id, item),
    delete: (item) => void tell.remove(item),
  }

  function changeLast(): boolean {
    const last = lines.lines.lastOwn()
    if (last !== undefined) foot.change(last)
    return last !== undefined
  }

  function update(room: RoomView): void {
    view = room
    root.setAttribute("aria-label", titleOf(room, chat.account))
    head.update(room)
    keys.update(room)
    foot.setPlaceholder(placeholderOf(room))
    show(foot.root, !room.isOut)
    show(out, room.isOut)
  }

  /** The pane is before somebody's eyes, in the page: reads the room when that was not done yet. With a position, at that line. */
  async function enter(at?: string): Promise<void> {
    foot.enter()
    if (!isRead) {
      isRead = true
      await foot.restore()
    }
    const { firstUnread: position, unread: count } = view
    await lines.enter(position === undefined ? undefined : { position, count }, at)
  }

  function take(item: Item, was: string | undefined, missed: boolean): void {
    if (isRead) lines.take(item, was, missed)
  }

  /** Lines of the past have come. */
  function renew(): void {
    if (isRead) void lines.renew()
  }

  update(first)
  return {
    ...{ root, update, enter, take, renew },
    goTo: lines.goTo,
    leave: lines.leave,
    isAtNewest: lines.isAtNewest,
    seen: lines.seen,
    remove: lines.remove,
    setTyping: foot.setTyping,
    setPause: foot.setPause,
    setDetails: head.setDetails,
    focusDetails: head.focusDetails,
    focus: foot.focus,
  }
}
