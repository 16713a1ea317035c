/**
 * The conversation as blocks: day lines, sentences, and turns of one sender's messages within five minutes. A change is
 * brought into the page by touching only what differs, down to the single message, so that a screen reader says what
 * is new and nothing else.
 */
import type { Item, TextItem } from "../core/types.ts"
import { avatar } from "./avatar.ts"
import { h } from "./dom.ts"
import { factElement, type MessageActions, messageElement } from "./message.ts"
import { dayOf, dayWords } from "./words.ts"

const SAME_TURN = 5 * 60 * 1000

/** A child that should be there. */
export interface Block {
  /** Stays the same for the same thing. */
  readonly key: string
  /** Differs when the element has to be made anew. */
  readonly state: string
  readonly make: () => HTMLElement
  /** What should be inside, after `fixed` children that never change. */
  readonly inside?: { readonly fixed: number; readonly blocks: readonly Block[] }
}

/** Brings the children of an element, after the first `fixed` ones, to what the blocks say. */
export function reconcile(parent: Element, blocks: readonly Block[], fixed = 0): void {
  const present = new Map([...parent.children].slice(fixed).map((child) => [child.getAttribute("data-key"), child]))
  for (const [index, block] of blocks.entries()) {
    const old = present.get(block.key)
    const element = old?.getAttribute("data-state") === block.state ? old : block.make()
    element.setAttribute("data-key", block.key)
    element.setAttribute("data-state", block.state)
    if (block.inside !== undefined) reconcile(element, block.inside.blocks, block.inside.fixed)
    const there = parent.children[fixed + index]
    if (there !== element) parent.insertBefore(element, there ?? null)
    if (old !== undefined && old !== element) old.remove()
    present.delete(block.key)
  }
  for (const gone of present.values()) gone.remove()
}

/** The blocks of these lines. */
export function blocksOf(items: readonly Item[], actions: MessageActions): Block[] {
  const blocks: Block[] = []
  let turn: TextItem[] = []
  let lastDay = ""
  const endTurn = (): void => {
    const [first] = turn
    if (first !== undefined) blocks.push(turnBlock(first, turn, actions))
    turn = []
  }
  for (const item of items) {
    const day = dayOf(item.at)
    if (day !== lastDay) {
      endTurn()
      blocks.push(dayBlock(item.at, day))
    }
    lastDay = day
    const last = turn.at(-1)
    const goesOn = item.kind === "text" && last?.sender === item.sender && item.at - last.at < SAME_TURN
    if (!goesOn) endTurn()
    if (item.kind === "text") turn.push(item)
    else blocks.push({ key: item.position, state: item.kind, make: () => factElement(item) })
  }
  endTurn()
  return blocks
}

function dayBlock(at: number, day: string): Block {
  const words = dayWords(at, Date.now())
  return { key: `day ${day}`, state: words, make: () => h("div", { class: "day", role: "separator" }, words) }
}

function turnBlock(first: TextItem, items: readonly TextItem[], actions: MessageActions): Block {
  const { sender, accountKey, mine } = first
  const name = (): HTMLElement => h("div", { class: "by", "aria-hidden": "true" }, h("bdi", {}, sender))
  const make = (): HTMLElement =>
    mine ? h("div", { class: "turn own" }) : h("div", { class: "turn" }, avatar(sender, accountKey), name())
  const blocks = items.map((item) => {
    const make = () => messageElement(item, actions)
    return { key: item.id, state: `${item.state} ${item.reason ?? ""}`, make }
  })
  return { key: `turn ${first.id}`, state: sender, make, inside: { fixed: mine ? 0 : 2, blocks } }
}
