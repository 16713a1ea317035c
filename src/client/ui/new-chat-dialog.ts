/** Starting a chat, and adding people to a group: both pick people of the general room. */
import type { Chat } from "../core/chat.ts"
import type { Person, RoomId, RoomView } from "../core/types.ts"
import { dialogForm, labelled, openDialog } from "./dialog.ts"
import { h, setText, show } from "./dom.ts"
import { personPicker } from "./person-picker.ts"

const NAME_MAX = 64

const everybody = (chat: Chat): readonly Person[] => {
  const general = chat.rooms().find(({ kind }) => kind === "general")
  return (general?.people ?? []).filter(({ name }) => name !== chat.account)
}

const nobody = (): HTMLElement =>
  h("p", {}, "Nobody else is here yet. Give people this server’s address; they appear when they have signed up.")

export const groupName = (): HTMLInputElement =>
  h("input", { class: "input", maxlength: NAME_MAX, autocomplete: "off", dir: "auto" })

/** One person makes a private chat, more make a group. `open` is called with the new chat. */
export function newChat(chat: Chat, open: (room: RoomId) => void): Promise<void> {
  return openDialog("New chat", (close) => {
    const people = everybody(chat)
    if (people.length === 0) return [nobody()]
    const name = groupName()
    const field = labelled("Group name", name)
    const readers = h("span", { class: "start hint", role: "status" })
    const picker = personPicker(people, chat.online(), changed)
    const form = dialogForm([picker.root, field], { label: "Start", beside: readers }, start, close)

    function changed(): void {
      const many = picker.picked().length
      show(field, many > 1)
      setText(readers, many < 2 ? "" : `${many + 1} people will be able to read it`)
      form.setReady(many > 0)
    }

    async function start(): Promise<boolean> {
      const [one, ...more] = picker.picked()
      if (one === undefined) return false
      if (more.length === 0) open(await chat.startPrivate(one))
      else {
        if (name.value.trim() === "") name.focus()
        open(await chat.startGroup({ name: name.value, people: [one, ...more] }))
      }
      return true
    }

    changed()
    return [h("p", {}, "Tick one person for a private chat, more for a group."), form.root]
  })
}

/** Adds people to a group: they read what is said from then on. */
export function addPeople(chat: Chat, room: RoomView): Promise<void> {
  return openDialog("Add people", (close) => {
    const inside = new Set([...room.people.map(({ name }) => name), ...room.adding])
    const people = everybody(chat).filter(({ name }) => !inside.has(name))
    if (people.length === 0)
      return [everybody(chat).length === 0 ? nobody() : h("p", {}, "Everybody on this server is in this group.")]
    const picker = personPicker(people, chat.online(), () => form.setReady(picker.picked().length > 0))
    const form = dialogForm(
      [picker.root],
      { label: "Add" },
      async () => {
        await chat.addPeople(room.id, picker.picked())
        return true
      },
      close,
    )
    form.setReady(false)
    return [h("p", {}, "They read what is said from now on, and nothing from before."), form.root]
  })
}

/** Gives a group another name. */
export function rename(chat: Chat, room: RoomView): Promise<void> {
  return openDialog("Rename", (close) => {
    const name = groupName()
    name.value = room.name
    const save = async (): Promise<boolean> => {
      if (name.value.trim() === "") name.focus()
      if (name.value.trim() !== room.name) await chat.renameGroup(room.id, name.value)
      return true
    }
    return [dialogForm([labelled("Group name", name)], { label: "Save" }, save, close).root]
  })
}
