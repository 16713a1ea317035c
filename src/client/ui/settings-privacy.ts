/** What others hear of this person besides what is said. */
import type { Chat } from "../core/chat.ts"
import { h } from "./dom.ts"

export function privacySection(chat: Chat): readonly HTMLElement[] {
  const box = h("input", { type: "checkbox", checked: chat.settings.tellsRead })
  box.addEventListener("change", () => void chat.settings.change({ tellsRead: box.checked }))
  return [
    h("label", { class: "choice" }, box, " Show others what I have read"),
    h("p", { class: "hint" }, "Applies to this browser. Without it your messages to read stay “Delivered” for others."),
  ]
}
