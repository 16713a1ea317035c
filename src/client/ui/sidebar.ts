/** The column of chats and people, with one's own name at its foot. */
import type { Chat } from "../core/chat.ts"
import type { Person, RoomView } from "../core/types.ts"
import { avatar, generalAvatar } from "./avatar.ts"
import { button, h, setText } from "./dom.ts"
import { icon, logo } from "./icons.ts"

export interface SidebarActions {
  readonly openRoom: () => void
  readonly logOut: () => void
}

export function sidebar(chat: Chat, actions: SidebarActions) {
  const last = h("span", { class: "last clip", id: "general-last", dir: "auto" }, `Everybody on ${location.hostname}`)
  // The button is the name and covers the row: what was said last is its description, and no part of its name.
  const general = h(
    "li",
    { class: "chat" },
    generalAvatar(),
    h(
      "div",
      { class: "clip" },
      button(
        { class: "name clip", "aria-current": "true", "aria-describedby": "general-last" },
        actions.openRoom,
        h("bdi", {}, "General"),
      ),
      last,
    ),
  )
  const count = h("span")
  const people = h("ul", { "aria-label": "People" })
  const presence = h("span", { class: "presence" }, "offline")
  const self = h("span", { class: "self" })
  const root = h(
    "aside",
    { class: "side", "aria-label": "Chats and people" },
    h("header", { class: "bar" }, h("div", { class: "brand" }, logo(), "SecureChat")),
    h(
      "div",
      { class: "side-scroll" },
      h("nav", { "aria-label": "Chats" }, h("ul", {}, general)),
      h("section", {}, h("h2", {}, h("span", {}, "People"), count), people),
    ),
    h(
      "footer",
      { class: "me" },
      self,
      h("div", { class: "who clip" }, h("bdi", { class: "name clip" }, chat.account), presence),
      button({ class: "tool", "aria-label": "Log out", title: "Log out" }, actions.logOut, icon("out")),
    ),
  )
  const rows = new Map<string, ReturnType<typeof personRow>>()

  function update(room: RoomView): void {
    const online = chat.online()
    const others = room.people.filter(({ name }) => name !== chat.account)
    const me = room.people.find(({ name }) => name === chat.account)
    if (me !== undefined && self.childElementCount === 0) self.append(avatar(me.name, me.accountKey))
    const sorted = [...others].sort((a, b) => Number(online.has(b.name)) - Number(online.has(a.name)))
    for (const [name, row] of rows)
      if (!others.some((person) => person.name === name)) {
        row.root.remove()
        rows.delete(name)
      }
    for (const [index, person] of sorted.entries()) {
      const row = rows.get(person.name) ?? personRow(person)
      rows.set(person.name, row)
      row.setOnline(online.has(person.name))
      if (people.children[index] !== row.root) people.insertBefore(row.root, people.children[index] ?? null)
    }
    setText(count, `${others.filter(({ name }) => online.has(name)).length} online`)
    const here = chat.state.kind === "online"
    presence.classList.toggle("on", here)
    setText(presence, here ? "online" : "offline")
  }

  return { root, update, setLast: (text: string) => setText(last, text) }
}

function personRow({ name, accountKey }: Person) {
  const presence = h("span", { class: "presence" })
  const root = h("li", { class: "person" }, avatar(name, accountKey), h("bdi", { class: "name clip" }, name), presence)
  const setOnline = (online: boolean): void => {
    presence.classList.toggle("on", online)
    setText(presence, online ? "online" : "offline")
  }
  return { root, setOnline }
}
