/** Keys of the editor. Enter sends, or Shift+Enter; the composer's own keys are told to it and never reach the text. */
import { baseKeymap, chainCommands } from "prosemirror-commands"
import { redo, undo } from "prosemirror-history"
import { undoInputRule } from "prosemirror-inputrules"
import { keymap } from "prosemirror-keymap"
import { liftListItem, sinkListItem } from "prosemirror-schema-list"
import type { Command, Plugin } from "prosemirror-state"
import type { WritingEvents } from "../writing-box.ts"
import { newLine, toParagraph } from "./commands.ts"
import { schema } from "./schema.ts"

const { list_item } = schema.nodes

/** The keys; `tools` are those of the toolbar's buttons. */
export function keys({ submit, enterSends }: WritingEvents, tools: Readonly<Record<string, Command>>): Plugin[] {
  const send: Command = () => {
    submit()
    return true
  }
  const enter =
    (isShift: boolean): Command =>
    (...around) =>
      isShift === enterSends() ? newLine(...around) : send(...around)
  const own = {
    ...{
      Enter: enter(false),
      "Shift-Enter": enter(true),
      "Mod-Enter": send,
      Backspace: chainCommands(undoInputRule, toParagraph),
    },
    ...{ "Mod-z": undo, "Mod-y": redo, "Mod-Shift-z": redo },
    // Where there is nothing to move in or out, Tab leaves the box as everywhere.
    ...{ Tab: sinkListItem(list_item), "Shift-Tab": liftListItem(list_item) },
  }
  return [keymap(tools), keymap(own), keymap(baseKeymap)]
}
