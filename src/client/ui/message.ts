/** One line of the conversation as elements: a message in its bubble, or a sentence about the room. */
import type { Item, MessageId, NamedItem, ProblemItem, RosterItem, TextItem } from "../core/types.ts"
import { avatar } from "./avatar.ts"
import { button, h, spoken } from "./dom.ts"
import { type IconName, icon } from "./icons.ts"
import { failureWords, PROBLEM_WORDS, timeOf } from "./words.ts"

const STATES: Readonly<Record<TextItem["state"], { readonly sign: IconName; readonly word: string }>> = {
  sending: { sign: "clock", word: "Sending" },
  sent: { sign: "sent", word: "Sent" },
  delivered: { sign: "delivered", word: "Delivered" },
  read: { sign: "delivered", word: "Read" },
  failed: { sign: "alert", word: "Not sent" },
}

export interface MessageActions {
  readonly retry: (id: MessageId) => void
  readonly discard: (id: MessageId) => void
}

/**
 * A message, as far as it never changes. The time and state stand at the end of its last line. The name is repeated for
 * those who only hear it: the one that is seen stands once in a turn.
 */
export function messageElement({ sender, accountKey, mine, text }: TextItem): HTMLElement {
  // What happens to a message later is no news of the conversation: a screen reader finds it there.
  const meta = h("span", { class: "meta", "aria-live": "off" })
  return h(
    "article",
    { class: mine ? "own" : undefined },
    ...(mine
      ? []
      : [avatar(sender, accountKey), h("div", { class: "by", "aria-hidden": "true" }, h("bdi", {}, sender))]),
    spoken(`${mine ? "You" : sender}: `),
    h("div", { class: "bubble" }, h("p", { dir: "auto" }, text, meta)),
  )
}

/** Where a message stands among those of its turn: the first has avatar and name, and corners tighten between. */
export function setPlaceInTurn(article: HTMLElement, isFirst: boolean, isLast: boolean): void {
  article.classList.toggle("first", isFirst)
  article.classList.toggle("last", isLast)
}

/** Brings time and state into a message's element, and what can be done when it was not sent. */
export function setMessageState(
  article: HTMLElement,
  { id, mine, at, state, reason }: TextItem,
  actions: MessageActions,
) {
  const meta = article.querySelector(".meta")
  // The time runs in its own direction, whatever that of the text beside it is.
  meta?.replaceChildren(h("time", { dir: "auto", datetime: new Date(at).toISOString() }, timeOf(at)))
  if (mine) meta?.append(icon(STATES[state].sign), spoken(STATES[state].word))
  meta?.classList.toggle("read", state === "read")
  meta?.classList.toggle("failed", state === "failed")
  article.querySelector(".failure")?.remove()
  if (state !== "failed") return
  const retry = button({}, () => actions.retry(id), "Try again")
  const discard = button({}, () => actions.discard(id), "Discard")
  article.append(h("p", { class: "failure" }, failureWords(reason), retry, discard))
}

/** A sentence between the messages. */
export function factElement(item: Exclude<Item, TextItem>): HTMLElement {
  const time = h("time", { datetime: new Date(item.at).toISOString() }, timeOf(item.at))
  if (item.kind === "problem") return h("p", { class: "fact" }, icon("alert"), problem(item), time)
  if (item.kind === "named") return h("p", { class: "fact" }, icon("joined"), named(item), time)
  return h("p", { class: "fact" }, icon(item.kind === "key-changed" ? "key" : "joined"), roster(item), time)
}

function problem({ problem: what, name }: ProblemItem): HTMLElement {
  return h("span", {}, PROBLEM_WORDS[what](name ?? "somebody"))
}

function named({ sender, text }: NamedItem): HTMLElement {
  return h("span", {}, h("b", {}, h("bdi", {}, sender)), " named this group ", h("b", {}, h("bdi", {}, text)), ".")
}

function roster({ kind, name, devices, by }: RosterItem): HTMLElement {
  const who = h("b", {}, h("bdi", {}, name))
  const author = h("b", {}, h("bdi", {}, by ?? name))
  const isByAnother = by !== undefined && by !== name
  if (kind === "you-left" && isByAnother) return h("span", {}, author, " took you out. What was said until here stays.")
  if (kind === "you-left") return h("span", {}, "You left. What was said until here stays.")
  if (kind === "joined" && isByAnother && devices === 1) return h("span", {}, author, " added ", who, ".")
  if (kind === "left" && isByAnother && devices === 0) return h("span", {}, author, " took ", who, " out.")
  if (kind === "you-joined" && by === name) return h("span", {}, "You started this.")
  if (kind === "you-joined")
    return h("span", {}, "You joined here. What was said before stays with those who were here.")
  if (kind === "key-changed") return h("span", {}, who, " has a new key. Ask in person whether it is really them.")
  if (kind === "left") return h("span", {}, who, devices > 0 ? " uses one device less." : " left.")
  return h("span", {}, who, devices > 1 ? " joined with another device." : " joined, and can read from here on.")
}
