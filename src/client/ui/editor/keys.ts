/** Keys of the editor. The composer has taken the one that sends before: Enter that comes here, or Shift+Enter, is a new line. */
import { baseKeymap, chainCommands } from "prosemirror-commands"
import { redo, undo } from "prosemirror-history"
import { undoInputRule } from "prosemirror-inputrules"
import { keymap } from "prosemirror-keymap"
import { liftListItem, sinkListItem } from "prosemirror-schema-list"
import type { Command, Plugin } from "prosemirror-state"
import { newLine, toParagraph } from "./commands.ts"
import { schema } from "./schema.ts"

const { list_item } = schema.nodes

/** The keys; `tools` are those of the toolbar's buttons. */
export function keys(tools: Readonly<Record<string, Command>>): Plugin[] {
  const own = {
    ...{ Enter: newLine, "Shift-Enter": newLine, Backspace: chainCommands(undoInputRule, toParagraph) },
    ...{ "Mod-z": undo, "Mod-y": redo, "Mod-Shift-z": redo },
    // Where there is nothing to move in or out, Tab leaves the box as everywhere.
    ...{ Tab: sinkListItem(list_item), "Shift-Tab": liftListItem(list_item) },
  }
  return [keymap(tools), keymap(own), keymap(baseKeymap)]
}
