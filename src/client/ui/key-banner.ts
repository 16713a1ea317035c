/** Somebody in the chat has another key than before: what that means, and the two ways on. Nothing is sent meanwhile. */
import type { Chat } from "../core/chat.ts"
import type { AccountName, RoomView } from "../core/types.ts"
import { button, h, show } from "./dom.ts"
import { icon } from "./icons.ts"
import { verify } from "./verify-dialog.ts"

export function keyBanner(chat: Chat) {
  const root = h("div", { class: "banners", role: "alert" })
  let shown = ""
  show(root, false)

  function update({ newKeys, waiting }: RoomView): void {
    const now = `${waiting} ${newKeys.join(" ")}`
    if (shown === now) return
    shown = now
    root.replaceChildren(...newKeys.map((name) => banner(chat, name, waiting)))
    show(root, newKeys.length > 0)
  }
  return { root, update }
}

function banner(chat: Chat, name: AccountName, waiting: number): HTMLElement {
  const accept = (): void => void chat.acceptKey(name, { verified: false })
  const held = waiting === 1 ? " 1 message waits." : ` ${waiting} messages wait.`
  return h(
    "section",
    { class: "held", "aria-label": `New key of ${name}` },
    icon("alert"),
    h(
      "div",
      {},
      h("b", {}, `${name} has a new key.`),
      h(
        "p",
        {},
        `Either ${name} started anew on SecureChat, or somebody pretends to be ${name}. Nothing is sent here until you accept it.${waiting > 0 ? held : ""}`,
      ),
      h(
        "div",
        { class: "acts" },
        button({ class: "button primary" }, () => void verify(chat, name), `Verify ${name}`),
        button({ class: "button plain" }, accept, "Accept the new key"),
      ),
    ),
  )
}
