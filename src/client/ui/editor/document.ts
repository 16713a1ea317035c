/** Between what the editor holds and what travels. */
import { Fragment, type Mark, Node } from "prosemirror-model"
import { ParseError } from "../../../shared/schema.ts"
import { wellFormed } from "../../core/content.ts"
import { isPlain, plainText, type RichText, richText, type Written } from "../../core/rich-text.ts"
import { schema } from "./schema.ts"

/** Formatted text as a document, or text with a paragraph for each line. */
export function documentOf({ text, doc }: Written): Node {
  return doc === undefined ? schema.nodes.doc.create(null, linesOf(text)) : Node.fromJSON(schema, richText.write(doc))
}

/** A paragraph for each line of a text. */
export function linesOf(text: string, marks: readonly Mark[] = []): Fragment {
  const lines = wellFormed(text).split(/\r\n?|\n/)
  return Fragment.from(
    lines.map((line) => schema.nodes.paragraph.create(null, line === "" ? null : schema.text(line, marks))),
  )
}

/** What a document says; only its words when a message can't hold its form. */
export function writtenOf(document: Node): Written {
  const doc = parsed(document)
  if (doc === undefined) return { text: document.textBetween(0, document.content.size, "\n", "\n"), doc: undefined }
  return { text: plainText(doc), doc: isPlain(doc) ? undefined : doc }
}

/** Whether a message can hold it. */
export const fits = (document: Node): boolean => parsed(document) !== undefined

function parsed(document: Node): RichText | undefined {
  const json: unknown = document.copy(travelling(document.content)).toJSON()
  try {
    return richText.parse(json, "doc")
  } catch (error) {
    if (error instanceof ParseError) return undefined
    throw error
  }
}

/** A break looks the same whatever marks it has, and travels without; text travels only well-formed. */
function travelling(content: Fragment): Fragment {
  const nodes: Node[] = []
  content.forEach((node) => {
    if (node.type === schema.nodes.hard_break) nodes.push(node.mark([]))
    else if (node.text !== undefined) nodes.push(schema.text(wellFormed(node.text), node.marks))
    else nodes.push(node.copy(travelling(node.content)))
  })
  return Fragment.from(nodes)
}

/** How many blocks stand inside one another. */
export function depthOf(node: Node): number {
  let deepest = 0
  node.forEach((child) => {
    if (child.isBlock) deepest = Math.max(deepest, 1 + depthOf(child))
  })
  return deepest
}
