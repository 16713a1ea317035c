/** Makes formatted texts of every shape, for property tests. */
import fc from "fast-check"
import {
  type Block,
  HIGHLIGHTS,
  INKS,
  type Inline,
  type ListItem,
  MARK_ORDER,
  type Mark,
  type Paragraph,
  type RichText,
} from "../../src/client/core/rich-text.ts"
import { LIMITS } from "../../src/shared/limits.ts"

const several = <T>(item: fc.Arbitrary<T>, most = 4): fc.Arbitrary<readonly [T, ...T[]]> =>
  fc.tuple(item, fc.array(item, { maxLength: most - 1 })).map(([first, rest]) => [first, ...rest])

const words = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 })
const run = words.map((text) => ({ type: "text" as const, text }))
const aMark: fc.Arbitrary<Mark> = fc.oneof(
  fc.webUrl({ withFragments: true }).map((href): Mark => ({ type: "link", attrs: { href } })),
  fc.constantFrom(...INKS).map((ink): Mark => ({ type: "colour", attrs: { ink } })),
  fc.constantFrom(...HIGHLIGHTS).map((mark): Mark => ({ type: "highlight", attrs: { mark } })),
  fc
    .constantFrom("bold" as const, "italic", "underline", "strikethrough", "superscript", "subscript", "code")
    .map((type): Mark => ({ type })),
)
const marked: fc.Arbitrary<Inline> = fc.tuple(words, fc.array(aMark, { maxLength: 6 })).map(([text, some]) => {
  const isScripted = some.some(({ type }) => type === "superscript")
  const [first, ...rest] = MARK_ORDER.filter((name) => !(isScripted && name === "subscript")).flatMap(
    (name) => some.find(({ type }) => type === name) ?? [],
  )
  return first === undefined ? { type: "text", text } : { type: "text", text, marks: [first, ...rest] }
})
const inlines = several(fc.oneof(marked, fc.constant<Inline>({ type: "hard_break" })))
const aParagraph: fc.Arbitrary<Paragraph> = fc.oneof(
  fc.constant<Paragraph>({ type: "paragraph" }),
  inlines.map((content): Paragraph => ({ type: "paragraph", content })),
)

/** Any block around which there may be so many more. */
function aBlock(room: number): fc.Arbitrary<Block> {
  const flat = fc.oneof(
    aParagraph,
    fc
      .tuple(fc.constantFrom(1 as const, 2), inlines)
      .map(([level, content]): Block => ({ type: "heading", attrs: { level }, content })),
    several(run).map((content): Block => ({ type: "code_block", content })),
  )
  if (room < 2) return flat
  const item = fc
    .tuple(aParagraph, fc.array(aBlock(room - 2), { maxLength: 2 }))
    .map(([first, rest]): ListItem => ({ type: "list_item", content: [first, ...rest] }))
  return fc.oneof(
    { arbitrary: flat, weight: 3 },
    several(aBlock(room - 1), 2).map((content): Block => ({ type: "blockquote", content })),
    fc
      .tuple(fc.constantFrom("bullet_list" as const, "ordered_list"), several(item, 2))
      .map(([type, content]): Block => ({ type, content })),
  )
}
/** Any formatted text of a few blocks. */
export const aDoc = several(aBlock(LIMITS.richDepthMax - 1)).map((content): RichText => ({ type: "doc", content }))
