/**
 * The editor's schema: exactly what rich-text.ts says may travel, so that no document can be made that would be refused.
 * The elements are those of the view (rich-text-view.ts). `parseDOM` is for what the browser itself does while one types,
 * never for what is pasted (pasted.ts).
 */
import {
  type Attrs,
  type DOMOutputSpec,
  type MarkSpec,
  type NodeSpec,
  type Node as ProseNode,
  Schema,
} from "prosemirror-model"
import { HIGHLIGHTS, INKS, isLinkTarget, MARK_ORDER, type Mark, type SimpleMarkName } from "../../core/rich-text.ts"
import { linkAttributes } from "../links.ts"
import { HEADING_TAGS, MARK_TAGS } from "../rich-text-view.ts"

const DIR = { dir: "auto" }
const HOLE = 0

const nodes = {
  doc: { content: "block+" },
  paragraph: {
    group: "block",
    content: "inline*",
    parseDOM: [{ tag: "p" }],
    toDOM: (): DOMOutputSpec => ["p", DIR, HOLE],
  },
  heading: {
    group: "block",
    content: "inline*",
    defining: true,
    attrs: { level: {} },
    parseDOM: [
      { tag: "h2", attrs: { level: 1 } },
      { tag: "h3", attrs: { level: 2 } },
    ],
    toDOM: ({ attrs }: ProseNode): DOMOutputSpec => [HEADING_TAGS[attrs["level"] === 1 ? 1 : 2], DIR, HOLE],
  },
  bullet_list: {
    group: "block",
    content: "list_item+",
    parseDOM: [{ tag: "ul" }],
    toDOM: (): DOMOutputSpec => ["ul", HOLE],
  },
  ordered_list: {
    group: "block",
    content: "list_item+",
    parseDOM: [{ tag: "ol" }],
    toDOM: (): DOMOutputSpec => ["ol", HOLE],
  },
  list_item: {
    content: "paragraph block*",
    defining: true,
    parseDOM: [{ tag: "li" }],
    toDOM: (): DOMOutputSpec => ["li", HOLE],
  },
  blockquote: {
    group: "block",
    content: "block+",
    defining: true,
    parseDOM: [{ tag: "blockquote" }],
    toDOM: (): DOMOutputSpec => ["blockquote", HOLE],
  },
  code_block: {
    group: "block",
    content: "text*",
    marks: "",
    code: true,
    defining: true,
    parseDOM: [{ tag: "pre", preserveWhitespace: "full" }],
    toDOM: (): DOMOutputSpec => ["pre", DIR, ["code", HOLE]],
  },
  hard_break: {
    group: "inline",
    inline: true,
    selectable: false,
    parseDOM: [{ tag: "br" }],
    toDOM: (): DOMOutputSpec => ["br"],
  },
  text: { group: "inline" },
} satisfies Readonly<Record<string, NodeSpec>>

/** A mark that is an element and nothing else. */
function simple(name: SimpleMarkName, more: MarkSpec = {}): MarkSpec {
  return { parseDOM: [{ tag: MARK_TAGS[name] }], toDOM: () => [MARK_TAGS[name], HOLE], ...more }
}

const marks: Readonly<Record<Mark["type"], MarkSpec>> = {
  link: {
    attrs: { href: {} },
    inclusive: false,
    parseDOM: [{ tag: "a[href]", getAttrs: linkOf }],
    // In the editor a link is written, not followed: it has no target of its own.
    toDOM: ({ attrs }) => ["a", linkAttributes(String(attrs["href"])), HOLE],
  },
  colour: {
    attrs: { ink: {} },
    parseDOM: INKS.map((ink) => ({ tag: `span.ink-${ink}`, attrs: { ink } })),
    toDOM: ({ attrs }) => ["span", { class: `ink-${String(attrs["ink"])}` }, HOLE],
  },
  highlight: {
    attrs: { mark: {} },
    parseDOM: HIGHLIGHTS.map((mark) => ({ tag: `mark.mark-${mark}`, attrs: { mark } })),
    toDOM: ({ attrs }) => ["mark", { class: `mark-${String(attrs["mark"])}` }, HOLE],
  },
  bold: simple("bold"),
  italic: simple("italic"),
  underline: simple("underline"),
  strikethrough: simple("strikethrough"),
  superscript: simple("superscript", { excludes: "superscript subscript" }),
  subscript: simple("subscript", { excludes: "superscript subscript" }),
  code: simple("code", { code: true }),
}

function linkOf(element: HTMLElement): Attrs | false {
  const href = element.getAttribute("href") ?? ""
  return isLinkTarget(href) ? { href } : false
}

/** Marks in the order in which they travel. */
export const schema = new Schema<keyof typeof nodes, Mark["type"]>({
  nodes,
  marks: Object.fromEntries(MARK_ORDER.map((name) => [name, marks[name]])) as Record<Mark["type"], MarkSpec>,
})
