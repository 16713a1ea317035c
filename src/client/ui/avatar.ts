/** The round sign of a person: a letter on a ground that comes from the account key, never from the name. */
import { h } from "./dom.ts"
import { icon } from "./icons.ts"

const HUES = 8

/** `accountKey` is 32 bytes, as good as random: its first byte picks one of eight grounds. */
export function avatar(name: string, accountKey: Uint8Array): HTMLElement {
  const hue = ((accountKey[0] ?? 0) % HUES) + 1
  return h("span", { class: `avatar hue-${hue}`, "aria-hidden": "true" }, name.slice(0, 1).toUpperCase())
}

/** The square sign of the general room. */
export const generalAvatar = (): HTMLElement =>
  h("span", { class: "avatar home", "aria-hidden": "true" }, icon("house"))
