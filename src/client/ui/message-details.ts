/** What is known about one message: when, who has it, who has seen it, how it was protected, and who tried to change it. */
import type { Chat } from "../core/chat.ts"
import { type AccountName, ClientError, type RoomId, type TextItem } from "../core/types.ts"
import { openDialog } from "./dialog.ts"
import { h } from "./dom.ts"
import { momentOf } from "./words.ts"

const TRIED = { edit: "change", delete: "delete" } as const

export function openMessageDetails(chat: Chat, room: RoomId, item: TextItem): void {
  const list = h("dl", { class: "facts" })
  const add = (term: string, ...words: readonly (Node | string)[]): void =>
    list.append(h("dt", {}, term), h("dd", {}, ...words))
  add("From", h("bdi", {}, item.mine ? `${item.sender} (you)` : item.sender))
  add("Sent", momentOf(item.at))
  if (item.editedAt !== undefined) add("Changed", momentOf(item.editedAt))
  const marks = h("dd", { role: "status" }, "Asking the server…")
  list.append(h("dt", {}, "Received by"), marks)
  add(
    "Protection",
    "Encrypted on the sender’s device for the people in this chat, and signed with the sender’s key. The server has seen neither words nor format.",
  )
  for (const { what, by, at } of item.attempts)
    add("Refused", h("bdi", {}, by), ` tried to ${TRIED[what]} this message, ${momentOf(at)}. Nothing was changed.`)
  void tellMarks(chat, room, item, marks)
  void openDialog("Message details", () => [list])
}

async function tellMarks(chat: Chat, room: RoomId, item: TextItem, place: HTMLElement): Promise<void> {
  try {
    const { delivered, read } = await chat.marks(room, item.position)
    const others = (names: readonly AccountName[]) => names.filter((name) => name !== item.sender)
    place.replaceChildren(
      ...lineOf("Seen by", others(read)),
      ...lineOf("Received, not seen, by", notIn(others(delivered), read)),
    )
    if (place.childElementCount === 0) place.textContent = "Nobody has told yet."
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    place.textContent = "The server can’t be reached. Open this again when there is a connection."
  }
}

const notIn = (names: readonly AccountName[], others: readonly AccountName[]): AccountName[] =>
  names.filter((name) => !others.includes(name))

function lineOf(what: string, names: readonly AccountName[]): HTMLElement[] {
  if (names.length === 0) return []
  return [h("p", {}, `${what} `, h("bdi", {}, names.join(", ")))]
}
