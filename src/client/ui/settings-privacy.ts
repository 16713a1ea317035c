/** What others hear of this person besides what is said. */
import type { Chat } from "../core/chat.ts"
import { toggle } from "./choices.ts"

export function privacySection(chat: Chat): readonly HTMLElement[] {
  return [
    toggle(
      "Show others what I have read",
      chat.settings.tellsRead,
      (tellsRead) => void chat.settings.change({ tellsRead }),
      "Applies to this browser. Without it your messages to read stay “Delivered” for others.",
    ),
  ]
}
