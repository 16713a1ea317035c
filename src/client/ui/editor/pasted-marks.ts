/** The form of text in foreign HTML: what elements and their styles say of it, in marks of ours. */
import { HIGHLIGHTS, INKS, isLinkTarget, MARK_ORDER, type Mark } from "../../core/rich-text.ts"
import type { HtmlElement } from "./html-tree.ts"

/** Marks by their type. */
export type Marks = ReadonlyMap<Mark["type"], Mark>

const SIMPLE: Readonly<Record<string, Mark>> = {
  ...{ b: { type: "bold" }, strong: { type: "bold" } },
  ...{
    i: { type: "italic" },
    em: { type: "italic" },
    cite: { type: "italic" },
    dfn: { type: "italic" },
    var: { type: "italic" },
  },
  ...{ u: { type: "underline" }, ins: { type: "underline" } },
  ...{ s: { type: "strikethrough" }, strike: { type: "strikethrough" }, del: { type: "strikethrough" } },
  ...{ sup: { type: "superscript" }, sub: { type: "subscript" } },
  ...{ code: { type: "code" }, kbd: { type: "code" }, samp: { type: "code" }, tt: { type: "code" } },
  mark: { type: "highlight", attrs: { mark: "yellow" } },
}

/** The marks of what stands in an element, given those around it. */
export function marksIn(element: HtmlElement, around: Marks): Marks {
  const marks = new Map(around)
  const set = (mark: Mark): void => void marks.set(mark.type, mark)
  const simple = Object.hasOwn(SIMPLE, element.tag) ? SIMPLE[element.tag] : undefined
  if (simple !== undefined) set(simple)
  const href = element.attributes.get("href")?.trim() ?? ""
  if (element.tag === "a" && isLinkTarget(href)) set({ type: "link", attrs: { href } })
  for (const name of (element.attributes.get("class") ?? "").split(/\s+/)) {
    const ink = INKS.find((each) => name === `ink-${each}`)
    const mark = HIGHLIGHTS.find((each) => name === `mark-${each}`)
    if (ink !== undefined) set({ type: "colour", attrs: { ink } })
    if (mark !== undefined) set({ type: "highlight", attrs: { mark } })
  }
  for (const { property, pattern, type, isOn } of STYLES) {
    const value = styleOf(element, property)
    if (value === undefined || !pattern.test(value)) continue
    if (isOn) set({ type })
    else marks.delete(type)
  }
  // Both can't be: the inner one is meant. And every link is underlined by itself.
  if (simple?.type === "superscript") marks.delete("subscript")
  else if (marks.has("subscript")) marks.delete("superscript")
  if (marks.has("link")) marks.delete("underline")
  return marks
}

interface StyleRule {
  readonly property: string
  readonly pattern: RegExp
  readonly type: Exclude<Mark["type"], "link" | "colour" | "highlight">
  readonly isOn: boolean
}

const STYLES: readonly StyleRule[] = [
  { property: "font-weight", pattern: /^(?:bold|bolder|[6-9]00)$/, type: "bold", isOn: true },
  { property: "font-weight", pattern: /^(?:normal|[1-5]00)$/, type: "bold", isOn: false },
  { property: "font-style", pattern: /^(?:italic|oblique)/, type: "italic", isOn: true },
  { property: "font-style", pattern: /^normal$/, type: "italic", isOn: false },
  { property: "text-decoration", pattern: /\bunderline\b/, type: "underline", isOn: true },
  { property: "text-decoration-line", pattern: /\bunderline\b/, type: "underline", isOn: true },
  { property: "text-decoration", pattern: /\bline-through\b/, type: "strikethrough", isOn: true },
  { property: "text-decoration-line", pattern: /\bline-through\b/, type: "strikethrough", isOn: true },
  { property: "vertical-align", pattern: /^super$/, type: "superscript", isOn: true },
  { property: "vertical-align", pattern: /^sub$/, type: "subscript", isOn: true },
]

/** What an element's own style says of a property, in lower case. */
export function styleOf(element: HtmlElement, property: string): string | undefined {
  const style = element.attributes.get("style")?.toLowerCase()
  if (style?.includes(property) !== true) return undefined
  const found = style
    .split(";")
    .map((each) => each.split(":"))
    .find(([name = ""]) => name.trim() === property)
  return found?.slice(1).join(":").trim()
}

/** Marks as they stand at a text. */
export const inOrder = (marks: Marks): readonly Mark[] => MARK_ORDER.flatMap((name) => marks.get(name) ?? [])
