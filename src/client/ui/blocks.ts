/**
 * The conversation as blocks: day lines, the line above what is new, sentences, and messages, of which those of one sender
 * within five minutes make a turn. A change is brought into the page by touching only what differs, so that a screen reader says what is new and
 * nothing else: what stays is neither made anew nor moved, and a message whose state changes is only told so.
 */
import type { Item, TextItem } from "../core/types.ts"
import { h } from "./dom.ts"
import { keyOf } from "./lines.ts"
import {
  factElement,
  type MessageActions,
  messageElement,
  messageState,
  setMessage,
  setPlaceInTurn,
} from "./message.ts"
import type { Fresh } from "./news.ts"
import { dayOf, dayWords, newLineWords } from "./words.ts"

const SAME_TURN = 5 * 60 * 1000

/** A child that should be there. */
export interface Block {
  /** Stays the same for the same thing, and is nobody else's. */
  readonly key: string
  readonly make: () => HTMLElement
  /** What can change, as text; `update` brings it into the element whenever it differs. */
  readonly state: string
  readonly update: (element: HTMLElement) => void
}

/** Brings the children of an element to what the blocks say. */
export function reconcile(parent: HTMLElement, blocks: readonly Block[]): void {
  const wanted = new Set(blocks.map(({ key }) => key))
  const kept = new Map<string, HTMLElement>()
  // What goes, goes first: what stays need not move then.
  for (const child of [...parent.children]) {
    const key = child.getAttribute("data-key") ?? ""
    if (child instanceof HTMLElement && wanted.has(key)) kept.set(key, child)
    else child.remove()
  }
  let there = parent.firstElementChild
  for (const block of blocks) {
    const element = kept.get(block.key) ?? block.make()
    if (element.getAttribute("data-state") !== block.state) block.update(element)
    element.setAttribute("data-key", block.key)
    element.setAttribute("data-state", block.state)
    if (there === element) there = element.nextElementSibling
    else parent.insertBefore(element, there)
  }
}

/** The blocks of these lines, with a line above the first that is new. */
export function blocksOf(items: readonly Item[], actions: MessageActions, fresh?: Fresh): Block[] {
  const days = new Set<string>()
  return items.flatMap((item, index) => {
    const day = dayOf(item.at)
    const above: Block[] = days.has(day) ? [] : [dayBlock(item.at, day)]
    days.add(day)
    if (item.position === fresh?.position) above.push(freshBlock(fresh.count))
    const isParted = (line: Item | undefined): boolean => line !== undefined && line.position === fresh?.position
    const before = isParted(item) ? undefined : items[index - 1]
    const next = isParted(items[index + 1]) ? undefined : items[index + 1]
    return [...above, item.kind === "text" ? messageBlock(item, before, next, actions) : factBlock(item)]
  })
}

function freshBlock(count: number): Block {
  return {
    key: "new",
    make: () => h("div", { class: "day new", role: "separator" }, newLineWords(count)),
    state: String(count),
    update: (element) => element.replaceChildren(newLineWords(count)),
  }
}

function dayBlock(at: number, day: string): Block {
  const words = dayWords(at, Date.now())
  return {
    key: `day ${day}`,
    make: () => h("div", { class: "day", role: "separator" }),
    state: words,
    update: (element) => element.replaceChildren(words),
  }
}

function factBlock(item: Exclude<Item, TextItem>): Block {
  return { key: keyOf(item), make: () => factElement(item), state: "", update: () => undefined }
}

function messageBlock(
  item: TextItem,
  before: Item | undefined,
  next: Item | undefined,
  actions: MessageActions,
): Block {
  const isFirst = !isSameTurn(before, item)
  const isLast = !isSameTurn(item, next)
  return {
    key: keyOf(item),
    make: () => messageElement(item),
    state: `${messageState(item)} ${isFirst} ${isLast}`,
    update: (element) => {
      setPlaceInTurn(element, isFirst, isLast)
      setMessage(element, item, actions)
    },
  }
}

function isSameTurn(one: Item | undefined, next: Item | undefined): boolean {
  if (one?.kind !== "text" || next?.kind !== "text" || one.sender !== next.sender) return false
  return next.at - one.at < SAME_TURN && dayOf(one.at) === dayOf(next.at)
}
