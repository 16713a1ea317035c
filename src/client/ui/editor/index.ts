/**
 * The editor of formatted text, a bundle of its own. ProseMirror keeps the document, and its schema is all that can be
 * written; around it stand the toolbar, the keys, the signs that become a form while one types, and what is made of things
 * that are pasted. A change that would put blocks too deep into one another does not happen.
 */
import { history } from "prosemirror-history"
import type { Node } from "prosemirror-model"
import { EditorState, Plugin, Selection, TextSelection } from "prosemirror-state"
import { EditorView } from "prosemirror-view"
import { LIMITS } from "../../../shared/limits.ts"
import type { Written } from "../../core/rich-text.ts"
import { isComposing } from "../dom.ts"
import type { WritingBox, WritingEvents } from "../writing-box.ts"
import { depthOf, documentOf, fits, writtenOf } from "./document.ts"
import { signs } from "./input-rules.ts"
import { keys } from "./keys.ts"
import { pasting } from "./pasting.ts"
import { schema } from "./schema.ts"
import { toolbar } from "./toolbar.ts"
import { toolKeys } from "./tools.ts"

const notTooDeep = new Plugin({
  filterTransaction: ({ docChanged, doc }) => !docChanged || depthOf(doc) <= LIMITS.richDepthMax,
})

/** Where everything was taken away one writes plainly again; a form that was only just chosen stays. */
const plainWhenEmptied = new Plugin({
  appendTransaction: (_, { doc: before }, { doc, tr }) => {
    // The browser may take it away in several steps.
    const isEmptied = doc.content.size < before.content.size && doc.textContent === "" && doc.childCount === 1
    if (!isEmptied || before.firstChild?.type !== doc.firstChild?.type) return null
    return tr.replaceWith(0, doc.content.size, schema.nodes.paragraph.create()).setStoredMarks([])
  },
})

export function editor(events: WritingEvents): WritingBox {
  const tools = toolbar(() => view)
  const plugins = [signs(), ...keys(toolKeys(tools.open)), history(), pasting(), notTooDeep, plainWhenEmptied]
  const stateOf = (written: Written): EditorState => EditorState.create({ doc: documentOf(written), plugins })
  let placeholder = ""
  const view = new EditorView(null, {
    state: stateOf({ text: "", doc: undefined }),
    attributes: ({ doc }) => ({
      ...{ class: isBlank(doc) ? "box rich blank" : "box rich" },
      ...{ role: "textbox", "aria-multiline": "true", "aria-label": "Message", enterkeyhint: "send" },
      ...{ "aria-placeholder": placeholder, "data-placeholder": placeholder },
    }),
    // Also what ProseMirror makes of the Enter of phones, which press no key.
    handleKeyDown: (_, event) => events.key(event),
    handleDOMEvents: {
      blur: () => {
        events.left()
        return false
      },
      // True: nobody here looks at it any more.
      keydown: (_, event) => {
        hearOfSelection(view)
        return event.key === "Enter" && isComposing(event)
      },
      beforeinput: () => {
        hearOfSelection(view)
        return false
      },
    },
    dispatchTransaction: (transaction) => {
      view.updateState(view.state.apply(transaction))
      tools.update()
      if (transaction.docChanged) events.changed()
    },
  })
  tools.update()

  function write(written: Written, caret?: number): void {
    const state = stateOf(written)
    const at = written.doc === undefined && caret !== undefined ? afterText(written.text, caret) : undefined
    const selection = at === undefined ? Selection.atEnd(state.doc) : TextSelection.create(state.doc, at)
    view.updateState(state.apply(state.tr.setSelection(selection)))
    tools.update()
  }

  return {
    ...{ root: view.dom, tools: [tools.root], write },
    read: () => writtenOf(view.state.doc),
    isEmpty: () => view.state.doc.textContent.trim() === "",
    fits: () => fits(view.state.doc),
    caret: () => undefined,
    textBeforeCaret: () => {
      const { $from } = view.state.selection
      return $from.parent.textBetween(0, $from.parentOffset, undefined, "\n")
    },
    replaceBeforeCaret: (count, text) => {
      const { from, to, $from } = view.state.selection
      const start = Math.max($from.start(), from - count)
      view.dispatch(view.state.tr.insertText(text, start, to).scrollIntoView())
    },
    setPlaceholder: (text) => {
      placeholder = text
      view.updateState(view.state)
    },
    focus: () => view.focus(),
    fit: () => undefined,
  }
}

/** Nothing but one empty paragraph: the placeholder stands there. */
const isBlank = ({ childCount, firstChild }: Node): boolean =>
  childCount === 1 && firstChild?.type === schema.nodes.paragraph && firstChild.content.size === 0

/** A browser tells of a selection that moved when it finds the time, which may be after the key that was meant for it. */
function hearOfSelection(view: EditorView): void {
  if (!view.composing) document.dispatchEvent(new Event("selectionchange"))
}

/** The place behind so many characters of a text that has a paragraph for each line: each line's end counts two there. */
const afterText = (text: string, caret: number): number => 1 + caret + text.slice(0, caret).split("\n").length - 1
