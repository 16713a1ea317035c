/** The end of this browser as a device of the account, and of everything that it has stored. */
import { browserPlatform } from "../browser/index.ts"
import { forget } from "../core/account.ts"
import type { Chat } from "../core/chat.ts"
import { confirmed } from "./dialog.ts"
import { button, h } from "./dom.ts"

export function forgetSection(chat: Chat): readonly HTMLElement[] {
  const go = button({ class: "button danger" }, () => void ask(chat), "Forget all of it")
  return [
    h(
      "p",
      {},
      "Your keys and history leave this browser. What no other device of yours holds is gone. Your account stays: you can log in here again, and read what is said from then on.",
    ),
    h("p", {}, "On a computer that is not yours, do this when you go."),
    h("div", { class: "ends" }, go),
  ]
}

async function ask(chat: Chat): Promise<void> {
  const text = "Your keys and history leave this browser. What no other device of yours holds is gone, for ever."
  if (!(await confirmed("Forget this browser?", text, "Forget", "Cancel"))) return
  await chat.close()
  await forget(browserPlatform)
  location.replace("/home")
}
