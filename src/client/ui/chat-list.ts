/** All chats, General first, then the one in which something happened last. */
import type { Chat } from "../core/chat.ts"
import type { RoomId, RoomView } from "../core/types.ts"
import { chatRow } from "./chat-row.ts"
import { h } from "./dom.ts"
import { lastLine } from "./last-line.ts"
import { typingWords } from "./words.ts"

export function chatList(chat: Chat, open: (room: RoomId) => void) {
  const list = h("ul")
  const root = h("nav", { "aria-label": "Chats" }, list)
  const rows = new Map<RoomId, Row>()

  function make(room: RoomId): Row {
    const row = chatRow(chat.account, () => open(room))
    const tellLast = lastLine(chat, room, (line) => {
      row.setLast(line)
      sort()
    })
    void tellLast()
    void tellDraft(room, row)
    return { row, tellLast, isGeneral: false, isCurrent: false }
  }

  async function tellDraft(room: RoomId, row: Row["row"]): Promise<void> {
    row.setDraft((await chat.drafts.get(room)).text)
  }

  /** Shows these rooms; `current` is the one that is seen. */
  function update(rooms: readonly RoomView[], current: RoomId | undefined): void {
    for (const [id, { row }] of rows)
      if (!rooms.some((room) => room.id === id)) {
        row.root.remove()
        rows.delete(id)
      }
    for (const room of rooms) {
      const entry = rows.get(room.id) ?? make(room.id)
      entry.isGeneral = room.kind === "general"
      rows.set(room.id, entry)
      const isCurrent = room.id === current
      entry.row.update(room, isCurrent, chat.settings.isMuted(room.id))
      if (entry.isCurrent && !isCurrent) void tellDraft(room.id, entry.row)
      entry.isCurrent = isCurrent
    }
    sort()
  }

  /** Rows that stand where they belong are not touched; a row that moves keeps the focus. */
  function sort(): void {
    const focused = document.activeElement
    const sorted = [...rows.values()].sort((a, b) => Number(b.isGeneral) - Number(a.isGeneral) || b.row.at - a.row.at)
    for (const [index, { row }] of sorted.entries())
      if (list.children[index] !== row.root) list.insertBefore(row.root, list.children[index] ?? null)
    if (focused instanceof HTMLElement && focused !== document.activeElement && list.contains(focused)) focused.focus()
  }

  function setTyping(room: RoomId): void {
    const names = chat.typing(room)
    rows.get(room)?.row.setTyping(names.length === 0 ? "" : `${typingWords(names)}…`)
  }

  /** When something happened last in a room, as Item.at; nothing yet is as new as can be. */
  const lastAt = (room: RoomId): number => rows.get(room)?.row.at ?? 0

  /** Lines have come, changed or gone there. What was a draft may be one of them. */
  function changed(room: RoomId): void {
    const entry = rows.get(room)
    void entry?.tellLast()
    if (entry?.row.hasDraft()) void tellDraft(room, entry.row)
  }

  return { root, update, setTyping, lastAt, changed }
}

interface Row {
  readonly row: ReturnType<typeof chatRow>
  readonly tellLast: () => Promise<void>
  isGeneral: boolean
  /** What is written there changes only while it is. */
  isCurrent: boolean
}
