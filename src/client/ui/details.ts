/** Who is in the chat that is open, and what can be done about it: a panel beside the conversation, or over it. */
import type { Chat } from "../core/chat.ts"
import type { AccountName, RoomView } from "../core/types.ts"
import { setRoomSign } from "./avatar.ts"
import { toggle } from "./choices.ts"
import { confirmed } from "./dialog.ts"
import { button, h, setText, show } from "./dom.ts"
import { icon } from "./icons.ts"
import { memberRow } from "./member-row.ts"
import { addPeople, rename } from "./new-chat-dialog.ts"
import { isNarrow } from "./places.ts"
import { titleOf } from "./room-words.ts"
import { tool } from "./sidebar.ts"
import { verify } from "./verify-dialog.ts"

const KINDS = {
  general: () => "Everybody on this server",
  private: () => "Private chat",
  group: (people: number) => `Group of ${people}`,
}

/** `changed`: a chat was muted, or is told of again. */
export function details(chat: Chat, close: () => void, changed: () => void) {
  const heading = h("div", { class: "heading", role: "heading", tabindex: "-1" }, "Details")
  const sign = h("span", { class: "sign" })
  const name = h("bdi")
  const kind = h("span", { class: "hint" })
  const add = button({ class: "button" }, () => room && void addPeople(chat, room), icon("joined"), "Add people")
  const call = button({ class: "button" }, () => room && void rename(chat, room), icon("pen"), "Rename")
  const quick = h("div", { class: "quick" }, add, call)
  const count = h("span")
  const members = h("ul", { "aria-label": "Members" })
  const soon = h("p", { class: "hint" })
  const mute = h("div")
  const leave = button({ class: "line-button danger" }, () => void leaveGroup(), icon("out"), "Leave")
  const end = h("section", {}, leave)
  const root = h(
    "aside",
    { class: "details", "aria-label": "Details" },
    h("header", { class: "bar" }, heading, tool("Close details", "close", close)),
    h(
      "div",
      { class: "side-scroll" },
      h("div", { class: "card-id" }, sign, h("h2", { class: "name" }, name), kind),
      quick,
      h("section", {}, h("h3", {}, h("span", {}, "Members"), count), members, soon),
      h("section", {}, mute),
      end,
    ),
  )
  const rows = new Map<AccountName, ReturnType<typeof memberRow>>()
  let room: RoomView | undefined
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close()
  })

  function update(view: RoomView): void {
    // Alone on a narrow screen, this is what the page is about.
    heading.setAttribute("aria-level", isNarrow() ? "1" : "2")
    const isOther = view.id !== room?.id
    room = view
    const title = titleOf(view, chat.account)
    setRoomSign(sign, view, title)
    setText(name, title)
    setText(kind, view.isOut ? "You are no longer in this chat" : KINDS[view.kind](view.people.length))
    const canChange = view.kind === "group" && view.joined && !view.isOut
    show(quick, canChange)
    show(end, canChange)
    setText(count, view.people.length === 0 ? "" : String(view.people.length))
    if (isOther) clear()
    if (isOther)
      mute.replaceChildren(toggle("Mute this chat", chat.settings.isMuted(view.id), (on) => void silence(view.id, on)))
    drawMembers(view)
    setText(
      soon,
      view.adding.length === 0 ? "" : `${view.adding.join(", ")}: added as soon as the server has a key of theirs.`,
    )
    show(soon, view.adding.length > 0)
  }

  async function silence(id: RoomView["id"], on: boolean): Promise<void> {
    await chat.settings.mute(id, on)
    changed()
  }

  function clear(): void {
    rows.clear()
    members.replaceChildren()
  }

  function drawMembers({ people, isFounder, kind: roomKind }: RoomView): void {
    for (const [who, row] of rows)
      if (!people.some((person) => person.name === who)) {
        row.root.remove()
        rows.delete(who)
      }
    const online = chat.online()
    for (const [index, person] of people.entries()) {
      const isMe = person.name === chat.account
      const row =
        rows.get(person.name) ??
        memberRow(person, isMe, {
          verify: () => void verify(chat, person.name),
          remove: () => void remove(person.name),
        })
      rows.set(person.name, row)
      row.update(person, {
        isOnline: online.has(person.name),
        isVerified: chat.isVerified(person.name),
        canRemove: roomKind === "group" && isFounder && !isMe,
      })
      if (members.children[index] !== row.root) members.insertBefore(row.root, members.children[index] ?? null)
    }
  }

  async function remove(who: AccountName): Promise<void> {
    if (room === undefined) return
    const { id } = room
    const text = `${who} keeps what was said until now, and reads nothing that comes after.`
    if (await confirmed(`Remove ${who}?`, text, "Remove", "Cancel")) await chat.removePerson(id, who)
  }

  async function leaveGroup(): Promise<void> {
    if (room === undefined) return
    const { id } = room
    const text =
      "What was said until now stays on your devices. You get nothing new, and only somebody in the group can add you again."
    if (await confirmed(`Leave ${titleOf(room, chat.account)}?`, text, "Leave", "Stay")) await chat.leaveGroup(id)
  }

  return { root, update, focus: () => heading.focus() }
}
