/** What stands in a message's bubble: what it answers, its words, and the place for time and state at their end. */
import type { Quote, TextItem } from "../core/types.ts"
import { button, h } from "./dom.ts"
import { textBlocks } from "./rich-text-view.ts"

/** `meta` stands at the end of the last line, or below when that is full. `goTo` shows the message that is answered. */
export function messageBody(item: TextItem, meta: HTMLElement, goTo: (position: string) => void): HTMLElement[] {
  if (item.isDeleted) return [h("p", { class: "deleted" }, "This message was deleted.", meta)]
  const quote = item.quote === undefined ? [] : [quoteElement(item.quote, goTo)]
  return [...quote, ...withMeta(textBlocks(item), meta)]
}

/** The meta at the end of the last line, or on its own below what is no plain line. */
function withMeta(blocks: readonly HTMLElement[], meta: HTMLElement): readonly HTMLElement[] {
  const last = blocks.at(-1)
  if (last === undefined || !last.matches("p, h2, h3")) return [...blocks, h("div", { class: "meta-line" }, meta)]
  last.append(meta)
  return blocks
}

/** Two lines at most of the message that is answered. */
function quoteElement({ position, sender, text }: Quote, goTo: (position: string) => void): HTMLElement {
  const words = text === "" ? "This message was deleted." : text
  return button(
    { class: "cite", title: "Show this message" },
    () => goTo(position),
    h("b", {}, h("bdi", {}, sender)),
    h("span", { dir: "auto" }, words),
  )
}
