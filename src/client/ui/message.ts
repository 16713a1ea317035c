/** One line of the conversation as elements: a message in its bubble, or a sentence about the room. */
import type { Item, MessageId, ProblemItem, RosterItem, TextItem } from "../core/types.ts"
import { button, h, spoken } from "./dom.ts"
import { type IconName, icon } from "./icons.ts"
import { failureWords, PROBLEM_WORDS, timeOf } from "./words.ts"

const STATES: Readonly<Record<TextItem["state"], { readonly sign: IconName; readonly word: string }>> = {
  sending: { sign: "clock", word: "Sending" },
  sent: { sign: "sent", word: "Sent" },
  delivered: { sign: "delivered", word: "Delivered" },
  failed: { sign: "alert", word: "Not sent" },
}

export interface MessageActions {
  readonly retry: (id: MessageId) => void
  readonly discard: (id: MessageId) => void
}

/** A message; the time and state stand at the end of its last line. The name is repeated for those who only hear it. */
export function messageElement(item: TextItem, actions: MessageActions): HTMLElement {
  const { sender, mine, text, at, state, reason } = item
  const meta = h("span", { class: "meta" }, h("time", { datetime: new Date(at).toISOString() }, timeOf(at)))
  if (mine) meta.append(icon(STATES[state].sign), spoken(STATES[state].word))
  meta.classList.toggle("failed", state === "failed")
  const article = h(
    "article",
    {},
    spoken(`${mine ? "You" : sender}: `),
    h("div", { class: "bubble" }, h("p", { dir: "auto" }, text), meta),
  )
  if (state === "failed")
    article.append(
      h(
        "p",
        { class: "failure" },
        failureWords(reason),
        button({}, () => actions.retry(item.id), "Try again"),
        button({}, () => actions.discard(item.id), "Discard"),
      ),
    )
  return article
}

/** A sentence between the messages. */
export function factElement(item: Exclude<Item, TextItem>): HTMLElement {
  const time = h("time", { datetime: new Date(item.at).toISOString() }, timeOf(item.at))
  if (item.kind === "problem") return h("p", { class: "fact" }, icon("alert"), problem(item), time)
  return h("p", { class: "fact" }, icon(item.kind === "key-changed" ? "key" : "joined"), roster(item), time)
}

function problem({ problem: what, name }: ProblemItem): HTMLElement {
  return h("span", {}, PROBLEM_WORDS[what](name ?? "somebody"))
}

function roster({ kind, name, devices }: RosterItem): HTMLElement {
  const who = h("b", {}, h("bdi", {}, name))
  if (kind === "you-joined")
    return h("span", {}, "You joined here. What was said before stays with those who were here.")
  if (kind === "key-changed") return h("span", {}, who, " has a new key. Ask in person whether it is really them.")
  if (kind === "left") return h("span", {}, who, devices > 0 ? " uses one device less." : " left.")
  return h("span", {}, who, devices > 1 ? " joined with another device." : " joined, and can read from here on.")
}
