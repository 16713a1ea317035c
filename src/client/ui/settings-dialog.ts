/**
 * The settings: sections side by side with what they hold; on a narrow screen first the list, then the section. A section
 * is made when it is opened, and forgotten with what was typed into it when another is.
 */
import type { Chat } from "../core/chat.ts"
import { openDialog } from "./dialog.ts"
import { button, h } from "./dom.ts"
import { type IconName, icon } from "./icons.ts"
import { appearanceSection } from "./settings-appearance.ts"
import { devicesSection } from "./settings-devices.ts"
import { forgetSection } from "./settings-forget.ts"
import { historySection } from "./settings-history.ts"
import { notificationsSection } from "./settings-notifications.ts"
import { passwordSection } from "./settings-password.ts"
import { privacySection } from "./settings-privacy.ts"
import { writingSection } from "./settings-writing.ts"
import { tool } from "./sidebar.ts"

interface Section {
  readonly title: string
  readonly sign: IconName
  readonly kind?: "danger"
  readonly make: (chat: Chat) => readonly HTMLElement[]
}

const SECTIONS: readonly [Section, ...Section[]] = [
  { title: "Devices", sign: "laptop", make: devicesSection },
  { title: "History", sign: "clock", make: historySection },
  { title: "Password", sign: "key", make: passwordSection },
  { title: "Appearance", sign: "contrast", make: appearanceSection },
  { title: "Writing", sign: "pen", make: writingSection },
  { title: "Notifications", sign: "bell", make: notificationsSection },
  { title: "Privacy", sign: "eye", make: privacySection },
  { title: "Forget this browser", sign: "trash", kind: "danger", make: forgetSection },
]

export function openSettings(chat: Chat): Promise<void> {
  return openDialog("Settings", () => [settings(chat)], "wide")
}

function settings(chat: Chat): HTMLElement {
  const buttons = SECTIONS.map((section) => ({ section, button: entry(section, () => open(section, true)) }))
  const nav = h("nav", { "aria-label": "Sections" }, ...buttons.map((each) => each.button))
  const pane = h("div", { class: "pane" })
  const root = h("div", { class: "settings" }, nav, pane)

  function open(section: Section, isAsked: boolean): void {
    for (const each of buttons)
      if (each.section === section) each.button.setAttribute("aria-current", "true")
      else each.button.removeAttribute("aria-current")
    const heading = h("h3", { tabindex: "-1" }, section.title)
    const back = tool("Back to settings", "back", () => list(section))
    back.classList.add("only-narrow")
    pane.replaceChildren(h("div", { class: "pane-head" }, back, heading), ...section.make(chat))
    root.classList.toggle("inside", isAsked)
    if (isAsked) heading.focus()
  }

  function list(section: Section): void {
    root.classList.remove("inside")
    buttons.find((each) => each.section === section)?.button.focus()
  }

  open(SECTIONS[0], false)
  return root
}

function entry({ title, sign, kind }: Section, open: () => void): HTMLButtonElement {
  return button({ class: kind === undefined ? "line-button" : `line-button ${kind}` }, open, icon(sign), title)
}
