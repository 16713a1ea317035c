/**
 * Formatted text as it travels and is kept: the JSON of a ProseMirror document, and nothing of ProseMirror itself, because
 * core stays small and knows no page. What the editor can make is exactly what is listed here. A sender is somebody else,
 * so the parser takes nothing on trust: no node, mark or field that is not listed, marks in one order and each once, so
 * many blocks inside one another and so many nodes, and links only to where a link may lead. Colours are names of the
 * palette; each reader's theme gives them a value, so that no message can be unreadable.
 */
import { LIMITS } from "../../shared/limits.ts"
import { list, object, oneOf, ParseError, type Schema, string, union } from "../../shared/schema.ts"

/** Names of font colours and of highlights, in the order in which they are offered. */
export const INKS = ["grey", "red", "orange", "green", "teal", "blue", "purple", "pink"] as const
export const HIGHLIGHTS = ["yellow", "green", "blue", "pink", "orange"] as const
export type Ink = (typeof INKS)[number]
export type Highlight = (typeof HIGHLIGHTS)[number]

type Several<T> = readonly [T, ...T[]]

/** A mark without anything to say besides its name. */
export type SimpleMarkName = Exclude<(typeof MARK_ORDER)[number], "link" | "colour" | "highlight">
export type Mark =
  | { readonly type: SimpleMarkName }
  | { readonly type: "link"; readonly attrs: { readonly href: string } }
  | { readonly type: "colour"; readonly attrs: { readonly ink: Ink } }
  | { readonly type: "highlight"; readonly attrs: { readonly mark: Highlight } }

/** The marks of a text stand in this order, each at most once: the first is the outermost element. */
export const MARK_ORDER = [
  ...(["link", "colour", "highlight", "bold", "italic", "underline", "strikethrough"] as const),
  ...(["superscript", "subscript", "code"] as const),
] as const

/** Well-formed text, never empty. */
export interface PlainRun {
  readonly type: "text"
  readonly text: string
}
export interface TextRun extends PlainRun {
  readonly marks?: Several<Mark>
}
export type Inline = TextRun | { readonly type: "hard_break" }

export interface Paragraph {
  readonly type: "paragraph"
  readonly content?: Several<Inline>
}
export interface Heading {
  readonly type: "heading"
  readonly attrs: { readonly level: 1 | 2 }
  readonly content?: Several<Inline>
}
export interface CodeBlock {
  readonly type: "code_block"
  readonly content?: Several<PlainRun>
}
export interface Quote {
  readonly type: "blockquote"
  readonly content: Several<Block>
}
export interface ListItem {
  readonly type: "list_item"
  readonly content: readonly [Paragraph, ...Block[]]
}
/** A numbered list begins at 1. */
export interface List {
  readonly type: "bullet_list" | "ordered_list"
  readonly content: Several<ListItem>
}
export type Block = Paragraph | Heading | CodeBlock | Quote | List

export interface RichText {
  readonly type: "doc"
  readonly content: Several<Block>
}

/** What somebody writes: words alone, and their form when they have one. Then `text` is what plainText says of it. */
export interface Written {
  readonly text: string
  readonly doc: RichText | undefined
}

export const NOTHING_WRITTEN: Written = { text: "", doc: undefined }

function fail(at: string, rule: string): never {
  throw new ParseError(`${at}: ${rule}`)
}

/** A schema that takes less than another. */
function narrowed<T, N extends T>(schema: Schema<T>, isOne: (value: T) => value is N, rule: string): Schema<N> {
  return {
    parse: (value, at) => {
      const parsed = schema.parse(value, at)
      return isOne(parsed) ? parsed : fail(at, rule)
    },
    write: schema.write,
  }
}

function several<T>(item: Schema<T>): Schema<Several<T>> {
  const isSome = (items: readonly T[]): items is Several<T> => items.length > 0
  return narrowed(list(item, LIMITS.richNodesMax), isSome, "must not be empty")
}

const LINK = /^(?:https?:\/\/|mailto:)[^\s\p{Cc}\p{Cf}]+$/iu
const LINK_PROTOCOLS: readonly string[] = ["https:", "http:", "mailto:"]

/** Whether a link may lead there: a whole address of at most LIMITS.hrefMax UTF-16 units, of the web or of mail. */
export function isLinkTarget(href: string): boolean {
  return (
    href.length <= LIMITS.hrefMax && LINK.test(href) && LINK_PROTOCOLS.some((protocol) => protocolOf(href) === protocol)
  )
}

function protocolOf(href: string): string | undefined {
  try {
    return new URL(href).protocol
  } catch {
    return undefined
  }
}

const href = narrowed(
  string(1, LIMITS.hrefMax),
  (value): value is string => isLinkTarget(value),
  "must be an address of the web or of mail",
)

const simpleMark = object({})
const mark: Schema<Mark> = union({
  link: object({ attrs: object({ href }) }),
  colour: object({ attrs: object({ ink: oneOf(...INKS) }) }),
  highlight: object({ attrs: object({ mark: oneOf(...HIGHLIGHTS) }) }),
  ...{ bold: simpleMark, italic: simpleMark, underline: simpleMark, strikethrough: simpleMark },
  ...{ superscript: simpleMark, subscript: simpleMark, code: simpleMark },
})

const marks = narrowed(
  several(mark),
  (value): value is Several<Mark> => areInOrder(value.map(({ type }) => type)),
  "must be in order, each once, and not both above and below the line",
)

function areInOrder(names: readonly Mark["type"][]): boolean {
  const ranks = names.map((name) => MARK_ORDER.indexOf(name))
  const ascend = ranks.every((rank, index) => index === 0 || rank > (ranks[index - 1] ?? rank))
  return ascend && !(names.includes("superscript") && names.includes("subscript"))
}

const text = string(1, LIMITS.textMax)
const inlines: Schema<Several<Inline>> = several(union({ text: object({ text }, { marks }), hard_break: object({}) }))
const level: Schema<1 | 2> = {
  parse: (value, at) => (value === 1 || value === 2 ? value : fail(at, "must be 1 or 2")),
  write: (value) => value,
}
const textBlocks = {
  paragraph: object({}, { content: inlines }),
  heading: object({ attrs: object({ level }) }, { content: inlines }),
  code_block: object({}, { content: several(union({ text: object({ text }) })) }),
}

/** What may stand at one depth. */
interface Level {
  readonly block: Schema<Block>
  readonly item: Schema<ListItem>
}

/** What stands at a depth where nothing may stand. */
const tooDeep = <T>(): Schema<T> => ({
  parse: (_, at) => fail(at, `must be inside at most ${LIMITS.richDepthMax - 1} blocks`),
  write: (value) => value,
})

const beginsWithParagraph = (blocks: Several<Block>): blocks is ListItem["content"] => blocks[0].type === "paragraph"

/** The schemas of one depth, made of those of the next: a definition that ends, so that no input costs more stack. */
function levelAround(inner: Level): Level {
  const items = object({ content: several(inner.item) })
  const itemContent = narrowed(several(inner.block), beginsWithParagraph, "must begin with a paragraph")
  return {
    block: union({
      ...textBlocks,
      ...{ blockquote: object({ content: several(inner.block) }), bullet_list: items, ordered_list: items },
    }),
    item: union({ list_item: object({ content: itemContent }) }),
  }
}

const outermost = Array.from({ length: LIMITS.richDepthMax }).reduce<Level>(levelAround, {
  block: tooDeep(),
  item: tooDeep(),
})

const shape: Schema<RichText> = union({ doc: object({ content: several(outermost.block) }) })

/**
 * Formatted text. At most LIMITS.richDepthMax blocks stand inside one another and LIMITS.richNodesMax nodes in all, and its
 * plain text has at most LIMITS.textMax bytes of UTF-8. The parser throws ParseError, as every schema's.
 */
export const richText: Schema<RichText> = {
  parse: (value, at) => {
    const doc = shape.parse(value, at)
    if (nodesOf(doc) > LIMITS.richNodesMax) return fail(at, `must have at most ${LIMITS.richNodesMax} nodes`)
    if (new TextEncoder().encode(plainText(doc)).length > LIMITS.textMax)
      return fail(at, `must have at most ${LIMITS.textMax} bytes of text`)
    return doc
  },
  write: shape.write,
  takes: "formatted text",
}

type Node = RichText | Block | ListItem | Inline

function nodesOf(node: Node): number {
  const below: readonly Node[] = "content" in node ? (node.content ?? []) : []
  return below.reduce((sum, each) => sum + nodesOf(each), 1)
}

/**
 * The same in words alone, for whoever can't show more: a line for each block, items with "- " or their number, quotes with
 * "> ", and what is inside an item moved in.
 */
export function plainText(doc: RichText): string {
  return doc.content.flatMap(linesOf).join("\n")
}

function linesOf(block: Block): string[] {
  switch (block.type) {
    case "blockquote":
      return block.content.flatMap(linesOf).map((line) => `> ${line}`)
    case "bullet_list":
      return block.content.flatMap((item) => itemLines(item, "- "))
    case "ordered_list":
      return block.content.flatMap((item, index) => itemLines(item, `${index + 1}. `))
    default:
      return inlineText(block.content ?? []).split("\n")
  }
}

function itemLines(item: ListItem, sign: string): string[] {
  const lines = item.content.flatMap(linesOf)
  return lines.map((line, index) => `${index === 0 ? sign : " ".repeat(sign.length)}${line}`)
}

const inlineText = (inlines: readonly Inline[]): string =>
  inlines.map((inline) => (inline.type === "text" ? inline.text : "\n")).join("")

/** Text without a form as formatted text: a paragraph for each line. */
export function paragraphsOf(text: string): RichText {
  const [first = "", ...rest] = text.split("\n")
  const paragraph = (line: string): Paragraph =>
    line === "" ? { type: "paragraph" } : { type: "paragraph", content: [{ type: "text", text: line }] }
  return { type: "doc", content: [paragraph(first), ...rest.map(paragraph)] }
}

/** Whether it is nothing but paragraphs of unmarked text: its plain text says everything then. */
export function isPlain(doc: RichText): boolean {
  return doc.content.every(
    (block) =>
      block.type === "paragraph" &&
      (block.content ?? []).every((inline) => inline.type !== "text" || inline.marks === undefined),
  )
}
