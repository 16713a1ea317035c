/**
 * The switcher: type a few letters of a chat or a person, Enter opens it. Chats in which something happened last come first;
 * people follow with whom there is no private chat yet, and it is started. The last row leads on to the messages.
 */
import type { Chat } from "../core/chat.ts"
import type { AccountName, Person, RoomId, RoomView } from "../core/types.ts"
import { avatar, setRoomSign } from "./avatar.ts"
import { openDialog } from "./dialog.ts"
import { h } from "./dom.ts"
import { type FindOption, findBox, marked } from "./find-box.ts"
import { icon } from "./icons.ts"
import { type Fit, fitting } from "./name-filter.ts"
import { presenceSign } from "./people-list.ts"
import { quietWords, shortTime, titleOf } from "./room-words.ts"
import { searchMessages } from "./search-dialog.ts"

/** More of a kind are not shown: type another letter. */
const MOST = 50

export interface FindActions {
  /** The rooms as they are shown. */
  readonly rooms: () => readonly RoomView[]
  /** When something happened last in a room, as Item.at. */
  readonly lastAt: (room: RoomId) => number
  /** Opens a room; with a position, at that line. */
  readonly openRoom: (room: RoomId, position?: string) => void
  /** Opens or starts the private chat with somebody. */
  readonly writeTo: (name: AccountName) => void
}

/** Opens the switcher; resolves when it is closed. */
export function switcher(chat: Chat, actions: FindActions): Promise<void> {
  return openDialog(
    "Find",
    (close) => {
      const box = findBox("Chats and people", "Find or jump to", draw)
      const then = (act: () => void) => (): void => {
        close()
        act()
      }

      function draw(typed: string): void {
        const rooms = [...actions.rooms()].sort((a, b) => actions.lastAt(b.id) - actions.lastAt(a.id))
        const chats = fitting(rooms, (room) => titleOf(room, chat.account), typed).slice(0, MOST)
        const people = fitting(peopleWithoutChat(rooms), ({ name }) => name, typed).slice(0, MOST)
        const words = typed.trim()
        box.setGroups([
          {
            title: "Chats",
            options: chats.map(({ of: room, fit }) =>
              chatOption(
                room,
                fit,
                then(() => actions.openRoom(room.id)),
              ),
            ),
          },
          {
            title: "People",
            options: people.map(({ of, fit }) =>
              personOption(
                of,
                fit,
                then(() => actions.writeTo(of.name)),
              ),
            ),
          },
          {
            title: "Messages",
            options: [
              searchOption(
                words,
                then(() => void searchMessages(chat, actions, words)),
              ),
            ],
          },
        ])
        box.tell(words === "" ? "" : countWords(chats.length, people.length))
      }

      function peopleWithoutChat(rooms: readonly RoomView[]): Person[] {
        const peers = new Set(
          rooms.map(({ kind, name, peer }) => (kind === "private" && name === peer ? peer : undefined)),
        )
        const general = rooms.find(({ kind }) => kind === "general")
        const others = (general?.people ?? []).filter(({ name }) => name !== chat.account && !peers.has(name))
        const online = chat.online()
        return others.sort((a, b) => Number(online.has(b.name)) - Number(online.has(a.name)))
      }

      function chatOption(room: RoomView, { marks }: Fit, choose: () => void): FindOption {
        const title = titleOf(room, chat.account)
        const sign = h("span", { class: "sign" })
        setRoomSign(sign, room, title)
        const at = actions.lastAt(room.id)
        const time = at > 0 && at < Number.MAX_SAFE_INTEGER ? [h("time", {}, shortTime(at, Date.now()))] : []
        const about = room.peer === undefined ? quietWords(room) : "Private chat"
        return { content: [sign, nameAndMore(marked(title, marks), about), ...time], choose }
      }

      function personOption({ name, accountKey }: Person, { marks }: Fit, choose: () => void): FindOption {
        const presence = presenceSign()
        presence.set(chat.online().has(name))
        const words = nameAndMore(marked(name, marks), "Start a private chat")
        return { content: [avatar(name, accountKey), words, presence.root], choose }
      }

      draw("")
      return [box.root]
    },
    "find",
  )
}

function searchOption(words: string, choose: () => void): FindOption {
  const sign = h("span", { class: "find-sign" }, icon("search"))
  const name = words === "" ? ["Search messages"] : ["Search messages for ", h("bdi", {}, `“${words}”`)]
  return { content: [sign, h("span", { class: "clip" }, ...name)], choose }
}

const nameAndMore = (name: readonly (HTMLElement | string)[], more: string): HTMLElement =>
  h(
    "span",
    { class: "clip" },
    h("span", { class: "hit-name clip" }, h("bdi", {}, ...name)),
    h("span", { class: "hit-more" }, more),
  )

function countWords(chats: number, people: number): string {
  if (chats + people === 0) return "No chat and nobody of this name. Enter searches the messages."
  return `${chats} ${chats === 1 ? "chat" : "chats"}, ${people} ${people === 1 ? "person" : "people"}`
}
