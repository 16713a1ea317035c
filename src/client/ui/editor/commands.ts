/** What can be done to what is written, and whether it is done already. A command without dispatch only says if it could. */
import {
  chainCommands,
  lift,
  liftEmptyBlock,
  newlineInCode,
  setBlockType,
  splitBlockKeepMarks,
  toggleMark,
  wrapIn,
} from "prosemirror-commands"
import type { Attrs, MarkType, NodeType } from "prosemirror-model"
import { liftListItem, splitListItem, wrapInList } from "prosemirror-schema-list"
import { type Command, type EditorState, TextSelection } from "prosemirror-state"
import type { SimpleMarkName } from "../../core/rich-text.ts"
import { schema } from "./schema.ts"

const { paragraph, heading, code_block, bullet_list, ordered_list, list_item, blockquote } = schema.nodes

/** Something that is on or off where one writes. */
export interface Toggle {
  readonly run: Command
  readonly isOn: (state: EditorState) => boolean
}

export const markToggle = (name: SimpleMarkName): Toggle => ({
  run: toggleMark(schema.marks[name]),
  isOn: (state) => attrsOf(state, schema.marks[name]) !== undefined,
})

export const headingToggle = (level: 1 | 2): Toggle => {
  const isOn = (state: EditorState): boolean => {
    const { type, attrs } = state.selection.$from.parent
    return type === heading && attrs["level"] === level
  }
  const on = setBlockType(heading, { level })
  const off = setBlockType(paragraph)
  return { isOn, run: (state, dispatch) => (isOn(state) ? off : on)(state, dispatch) }
}

export const quoteToggle: Toggle = {
  isOn: (state) => around(state, [blockquote]) !== undefined,
  run: (state, dispatch) => (around(state, [blockquote]) === undefined ? wrapIn(blockquote) : lift)(state, dispatch),
}

export const listToggle = (type: NodeType): Toggle => ({
  isOn: (state) => around(state, LISTS)?.type === type,
  run: (state, dispatch) => {
    const list = around(state, LISTS)
    if (list === undefined) return wrapInList(type)(state, dispatch)
    if (list.type === type) return liftListItem(list_item)(state, dispatch)
    dispatch?.(state.tr.setNodeMarkup(list.position, type))
    return true
  },
})

const LISTS: readonly NodeType[] = [bullet_list, ordered_list]

/** The innermost node of these types around where one writes. */
function around(state: EditorState, types: readonly NodeType[]) {
  const { $from } = state.selection
  for (let depth = $from.depth; depth > 0; depth--) {
    const { type } = $from.node(depth)
    if (types.includes(type)) return { type, position: $from.before(depth) }
  }
  return undefined
}

/** The attributes of a mark where one writes: the first one's in what is selected. */
export function attrsOf({ selection, storedMarks, doc }: EditorState, type: MarkType): Attrs | undefined {
  if (selection.empty) return type.isInSet(storedMarks ?? selection.$from.marks())?.attrs
  let found: Attrs | undefined
  doc.nodesBetween(selection.from, selection.to, (node) => {
    found ??= type.isInSet(node.marks)?.attrs
  })
  return found
}

/** Whether text where one writes, or any that is selected, can have a mark. */
export function allows({ selection, doc }: EditorState, type: MarkType): boolean {
  if (selection.empty) return selection.$from.parent.type.allowsMarkType(type)
  let found = false
  doc.nodesBetween(selection.from, selection.to, (node) => {
    found ||= node.isTextblock && node.type.allowsMarkType(type)
  })
  return found
}

/** Gives what is selected, or what will be written, this mark in place of one of its type; without attributes none. */
export function setMark(type: MarkType, attrs: Attrs | undefined): Command {
  return (state, dispatch) => {
    const { empty, from, to } = state.selection
    if (!allows(state, type)) return false
    const { tr } = state
    if (empty) tr.removeStoredMark(type)
    else tr.removeMark(from, to, type)
    if (attrs !== undefined && empty) tr.addStoredMark(type.create(attrs))
    if (attrs !== undefined && !empty) tr.addMark(from, to, type.create(attrs))
    dispatch?.(tr)
    return true
  }
}

/** Links what is selected, or the link in which one writes; elsewhere the address itself is written as a link. */
export function setLink(href: string | undefined): Command {
  const { link } = schema.marks
  return (state, dispatch) => {
    const { empty, from, to, $from } = state.selection
    if (!allows(state, link)) return false
    const range = empty ? linkRange(state) : { from, to }
    const { tr } = state
    if (range !== undefined) tr.removeMark(range.from, range.to, link)
    if (range !== undefined && href !== undefined) tr.addMark(range.from, range.to, link.create({ href }))
    if (range === undefined && href !== undefined) {
      const marks = link.create({ href }).addToSet(state.storedMarks ?? $from.marks())
      tr.replaceSelectionWith(schema.text(href, marks), false).removeStoredMark(link)
    }
    dispatch?.(tr)
    return true
  }
}

interface LinkRange {
  readonly from: number
  readonly to: number
  readonly href: string
}

/** Where the link that the caret touches begins and ends. */
function linkRange({ selection: { $from } }: EditorState): LinkRange | undefined {
  const { link } = schema.marks
  const touched = [$from.nodeBefore, $from.nodeAfter].map((node) => link.isInSet(node?.marks ?? []))
  const mark = touched.find((each) => each !== undefined)
  if (mark === undefined) return undefined
  const ranges: LinkRange[] = []
  $from.parent.forEach((node, offset) => {
    if (!mark.isInSet(node.marks)) return
    const from = $from.start() + offset
    const before = ranges.at(-1)?.to === from ? ranges.pop() : undefined
    ranges.push({ from: before?.from ?? from, to: from + node.nodeSize, href: String(mark.attrs["href"]) })
  })
  return ranges.find(({ from, to }) => from <= $from.pos && $from.pos <= to)
}

/** The address of the link where one writes. */
export function hrefAt(state: EditorState): string | undefined {
  if (state.selection.empty) return linkRange(state)?.href
  const attrs = attrsOf(state, schema.marks.link)
  return attrs && String(attrs["href"])
}

/** At its beginning a heading, or code, becomes a paragraph. */
export const toParagraph: Command = (state, dispatch) => {
  const { $from, empty } = state.selection
  if (!empty || $from.parentOffset > 0 || $from.parent.type === paragraph) return false
  return setBlockType(paragraph)(state, dispatch)
}

/** An empty last line of code leaves it. */
const leaveCode: Command = (state, dispatch) => {
  const { $from, empty } = state.selection
  const isAtEnd = empty && $from.parent.type === code_block && $from.parentOffset === $from.parent.content.size
  if (!isAtEnd || !$from.parent.textContent.endsWith("\n")) return false
  const tr = state.tr.delete($from.pos - 1, $from.pos)
  const after = tr.mapping.map($from.after())
  tr.insert(after, paragraph.create())
  dispatch?.(tr.setSelection(TextSelection.create(tr.doc, after + 1)).scrollIntoView())
  return true
}

/** The next line: of code, the next item of a list, the next paragraph. An empty item or line of a quote leaves it. */
export const newLine: Command = chainCommands(
  ...[leaveCode, newlineInCode, splitListItem(list_item), liftEmptyBlock, splitBlockKeepMarks],
)
