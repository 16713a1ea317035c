/** The buttons of the toolbar: their names, faces, keys and what they do, in groups. */
import type { Command } from "prosemirror-state"
import { h } from "../dom.ts"
import { type IconName, icon } from "../icons.ts"
import { headingToggle, listToggle, markToggle, quoteToggle, type Toggle } from "./commands.ts"
import { schema } from "./schema.ts"

export interface Tool {
  readonly name: string
  readonly face: () => Element
  /** As prosemirror-keymap writes it. */
  readonly key?: string
  /** `menu`: the button opens something instead. */
  readonly does: Toggle | { readonly menu: "colour" | "highlight" | "link" }
}

const letter = (tag: "b" | "i" | "u" | "s", text: string) => (): Element => h(tag, {}, text)
const sign = (name: IconName) => (): Element => icon(name)
export const TOOLS: readonly (readonly Tool[])[] = [
  [
    { name: "Bold", face: letter("b", "B"), key: "Mod-b", does: markToggle("bold") },
    { name: "Italic", face: letter("i", "I"), key: "Mod-i", does: markToggle("italic") },
    { name: "Underline", face: letter("u", "U"), key: "Mod-u", does: markToggle("underline") },
    { name: "Strikethrough", face: letter("s", "S"), key: "Mod-Shift-x", does: markToggle("strikethrough") },
  ],
  [
    { name: "Heading 1", face: sign("heading-1"), key: "Mod-Alt-1", does: headingToggle(1) },
    { name: "Heading 2", face: sign("heading-2"), key: "Mod-Alt-2", does: headingToggle(2) },
    { name: "Superscript", face: sign("superscript"), key: "Mod-.", does: markToggle("superscript") },
    { name: "Subscript", face: sign("subscript"), key: "Mod-,", does: markToggle("subscript") },
  ],
  [
    { name: "Bullet list", face: sign("list"), key: "Mod-Shift-8", does: listToggle(schema.nodes.bullet_list) },
    { name: "Numbered list", face: sign("numbers"), key: "Mod-Shift-7", does: listToggle(schema.nodes.ordered_list) },
  ],
  [
    { name: "Font colour", face: () => h("span", { class: "swatch" }, "A"), does: { menu: "colour" } },
    { name: "Highlight", face: () => h("span", { class: "swatch lit" }, "A"), does: { menu: "highlight" } },
  ],
  [
    { name: "Link", face: sign("link"), key: "Mod-Shift-k", does: { menu: "link" } },
    { name: "Code", face: sign("code"), key: "Mod-e", does: markToggle("code") },
    { name: "Quote", face: sign("quote"), does: quoteToggle },
  ],
]

const isMac = (): boolean => /Mac|iP(?:hone|ad)/.test(navigator.platform)
const KEY_NAMES = {
  Mod: { mac: "⌘", other: "Ctrl+" },
  Shift: { mac: "⇧", other: "Shift+" },
  Alt: { mac: "⌥", other: "Alt+" },
}

/** A key as it is written on keyboards. */
export function keyWords(key: string): string {
  const system = isMac() ? "mac" : "other"
  return key
    .split("-")
    .map((part) => (part in KEY_NAMES ? KEY_NAMES[part as keyof typeof KEY_NAMES][system] : part.toUpperCase()))
    .join("")
}

/** What the keys of the toolbar do; `open` opens what a button opens. */
export function toolKeys(open: (name: string) => void): Record<string, Command> {
  const entries = TOOLS.flat().flatMap(({ name, key, does }): (readonly [string, Command])[] => {
    if (key === undefined) return []
    if ("run" in does) return [[key, does.run]]
    return [
      [
        key,
        () => {
          open(name)
          return true
        },
      ],
    ]
  })
  return Object.fromEntries(entries)
}
