/** Everybody on this server, those online first. Pressing a person opens the private chat with them. */
import type { Chat } from "../core/chat.ts"
import type { AccountName, Person, RoomView } from "../core/types.ts"
import { avatar } from "./avatar.ts"
import { button, h, setText } from "./dom.ts"

export function peopleList(chat: Chat, write: (name: AccountName) => void) {
  const count = h("span")
  const list = h("ul", { "aria-label": "People" })
  const root = h("section", {}, h("h2", {}, h("span", {}, "People"), count), list)
  const rows = new Map<string, ReturnType<typeof personRow>>()

  /** Shows the people of the general room. */
  function update(general: RoomView): void {
    const online = chat.online()
    const others = general.people.filter(({ name }) => name !== chat.account)
    const sorted = [...others].sort((a, b) => Number(online.has(b.name)) - Number(online.has(a.name)))
    for (const [name, row] of rows)
      if (!others.some((person) => person.name === name)) {
        row.root.remove()
        rows.delete(name)
      }
    for (const [index, person] of sorted.entries()) {
      const row = rows.get(person.name) ?? personRow(person, () => write(person.name))
      rows.set(person.name, row)
      row.setOnline(online.has(person.name))
      if (list.children[index] !== row.root) list.insertBefore(row.root, list.children[index] ?? null)
    }
    setText(count, `${others.filter(({ name }) => online.has(name)).length} online`)
  }

  return { root, update }
}

function personRow({ name, accountKey }: Person, write: () => void) {
  const presence = presenceSign()
  const title = `Write to ${name}`
  const press = button({ class: "name clip", "aria-label": title, title }, write, h("bdi", {}, name))
  const root = h("li", { class: "person" }, avatar(name, accountKey), press, presence.root)
  return { root, setOnline: presence.set }
}

/** The dot and the word that say whether somebody is online. */
export function presenceSign() {
  const root = h("span", { class: "presence" })
  const set = (isOnline: boolean): void => {
    root.classList.toggle("on", isOnline)
    setText(root, isOnline ? "online" : "offline")
  }
  set(false)
  return { root, set }
}
