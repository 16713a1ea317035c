/** People to tick, each a checkbox that is named by the person. A field to filter them comes when they are many. */
import type { AccountName, Person } from "../core/types.ts"
import { avatar } from "./avatar.ts"
import { h, show } from "./dom.ts"
import { presenceSign } from "./people-list.ts"

/** With more people than this there is a filter. */
const FEW = 8

let pickers = 0

export function personPicker(people: readonly Person[], online: ReadonlySet<string>, changed: () => void) {
  const prefix = `pick-${pickers++}`
  const picked = new Set<AccountName>()
  const rows = people.map((person, index) => ({ name: person.name, root: row(person, `${prefix}-${index}`) }))
  const filter = h("input", {
    ...{ class: "input", type: "search", "aria-label": "Filter people", placeholder: "Filter people" },
    ...{ autocomplete: "off", spellcheck: "false" },
  })
  const list = h(
    "fieldset",
    { class: "picks" },
    h("legend", { class: "spoken" }, "People"),
    ...rows.map(({ root }) => root),
  )
  const root = h("div", { class: "picker" }, ...(people.length > FEW ? [filter] : []), list)
  filter.addEventListener("input", () => {
    const wanted = filter.value.trim().toLowerCase()
    for (const { name, root } of rows) show(root, name.includes(wanted) || picked.has(name))
  })
  filter.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault()
  })

  function row({ name, accountKey }: Person, id: string): HTMLElement {
    const box = h("input", { type: "checkbox", "aria-labelledby": id, "aria-describedby": `${id}-presence` })
    box.addEventListener("change", () => {
      if (box.checked) picked.add(name)
      else picked.delete(name)
      changed()
    })
    const presence = presenceSign()
    presence.set(online.has(name))
    presence.root.id = `${id}-presence`
    return h(
      "label",
      { class: "pick" },
      box,
      avatar(name, accountKey),
      h("bdi", { class: "clip", id }, name),
      presence.root,
    )
  }

  return { root, picked: (): readonly AccountName[] => [...picked] }
}
