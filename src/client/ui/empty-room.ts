/** What stands in the general room before anything is said: what the place is, and what it means. */
import { h } from "./dom.ts"
import { type IconName, icon } from "./icons.ts"

export function emptyRoom(): HTMLElement {
  return h(
    "div",
    { class: "empty" },
    h("h2", {}, `You’re in. This room is everybody on ${location.hostname}.`),
    h(
      "p",
      {},
      "Nothing has been said since you joined. What was said before stays with the people who were here: you don’t hold its keys.",
    ),
    h(
      "ul",
      { class: "knows" },
      fact(
        "lock",
        "Who can read this",
        "The people in the list, on their own devices. Not the server, and nobody who joins later.",
      ),
      fact("shield", "How it is kept", "Your history stays in this browser, locked when you log out."),
    ),
  )
}

function fact(sign: IconName, title: string, text: string): HTMLElement {
  return h("li", {}, icon(sign), h("b", {}, title), h("span", {}, text))
}
