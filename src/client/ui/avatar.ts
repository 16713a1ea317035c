/**
 * The signs of people and rooms: people are round, groups are square, General is the one solid tile. The ground of a sign
 * comes from an account key or a room's id, never from a name.
 */
import type { RoomView } from "../core/types.ts"
import { h } from "./dom.ts"
import { icon } from "./icons.ts"

const HUES = 8
const LETTERS = 2

const hue = (seed: number): string => `hue-${(seed % HUES) + 1}`

/** `accountKey` is 32 bytes, as good as random: its first byte picks one of eight grounds. */
export function avatar(name: string, accountKey: Uint8Array): HTMLElement {
  return h("span", { class: `avatar ${hue(accountKey[0] ?? 0)}`, "aria-hidden": "true" }, first(name).toUpperCase())
}

/** The square sign of the general room. */
const generalAvatar = (): HTMLElement => h("span", { class: "avatar home", "aria-hidden": "true" }, icon("house"))

/** The sign of a room that is called `title`. */
function roomAvatar({ kind, id, peer, people }: RoomView, title: string): HTMLElement {
  if (kind === "general") return generalAvatar()
  const other = people.find(({ name }) => name === peer)
  if (peer !== undefined) return avatar(peer, other?.accountKey ?? new Uint8Array(1))
  const words = title.split(/[\s,]+/u).filter((word) => word !== "")
  const letters = words.slice(0, LETTERS).map((word) => first(word).toUpperCase())
  const seed = [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0)
  return h("span", { class: `avatar group ${hue(seed)}`, "aria-hidden": "true" }, letters.join(""))
}

/** Brings the sign of a room into its holder, anew only when it looks different. */
export function setRoomSign(holder: HTMLElement, room: RoomView, title: string): void {
  const looks = `${title} ${room.people.find(({ name }) => name === room.peer)?.accountKey[0]}`
  if (holder.dataset["looks"] === looks && holder.childElementCount > 0) return
  holder.dataset["looks"] = looks
  holder.replaceChildren(roomAvatar(room, title))
}

/** The first character as it is read, which may be more than one code unit. */
const first = (text: string): string => String.fromCodePoint(text.codePointAt(0) ?? 0x23)
