/** One person of a chat: whether they are here, with how many devices, and whether their key was compared. */
import type { Person } from "../core/types.ts"
import { avatar } from "./avatar.ts"
import { button, h, setText, show } from "./dom.ts"
import { icon } from "./icons.ts"
import { presenceSign } from "./people-list.ts"
import { tool } from "./sidebar.ts"

export interface MemberState {
  readonly isOnline: boolean
  readonly isVerified: boolean
  readonly canRemove: boolean
}

export interface MemberActions {
  readonly verify: () => void
  readonly remove: () => void
}

export function memberRow({ name, accountKey }: Person, isMe: boolean, actions: MemberActions) {
  const presence = presenceSign()
  const devices = h("span")
  const check = button({ class: "button quiet", "aria-label": `Verify ${name}` }, actions.verify, "Verify")
  const shown = { class: "ok", "aria-label": `Verified: show the digits of ${name}` }
  const ok = button(shown, actions.verify, icon("shield"), "Verified")
  const remove = tool(`Remove ${name}`, "close", actions.remove)
  const sub = h("span", { class: "sub" }, presence.root, ...(isMe ? [h("span", {}, "you")] : []), devices)
  const root = h(
    "li",
    { class: "member" },
    avatar(name, accountKey),
    h("span", { class: "clip" }, h("bdi", { class: "name clip" }, name), sub),
    h("span", { class: "acts" }, ...(isMe ? [] : [ok, check]), remove),
  )

  function update(person: Person, { isOnline, isVerified, canRemove }: MemberState): void {
    presence.set(isOnline)
    setText(devices, person.devices === 1 ? "1 device" : `${person.devices} devices`)
    show(ok, isVerified)
    show(check, !isVerified)
    show(remove, canRemove)
  }
  return { root, update }
}
