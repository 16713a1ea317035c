/** Whether and how new messages are told of while nobody looks. The browser asks for its permission when they are switched on. */
import type { Chat } from "../core/chat.ts"
import { toggle } from "./choices.ts"
import { h, setText } from "./dom.ts"

export function notificationsSection(chat: Chat): readonly HTMLElement[] {
  const { settings } = chat
  const answer = h("p", { class: "hint", role: "status" })

  async function allow(isOn: boolean): Promise<void> {
    const permission = isOn ? await Notification.requestPermission() : "default"
    await settings.change({ notifies: isOn && permission === "granted" })
    setText(answer, permission === "denied" ? DENIED : "")
  }

  return [
    toggle(
      "Tell me of new messages",
      settings.notifies && Notification.permission === "granted",
      (isOn) => void allow(isOn),
    ),
    answer,
    toggle(
      "Show who wrote and what",
      settings.showsWords,
      (showsWords) => void settings.change({ showsWords }),
      "Without it a notification says only that there is something new: whoever sees the screen reads nothing.",
    ),
    toggle("Play a sound", settings.sounds, (sounds) => void settings.change({ sounds })),
    h("p", { class: "hint" }, "A single chat is muted in its details. Applies to this browser."),
  ]
}

const DENIED = "This browser does not allow notifications for this page. Allow them beside its address, then try again."
