/** The column of chats and people, with one's own name at its foot. */
import type { Chat } from "../core/chat.ts"
import type { AccountName, RoomId, RoomView } from "../core/types.ts"
import { avatar } from "./avatar.ts"
import { chatList } from "./chat-list.ts"
import { button, h } from "./dom.ts"
import { FIND_KEYS } from "./find-keys.ts"
import { type IconName, icon, logo } from "./icons.ts"
import { peopleList, presenceSign } from "./people-list.ts"

export interface SidebarActions {
  readonly openRoom: (room: RoomId) => void
  readonly writeTo: (name: AccountName) => void
  readonly find: () => void
  readonly newChat: () => void
  readonly settings: () => void
  readonly logOut: () => void
}

export function sidebar(chat: Chat, actions: SidebarActions) {
  const chats = chatList(chat, actions.openRoom)
  const people = peopleList(chat, actions.writeTo)
  const presence = presenceSign()
  const self = h("span", { class: "self" })
  const root = h(
    "aside",
    { class: "side", "aria-label": "Chats and people" },
    h(
      "header",
      { class: "bar" },
      h("h1", { class: "brand" }, logo(), "SecureChat"),
      tool("New chat", "pen", actions.newChat),
      tool("Settings", "sliders", actions.settings),
    ),
    finder(actions.find),
    h("div", { class: "side-scroll" }, chats.root, people.root),
    h(
      "footer",
      { class: "me" },
      self,
      h("div", { class: "who clip" }, h("bdi", { class: "name clip" }, chat.account), presence.root),
      tool("Log out", "out", actions.logOut),
    ),
  )

  /** Shows these rooms, of which `current` is seen, and the people of the general one. */
  function update(rooms: readonly RoomView[], current: RoomId | undefined): void {
    chats.update(rooms, current)
    presence.set(chat.state.kind === "online")
    const general = rooms.find(({ kind }) => kind === "general")
    if (general === undefined) return
    people.update(general)
    const me = general.people.find(({ name }) => name === chat.account)
    if (me !== undefined && self.childElementCount === 0) self.append(avatar(me.name, me.accountKey))
  }

  return { root, update, changed: chats.changed, setTyping: chats.setTyping, lastAt: chats.lastAt }
}

/** What opens the switcher, and says that a key does as well. */
function finder(find: () => void): HTMLElement {
  const keys = h("kbd", { "aria-hidden": "true" }, FIND_KEYS.shown)
  return button(
    { class: "finder", "aria-keyshortcuts": FIND_KEYS.spoken },
    find,
    icon("search"),
    h("span", {}, "Find"),
    keys,
  )
}

/** A button that is an icon, with its name as a tooltip. */
export function tool(name: string, sign: IconName, press: () => void): HTMLButtonElement {
  return button({ class: "tool", "aria-label": name, title: name }, press, icon(sign))
}
