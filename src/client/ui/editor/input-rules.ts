/** Signs that become a form while one types: `**bold**`, `- ` for a list. Backspace takes the last one back. */
import { InputRule, inputRules, textblockTypeInputRule, wrappingInputRule } from "prosemirror-inputrules"
import type { MarkType } from "prosemirror-model"
import type { Plugin } from "prosemirror-state"
import { schema } from "./schema.ts"

const { marks, nodes } = schema

/** Text between two signs gets a mark. The pattern's groups: what stands before, the opening sign, the text. */
function markRule(pattern: RegExp, mark: MarkType): InputRule {
  return new InputRule(
    pattern,
    (state, [, before = "", sign = "", text = ""], start, end) => {
      if (!state.selection.$from.parent.type.allowsMarkType(mark)) return null
      const opening = start + before.length
      const words = opening + sign.length
      // The last sign was typed just now, and is not there yet.
      return state.tr
        .delete(words + text.length, end)
        .addMark(words, words + text.length, mark.create())
        .delete(opening, words)
        .removeStoredMark(mark)
    },
    { inCodeMark: false },
  )
}

const MARKS = [
  markRule(/(^|[^*])(\*\*)([^\s*](?:[^*]*[^\s*])?)\*\*$/, marks.bold),
  markRule(/(^|[^*\p{L}\p{N}])(\*)([^\s*](?:[^*]*[^\s*])?)\*$/u, marks.italic),
  markRule(/(^|[^~])(~~)([^\s~](?:[^~]*[^\s~])?)~~$/, marks.strikethrough),
  markRule(/(^|[^`])(`)([^\s`](?:[^`]*[^\s`])?)`$/, marks.code),
]

const BLOCKS = [
  wrappingInputRule(/^[-*]\s$/, nodes.bullet_list),
  wrappingInputRule(/^1\.\s$/, nodes.ordered_list),
  wrappingInputRule(/^>\s$/, nodes.blockquote),
  textblockTypeInputRule(/^(#{1,2})\s$/, nodes.heading, ([, signs = ""]) => ({ level: signs.length })),
  textblockTypeInputRule(/^```$/, nodes.code_block),
]

export const signs = (): Plugin => inputRules({ rules: [...MARKS, ...BLOCKS] })
