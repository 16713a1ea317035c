/** Sends the words of a message on into another chat, as one's own: who wrote them first is not told. */
import type { Chat } from "../core/chat.ts"
import { ClientError, type RoomId, type RoomView, type TextItem } from "../core/types.ts"
import { setRoomSign } from "./avatar.ts"
import { complaint, failureOf, openDialog } from "./dialog.ts"
import { button, h } from "./dom.ts"
import { shownRooms, titleOf } from "./room-words.ts"

/** Opens the dialog; `sent` hears into which chat it went. */
export function openForwardDialog(chat: Chat, item: TextItem, sent: (room: RoomId) => void): void {
  void openDialog("Forward", (close) => {
    const problem = complaint()
    const go = async (room: RoomId): Promise<void> => {
      await chat.send(room, item.doc ?? item.text)
      close()
      sent(room)
    }
    const row = (room: RoomView): HTMLElement => {
      const title = titleOf(room, chat.account)
      const sign = h("span", { class: "sign" })
      setRoomSign(sign, room, title)
      const fail = (error: unknown): void => {
        if (!(error instanceof ClientError)) throw error
        problem.set(failureOf(error.code, error.seconds))
      }
      return button({ class: "pick" }, () => void go(room.id).catch(fail), sign, h("bdi", { class: "clip" }, title))
    }
    const rooms = shownRooms(chat.rooms()).filter(({ isOut, joined }) => joined && !isOut)
    return [
      h("p", {}, "The words go out as yours. Who wrote them first is not told."),
      h("div", { class: "picks" }, ...rooms.map(row)),
      problem.root,
    ]
  })
}
