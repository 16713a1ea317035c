/** Two people compare what their devices hold of each other: 60 digits that both see alike, or the QR code of both keys. */
import type { Chat } from "../core/chat.ts"
import type { AccountName, Verification } from "../core/types.ts"
import { openDialog } from "./dialog.ts"
import { button, h } from "./dom.ts"
import { qrCode } from "./qr-code.ts"

/** Opens the dialog for a person that this device knows a key of. */
export async function verify(chat: Chat, name: AccountName): Promise<void> {
  const found = await chat.verification(name)
  await openDialog(`Verify ${name}`, (close) => content(chat, name, found, close))
}

function content(chat: Chat, name: AccountName, { digits, text, isVerified }: Verification, close: () => void) {
  const match = async (): Promise<void> => {
    await chat.acceptKey(name, { verified: true })
    close()
  }
  const differ = h(
    "p",
    {},
    `If they differ, don’t send anything private here: somebody may be between you. Tell ${name} by another way.`,
  )
  return [
    h(
      "p",
      {},
      `Compare with ${name}, side by side or on a call: ${name} opens Details here too. If all 60 digits are the same, nobody is listening in between.`,
    ),
    h(
      "div",
      { class: "side-by" },
      h("div", { class: "qr-ground" }, qrCode(text, `QR code of the keys of ${name} and you`)),
      h("div", { class: "code digits", role: "group", "aria-label": "Safety number" }, ...digits.map(group)),
    ),
    differ,
    h(
      "div",
      { class: "ends" },
      ...(isVerified ? [h("span", { class: "start hint" }, `You have verified ${name}.`)] : []),
      button({ class: "button primary" }, () => void match(), "They match"),
    ),
  ]
}

/** Blanks between the groups, also where they are copied or read aloud. */
const group = (five: string): HTMLElement => h("span", {}, `${five} `)
