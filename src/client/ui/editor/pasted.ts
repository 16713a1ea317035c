/**
 * Makes formatted text of the HTML that web pages, word processors and this very page put on the clipboard. What may not
 * travel falls away: pictures, tables (the words of their cells stay), fonts, colours that are none of ours. No page is made.
 */
import { LIMITS } from "../../../shared/limits.ts"
import { ParseError } from "../../../shared/schema.ts"
import {
  type Block,
  type Inline,
  type ListItem,
  type Paragraph,
  type RichText,
  richText,
} from "../../core/rich-text.ts"
import { type HtmlElement, readHtml } from "./html-tree.ts"
import { inOrder, type Marks, marksIn, styleOf } from "./pasted-marks.ts"
import { isListSign, withWordLists } from "./word-lists.ts"

/** Characters of HTML that are read: a word processor says much about little. */
const HTML_MAX = 1_000_000

const DROPPED = new Set("head svg math object select button audio video canvas template map datalist rt rp".split(" "))
const BLOCKS = new Set(
  (
    "address article aside body caption center dd details div dl dt fieldset figcaption figure footer form header hgroup " +
    "hr html legend main nav p section summary table tbody tfoot thead tr"
  ).split(" "),
)
const HEADINGS: Readonly<Record<string, 1 | 2>> = { h1: 1, h2: 2, h3: 2, h4: 2, h5: 2, h6: 2 }

type HtmlNode = HtmlElement | string

/** What is known of the place where a text stands. */
interface Place {
  readonly marks: Marks
  readonly level: 1 | 2 | undefined
  readonly keepsSpace: boolean
  /** Blocks around. */
  readonly depth: number
}

/** Undefined: there is nothing in it that can be taken, or more than a message may hold. */
export function pasted(html: string): RichText | undefined {
  if (html.length > HTML_MAX) return undefined
  const fragment = /<!--StartFragment-->([\s\S]*?)(?:<!--EndFragment-->|$)/i.exec(html)?.[1] ?? html
  const place = { marks: new Map(), level: undefined, keepsSpace: false, depth: 0 }
  const [first, ...rest] = new Reader(place).read(readHtml(fragment).children)
  if (first === undefined) return undefined
  try {
    return richText.parse({ type: "doc", content: [first, ...rest] }, "pasted")
  } catch (error) {
    if (error instanceof ParseError) return undefined
    throw error
  }
}

/** Reads what stands at one depth into blocks. */
class Reader {
  readonly #place: Place
  readonly #blocks: Block[] = []
  #line: Inline[] = []

  constructor(place: Place) {
    this.#place = place
  }

  read(nodes: readonly HtmlNode[]): readonly Block[] {
    this.#readAll(nodes, this.#place)
    this.#endLine(this.#place)
    return this.#blocks
  }

  #readAll(nodes: readonly HtmlNode[], place: Place): void {
    for (const node of withWordLists(nodes))
      if (typeof node === "string") this.#text(node, place)
      else this.#element(node, place)
  }

  #element(element: HtmlElement, place: Place): void {
    const { tag, children } = element
    if (DROPPED.has(tag) || isHidden(element)) return
    const inner = { ...place, marks: marksIn(element, place.marks), keepsSpace: keepsSpace(element, place) }
    const level = Object.hasOwn(HEADINGS, tag) ? HEADINGS[tag] : undefined
    const type = listType(element)
    if (tag === "br") this.#line.push({ type: "hard_break" })
    else if (tag === "pre") this.#block(place, () => codeBlock(element))
    else if (tag === "blockquote" && place.depth + 1 < LIMITS.richDepthMax)
      this.#block(place, () => quote(children, inner))
    else if (type !== undefined && place.depth + 2 < LIMITS.richDepthMax)
      this.#block(place, () => list(type, children, inner))
    else if (level !== undefined || BLOCKS.has(tag) || tag === "li" || tag === "blockquote" || type !== undefined)
      this.#lines(children, place, { ...inner, level: level ?? place.level })
    else {
      this.#readAll(children, inner)
      // Cells of a row stand in one line.
      if (tag === "td" || tag === "th") this.#text(" ", { ...inner, marks: new Map() })
    }
  }

  #block(place: Place, make: () => Block | undefined): void {
    this.#endLine(place)
    const block = make()
    if (block === undefined) return
    this.#blocks.push(block)
  }

  #lines(children: readonly HtmlNode[], outer: Place, inner: Place): void {
    this.#endLine(outer)
    this.#readAll(children, inner)
    this.#endLine(inner)
  }

  #text(raw: string, { marks, keepsSpace }: Place): void {
    if (!keepsSpace) this.#run(this.#collapsed(raw), marks)
    else this.#verbatim(raw, marks)
  }

  #verbatim(raw: string, marks: Marks): void {
    for (const [index, line] of raw.split(/\r\n?|\n/).entries()) {
      if (index > 0) this.#line.push({ type: "hard_break" })
      this.#run(line, marks)
    }
  }

  /** Space as a page shows it: one sign of it, and none where a line begins. */
  #collapsed(raw: string): string {
    const text = raw.replace(/[ \t\r\n\f]+/g, " ")
    const last = this.#line.at(-1)
    return last?.type === "text" && !last.text.endsWith(" ") ? text : text.replace(/^ /, "")
  }

  #run(text: string, marks: Marks): void {
    if (text === "") return
    const [first, ...rest] = inOrder(marks)
    this.#line.push(first === undefined ? { type: "text", text } : { type: "text", text, marks: [first, ...rest] })
  }

  /** Makes what was read a block; nothing of nothing. A line's own end says nothing that the block's does not. */
  #endLine({ level }: Place): void {
    const line = withoutEnd(this.#line)
    const isBlank = line.length === 0 && this.#line.every(({ type }) => type === "text")
    this.#line = []
    if (isBlank) return
    const [first, ...rest] = line
    const content = first === undefined ? {} : { content: [first, ...rest] as const }
    this.#blocks.push(
      level === undefined ? { type: "paragraph", ...content } : { type: "heading", attrs: { level }, ...content },
    )
  }
}

/** A line without the space and the one break at its end. */
function withoutEnd(line: readonly Inline[]): readonly Inline[] {
  const last = line.at(-1)
  if (last?.type === "hard_break") return line.slice(0, -1)
  if (last === undefined) return line
  const text = last.text.replace(/[ \n]+$/, "")
  return text === "" ? withoutEnd(line.slice(0, -1)) : [...line.slice(0, -1), { ...last, text }]
}

const readInside = (children: readonly HtmlNode[], place: Place, more: number): readonly Block[] =>
  new Reader({ ...place, level: undefined, depth: place.depth + more }).read(children)

function quote(children: readonly HtmlNode[], place: Place): Block | undefined {
  const [first, ...rest] = readInside(children, place, 1)
  return first && { type: "blockquote", content: [first, ...rest] }
}

/** What is no item belongs to the one before it. */
function list(type: "bullet_list" | "ordered_list", children: readonly HtmlNode[], place: Place): Block | undefined {
  const groups: HtmlNode[][] = []
  for (const child of children) {
    const isItem = typeof child !== "string" && child.tag === "li"
    const last = groups.at(-1)
    if (isItem) groups.push([...child.children])
    else if (last === undefined) groups.push([child])
    else last.push(child)
  }
  const items = groups.map((group) => readInside(group, place, 2)).filter((blocks) => blocks.length > 0)
  const [first, ...rest] = items.map(listItem)
  return first && { type, content: [first, ...rest] }
}

/** An item begins with a paragraph. */
function listItem([first, ...rest]: readonly Block[]): ListItem {
  if (first?.type === "paragraph") return { type: "list_item", content: [first, ...rest] }
  if (first?.type === "heading") {
    const { content } = first
    const paragraph: Paragraph = content === undefined ? { type: "paragraph" } : { type: "paragraph", content }
    return { type: "list_item", content: [paragraph, ...rest] }
  }
  return { type: "list_item", content: [{ type: "paragraph" }, ...(first === undefined ? [] : [first]), ...rest] }
}

function codeBlock(element: HtmlElement): Block {
  const text = verbatim(element)
    .replace(/\r\n?/g, "\n")
    .replace(/^\n|\n$/g, "")
  return text === "" ? { type: "code_block" } : { type: "code_block", content: [{ type: "text", text }] }
}

function verbatim({ tag, children }: HtmlElement): string {
  if (tag === "br") return "\n"
  return children.map((child) => (typeof child === "string" ? child : verbatim(child))).join("")
}

function listType(element: HtmlElement): "bullet_list" | "ordered_list" | undefined {
  if (element.tag === "ul" || element.tag === "menu") return "bullet_list"
  return element.tag === "ol" ? "ordered_list" : undefined
}

const isHidden = (element: HtmlElement): boolean => styleOf(element, "display") === "none" || isListSign(element)

function keepsSpace(element: HtmlElement, { keepsSpace: around }: Place): boolean {
  const space = styleOf(element, "white-space")
  return space === undefined ? around : space.startsWith("pre") && space !== "pre-line"
}
