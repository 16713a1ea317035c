/**
 * Somebody in the chat has another key than before: what that means, and the ways on. Nothing is sent meanwhile. A private
 * chat belongs to two keys for ever: after the new key is accepted, it goes on in another one.
 */
import type { Chat } from "../core/chat.ts"
import type { AccountName, RoomView } from "../core/types.ts"
import { button, h, show } from "./dom.ts"
import { icon } from "./icons.ts"
import { verify } from "./verify-dialog.ts"

export function keyBanner(chat: Chat, write: (name: AccountName) => void) {
  const root = h("div", { class: "banners", role: "alert" })
  let shown = ""
  show(root, false)

  async function update({ newKeys, waiting }: RoomView): Promise<void> {
    if (newKeys.length === 0 && shown === "") return
    const accepted = await acceptedOf(chat, newKeys)
    const now = newKeys.map((name) => `${name} ${accepted.has(name)} ${waiting}`).join()
    if (shown === now) return
    shown = now
    root.replaceChildren(
      ...newKeys.map((name) =>
        accepted.has(name) ? oldChat(name, () => write(name)) : newKey(chat, name, heldWords(waiting)),
      ),
    )
    show(root, newKeys.length > 0)
  }
  return { root, update: (room: RoomView) => void update(room) }
}

/** Those whose new key was accepted already. */
async function acceptedOf(chat: Chat, names: readonly AccountName[]): Promise<ReadonlySet<AccountName>> {
  const found = await Promise.all(names.map(async (name) => ((await chat.verification(name)).isNew ? [] : [name])))
  return new Set(found.flat())
}

function heldWords(waiting: number): string {
  if (waiting === 0) return ""
  return waiting === 1 ? " 1 message waits." : ` ${waiting} messages wait.`
}

function newKey(chat: Chat, name: AccountName, held: string): HTMLElement {
  const accept = (): void => void chat.acceptKey(name, { verified: false })
  return banner(
    `${name} has a new key.`,
    `Either ${name} started anew on SecureChat, or somebody pretends to be ${name}. Nothing is sent here until you accept it.${held}`,
    button({ class: "button primary" }, () => void verify(chat, name), `Verify ${name}`),
    button({ class: "button plain" }, accept, "Accept the new key"),
  )
}

function oldChat(name: AccountName, write: () => void): HTMLElement {
  return banner(
    `This chat belongs to the key that ${name} had before.`,
    `What was said stays here. With the new key you go on in a new chat; nothing is sent in this one any more.`,
    button({ class: "button primary" }, write, "Open the new chat"),
  )
}

function banner(title: string, text: string, ...buttons: readonly HTMLElement[]): HTMLElement {
  return h(
    "section",
    { class: "held", "aria-label": title },
    icon("alert"),
    h("div", {}, h("b", {}, title), h("p", {}, text), h("div", { class: "acts" }, ...buttons)),
  )
}
