/** The page when this tab has no chat to show: it is open elsewhere, or the session is over. One sentence, one way on. */
import { button, h } from "./dom.ts"
import { logo } from "./icons.ts"

export interface Farewell {
  readonly title: string
  readonly text: string
  readonly action: string
}

export const FAREWELLS = {
  elsewhere: {
    title: "SecureChat is open in another tab",
    text: "One tab at a time keeps your messages in order. What you wrote there goes on here.",
    action: "Use it here",
  },
  replaced: {
    title: "This browser’s account is connected from somewhere else",
    text: "A copy of this browser’s data has connected. If that was not you, log out there and change your password.",
    action: "Use it here",
  },
  ended: {
    title: "You are logged out",
    text: "Your history stays in this browser, locked until you log in again.",
    action: "Log in",
  },
  failed: {
    title: "This browser could not store what came",
    text: "Nothing was lost: it is fetched again. Free some space on this device, then go on.",
    action: "Try again",
  },
  broken: {
    title: "What is stored in this browser can’t be read",
    text: "Log out and log in again. If that does not help, your messages can be read on your other devices.",
    action: "Log in",
  },
} as const satisfies Record<string, Farewell>

/** Replaces the page. */
export function showFarewell({ title, text, action }: Farewell, go: () => void): void {
  const heading = h("h1", { tabindex: "-1" }, title)
  const main = h(
    "main",
    { class: "gone" },
    h("div", { class: "brand" }, logo(), "SecureChat"),
    heading,
    h("p", {}, text),
    button({ class: "button primary" }, go, action),
  )
  document.body.replaceChildren(main)
  heading.focus()
}
