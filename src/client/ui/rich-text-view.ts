/**
 * Formatted text as elements. They are made by the DOM's own functions from a parsed RichText, so nothing that a sender wrote
 * can become markup: texts become text nodes, names of colours become classes of a fixed set, and addresses were checked by
 * the parser. Each text block runs in its own direction.
 */
import type { Block, Inline, ListItem, Mark, RichText, SimpleMarkName, TextRun } from "../core/rich-text.ts"
import { h } from "./dom.ts"
import { linkAttributes, linkedText } from "./links.ts"

/** The elements of marks and headings, which the editor shows as well. Below the chat's own heading come h2 and h3. */
export const MARK_TAGS = {
  ...({ bold: "strong", italic: "em", underline: "u", strikethrough: "s" } as const),
  ...({ superscript: "sup", subscript: "sub", code: "code" } as const),
} satisfies Readonly<Record<SimpleMarkName, keyof HTMLElementTagNameMap>>
export const HEADING_TAGS = { 1: "h2", 2: "h3" } as const

/** Formatted text as blocks; text without a form as one paragraph in which addresses are links. */
export function textBlocks({
  text,
  doc,
}: {
  readonly text: string
  readonly doc: RichText | undefined
}): HTMLElement[] {
  return doc === undefined ? [h("p", { dir: "auto" }, ...linkedText(text))] : doc.content.map(blockElement)
}

function blockElement(block: Block): HTMLElement {
  switch (block.type) {
    case "paragraph":
      return h("p", { dir: "auto" }, ...inlineNodes(block.content))
    case "heading":
      return h(HEADING_TAGS[block.attrs.level], { dir: "auto" }, ...inlineNodes(block.content))
    case "code_block":
      return h("pre", { dir: "auto" }, h("code", {}, ...(block.content ?? []).map(({ text }) => text)))
    case "blockquote":
      return h("blockquote", {}, ...block.content.map(blockElement))
    case "bullet_list":
      return h("ul", {}, ...block.content.map(itemElement))
    case "ordered_list":
      return h("ol", {}, ...block.content.map(itemElement))
  }
}

const itemElement = (item: ListItem): HTMLElement => h("li", {}, ...item.content.map(blockElement))

/** Neighbours with the same address are one link. */
function inlineNodes(content: readonly Inline[] = []): Node[] {
  const nodes: Node[] = []
  let link: { readonly href: string; readonly element: HTMLElement } | undefined
  for (const inline of content) {
    const href = inline.type === "text" ? hrefOf(inline) : undefined
    if (href === undefined) link = undefined
    else if (href !== link?.href) {
      link = { href, element: h("a", linkAttributes(href)) }
      nodes.push(link.element)
    }
    if (link === undefined) nodes.push(...inlineParts(inline))
    else link.element.append(...inlineParts(inline))
  }
  return nodes
}

const hrefOf = ({ marks }: TextRun): string | undefined =>
  marks?.flatMap((mark) => (mark.type === "link" ? [mark.attrs.href] : []))[0]

function inlineParts(inline: Inline): Node[] {
  if (inline.type === "hard_break") return [h("br")]
  const marks = (inline.marks ?? []).filter(({ type }) => type !== "link")
  const isVerbatim = inline.marks?.some(({ type }) => type === "link" || type === "code") ?? false
  const parts = isVerbatim ? [inline.text] : linkedText(inline.text)
  const nodes = parts.map((part) => (typeof part === "string" ? document.createTextNode(part) : part))
  // The first mark is the outermost element.
  return marks.reduceRight<Node[]>((inner, mark) => [markElement(mark, inner)], nodes)
}

function markElement(mark: Mark, inner: readonly Node[]): HTMLElement {
  switch (mark.type) {
    case "link":
      return h("a", linkAttributes(mark.attrs.href), ...inner)
    case "colour":
      return h("span", { class: `ink-${mark.attrs.ink}` }, ...inner)
    case "highlight":
      return h("mark", { class: `mark-${mark.attrs.mark}` }, ...inner)
    default:
      return h(MARK_TAGS[mark.type], {}, ...inner)
  }
}
