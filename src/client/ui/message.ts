/** One line of the conversation as elements: a message in its bubble, or a sentence about the room. */
import type { Item, MessageId, NamedItem, ProblemItem, RosterItem, TextItem } from "../core/types.ts"
import { avatar } from "./avatar.ts"
import { button, h, show, spoken } from "./dom.ts"
import { type IconName, icon } from "./icons.ts"
import { messageBody } from "./message-body.ts"
import { setReactions } from "./reactions.ts"
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
  readonly react: (item: TextItem, emoji: string, on: boolean) => void
  /** Shows another message of this conversation. */
  readonly goTo: (position: string) => void
}

/**
 * The frame of a message. The name is repeated for those who only hear it: the one that is seen stands once in a turn.
 * What happens to a message later is no news of the conversation: a screen reader finds it there.
 */
export function messageElement({ sender, accountKey, mine }: TextItem): HTMLElement {
  const name = h("div", { class: "by", "aria-hidden": "true" }, h("bdi", {}, sender))
  return h(
    "article",
    { class: mine ? "own" : undefined, tabindex: "-1" },
    ...(mine ? [] : [avatar(sender, accountKey), name]),
    spoken(`${mine ? "You" : sender}: `),
    h("div", { class: "bubble rich" }),
    h("div", { class: "reacts", role: "group", "aria-label": "Reactions", "aria-live": "off" }),
    h("div", { class: "failure", "aria-live": "off" }),
  )
}

/** Where a message stands among those of its turn: the first has avatar and name, and corners tighten between. */
export function setPlaceInTurn(article: HTMLElement, isFirst: boolean, isLast: boolean): void {
  article.classList.toggle("first", isFirst)
  article.classList.toggle("last", isLast)
}

/** Everything of a message that can change and is seen, as text. */
export function messageState(item: TextItem): string {
  return JSON.stringify([
    wordsState(item),
    item.state,
    item.reason,
    item.at,
    item.editedAt,
    item.change,
    item.reactions,
  ])
}

const wordsState = ({ text, doc, isDeleted, quote }: TextItem): string =>
  JSON.stringify([text, doc, isDeleted, quote?.sender, quote?.text])

/** Brings a message into its element: only what differs from what stands there. */
export function setMessage(article: HTMLElement, item: TextItem, actions: MessageActions): void {
  const bubble = article.querySelector(".bubble")
  const words = wordsState(item)
  if (bubble !== null && article.dataset["words"] !== words) {
    article.dataset["words"] = words
    bubble.replaceChildren(...messageBody(item, h("span", { class: "meta", "aria-live": "off" }), actions.goTo))
  }
  setMeta(article.querySelector(".meta"), item)
  setReactions(article.querySelector<HTMLElement>(".reacts"), item, actions.react)
  setFailure(article.querySelector<HTMLElement>(".failure"), item, actions)
}

/** The time and state stand at the end of the last line. */
function setMeta(meta: Element | null, { at, mine, state, editedAt, change }: TextItem): void {
  if (meta === null) return
  const shown = change?.state ?? state
  // The time runs in its own direction, whatever that of the text beside it is.
  const time = h("time", { dir: "auto", datetime: new Date(at).toISOString() }, timeOf(at))
  const edited = editedAt === undefined ? [] : [h("span", {}, "edited")]
  const sign = mine || change !== undefined ? [icon(STATES[shown].sign), spoken(STATES[shown].word)] : []
  meta.replaceChildren(...edited, time, ...sign)
  meta.classList.toggle("read", shown === "read")
  meta.classList.toggle("failed", shown === "failed")
}

/** What can be done when a message, or a change to it, was not sent. */
function setFailure(place: HTMLElement | null, { id, state, reason, change }: TextItem, actions: MessageActions): void {
  if (place === null) return
  const failed = state === "failed" ? id : change?.state === "failed" ? change.id : undefined
  show(place, failed !== undefined)
  place.replaceChildren()
  if (failed === undefined) return
  const retry = button({}, () => actions.retry(failed), "Try again")
  const discard = button({}, () => actions.discard(failed), "Discard")
  place.append(state === "failed" ? failureWords(reason) : "The change was not sent.", retry, discard)
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
