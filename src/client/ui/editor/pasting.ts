/**
 * What is pasted and dropped. ProseMirror would let the browser parse it, by a way that Trusted Types forbid and that needs
 * an exception from them; so all of it is read here (pasted.ts), or taken as text. Files are the composer's concern.
 */
import { Fragment, Node, Slice } from "prosemirror-model"
import { Plugin } from "prosemirror-state"
import type { EditorView } from "prosemirror-view"
import { LIMITS } from "../../../shared/limits.ts"
import { wellFormed } from "../../core/content.ts"
import { richText } from "../../core/rich-text.ts"
import { depthOf, linesOf } from "./document.ts"
import { pasted } from "./pasted.ts"
import { schema } from "./schema.ts"

export const pasting = (): Plugin =>
  new Plugin({
    props: {
      handleDOMEvents: { paste, drop },
      clipboardTextSerializer: ({ content }) => content.textBetween(0, content.size, "\n", "\n"),
    },
  })

/** True: it is done, or nobody's. What an input method composes is left to the browser. */
function paste(view: EditorView, event: ClipboardEvent): boolean {
  if (view.composing || event.clipboardData === null) return false
  event.preventDefault()
  const { from, to } = view.state.selection
  put(view, event.clipboardData, from, to, "paste")
  return true
}

/** What is dragged inside the box is moved by ProseMirror, which has it already. */
function drop(view: EditorView, event: DragEvent): boolean {
  const data = event.dataTransfer
  if (view.dragging !== null || data === null) return false
  if (data.files.length > 0) return true
  event.preventDefault()
  const at = view.posAtCoords({ left: event.clientX, top: event.clientY })?.pos
  if (at !== undefined) put(view, data, at, at, "drop")
  view.focus()
  return true
}

function put(view: EditorView, data: DataTransfer, from: number, to: number, event: "paste" | "drop"): void {
  const slice = sliceAt(view, data, from)
  if (slice === undefined) return
  const tr = view.state.tr.replaceRange(from, to, slice).scrollIntoView()
  view.dispatch(tr.setMeta("uiEvent", event))
}

/** In code, and where its form would stand too deep, it is taken as text. */
function sliceAt(view: EditorView, data: DataTransfer, at: number): Slice | undefined {
  const $at = view.state.doc.resolve(at)
  const text = data.getData("text/plain")
  if ($at.parent.type === schema.nodes.code_block) return text === "" ? undefined : verbatim(text)
  const doc = pasted(data.getData("text/html"))
  const content = doc && Node.fromJSON(schema, richText.write(doc))
  if (content !== undefined && $at.depth - 1 + depthOf(content) <= LIMITS.richDepthMax)
    return Slice.maxOpen(content.content)
  return text === "" ? undefined : Slice.maxOpen(linesOf(text, $at.marks()))
}

const verbatim = (text: string): Slice =>
  new Slice(Fragment.from(schema.text(wellFormed(text).replace(/\r\n?/g, "\n"))), 0, 0)
