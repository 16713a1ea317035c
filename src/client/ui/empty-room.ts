/** What stands in a room before anything is said: what the place is, and what it means. */
import type { RoomView } from "../core/types.ts"
import { h } from "./dom.ts"
import { type IconName, icon } from "./icons.ts"

export function emptyRoom({ kind, peer }: RoomView): HTMLElement {
  if (kind === "private" && peer !== undefined)
    return empty(
      `This chat is ${peer} and you.`,
      `Nothing has been said yet. Write now: it waits for ${peer} if they are away.`,
      ["Who can read this", `${peer} and you, on your own devices. Not the server, and nobody can be added.`],
      ["Be sure it is them", `Open Details and verify ${peer}, side by side or on a call.`],
    )
  if (kind === "group")
    return empty(
      "This group has just begun.",
      "Nothing has been said since you are here.",
      ["Who can read this", "The people in Details, on their own devices. Who is added later reads from then on."],
      ["Who decides", "Everybody here can add people. Who started the group can take people out."],
    )
  return empty(
    `You’re in. This room is everybody on ${location.hostname}.`,
    "Nothing has been said since you joined. What was said before stays with the people who were here: you don’t hold its keys.",
    ["Who can read this", "The people in the list, on their own devices. Not the server, and nobody who joins later."],
    ["How it is kept", "Your history stays in this browser, locked when you log out."],
  )
}

type Fact = readonly [title: string, text: string]

function empty(title: string, text: string, who: Fact, how: Fact): HTMLElement {
  const facts = h("ul", { class: "knows" }, fact("lock", who), fact("shield", how))
  return h("div", { class: "empty" }, h("h2", {}, title), h("p", {}, text), facts)
}

function fact(sign: IconName, [title, text]: Fact): HTMLElement {
  return h("li", {}, icon(sign), h("b", {}, title), h("span", {}, text))
}
