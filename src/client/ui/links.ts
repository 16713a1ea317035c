/** Links of messages: what they lead to is somebody else's, so the page there learns nothing and gets no hold on this one. */
import { isLinkTarget } from "../core/rich-text.ts"
import { h } from "./dom.ts"

/** The attributes of a link. The address is shown by the browser, and as title: the words may say anything. */
export const linkAttributes = (href: string) => ({
  ...{ href, title: href, target: "_blank", rel: "noopener noreferrer nofollow ugc" },
})

const ADDRESS = /\bhttps?:\/\/[^\s<>"“”«»]+/giu
/** What may stand after an address in a sentence. */
const AFTER = /[.,;:!?'’*_~…]$/u
const PAIRS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" }

/** Text in which the bare addresses are links. */
export function linkedText(text: string): readonly (Node | string)[] {
  const parts: (Node | string)[] = []
  let from = 0
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = withoutEnd(found)
    if (!isLinkTarget(address)) continue
    parts.push(text.slice(from, index), h("a", linkAttributes(address), address))
    from = index + address.length
  }
  return [...parts, text.slice(from)].filter((part) => part !== "")
}

/** An address without the sentence's end, and without a bracket that it does not open. */
export function withoutEnd(address: string): string {
  const last = address.at(-1) ?? ""
  const opening = PAIRS[last]
  const isSentences = AFTER.test(address) || (opening !== undefined && count(address, opening) < count(address, last))
  return isSentences ? withoutEnd(address.slice(0, -1)) : address
}

const count = (text: string, sign: string): number => text.split(sign).length - 1
