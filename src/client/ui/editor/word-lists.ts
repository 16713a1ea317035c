/** Word processors write an item of a list as a paragraph with a style, and its sign as text. Here it becomes a list again. */
import type { HtmlElement } from "./html-tree.ts"
import { styleOf } from "./pasted-marks.ts"

type HtmlNode = HtmlElement | string

/** Neighbouring items of one kind as one list, whatever their level. */
export function withWordLists(nodes: readonly HtmlNode[]): readonly HtmlNode[] {
  const out: HtmlNode[] = []
  let list: HtmlElement | undefined
  for (const node of nodes) {
    if (typeof node === "string") {
      if (list === undefined || node.trim() !== "") out.push(node)
      if (node.trim() !== "") list = undefined
      continue
    }
    const tag = wordList(node)
    if (tag === undefined) list = undefined
    else if (list?.tag !== tag) {
      list = { tag, attributes: new Map(), children: [] }
      out.push(list)
    }
    if (list === undefined) out.push(node)
    else list.children.push({ ...node, tag: "li" })
  }
  return out
}

/** The list that a paragraph is an item of. */
function wordList(element: HtmlElement): "ul" | "ol" | undefined {
  const style = styleOf(element, "mso-list")
  if (element.tag !== "p" || style === undefined || style === "none") return undefined
  return /^\s*\(?[\da-z]+[.)]/i.test(signOf(element)) ? "ol" : "ul"
}

function signOf(element: HtmlElement): string {
  if (isListSign(element)) return textOf(element)
  return element.children.map((child) => (typeof child === "string" ? "" : signOf(child))).join("")
}

/** Whether it holds an item's sign, which is no text. */
export const isListSign = (element: HtmlElement): boolean => styleOf(element, "mso-list") === "ignore"

const textOf = (element: HtmlElement): string =>
  element.children.map((child) => (typeof child === "string" ? child : textOf(child))).join("")
