/** Formatted text: what may travel, what is refused, and what it says in words alone. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import { isLinkTarget, isPlain, plainText, type RichText, richText } from "../../src/client/core/rich-text.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { ParseError } from "../../src/shared/schema.ts"
import { aDoc } from "../helpers/rich-texts.ts"

const parse = (value: unknown): RichText => richText.parse(value, "it")

const doc = (...content: readonly unknown[]) => ({ type: "doc", content })
const paragraph = (text: string, ...marks: readonly unknown[]) => ({
  type: "paragraph",
  content: [marks.length === 0 ? { type: "text", text } : { type: "text", text, marks }],
})
const link = (href: unknown) => doc(paragraph("here", { type: "link", attrs: { href } }))

function assertRefused(value: unknown, rule: RegExp = /^it/, what = "refused"): void {
  assert.throws(
    () => parse(value),
    (error) => error instanceof ParseError && rule.test(error.message),
    what,
  )
}

describe("Formatted text", () => {
  it("is read as it was written, whatever it holds", () => {
    fc.assert(
      fc.property(aDoc, (one) => {
        const travelled: unknown = JSON.parse(JSON.stringify(richText.write(one)))
        assert.deepEqual(parse(travelled), one)
        assert.deepEqual(travelled, one)
      }),
      { numRuns: 500 },
    )
  })

  it("is refused when anything is in it that is not listed", () => {
    const good = { type: "text", text: "a" }
    for (const value of [
      ...[
        undefined,
        null,
        1,
        "doc",
        [],
        {},
        { type: "doc" },
        { type: "doc", content: [] },
        { type: "doc", content: {} },
      ],
      ...[
        { ...doc(paragraph("a")), attrs: {} },
        { ...doc(paragraph("a")), type: "document" },
        doc(doc(paragraph("a"))),
      ],
      ...[doc(good), doc({ type: "hard_break" }), doc({ type: "list_item", content: [paragraph("a")] })],
      ...["image", "table", "horizontal_rule", "html", "toString", "__proto__", "text"].map((type) => doc({ type })),
      doc({ ...paragraph("a"), marks: [{ type: "bold" }] }),
      doc({ ...paragraph("a"), attrs: { style: "x" } }),
      doc({ type: "paragraph", content: [] }),
      doc({ type: "paragraph", content: [paragraph("a")] }),
      doc({ type: "paragraph", content: [{ type: "text", text: "" }] }),
      doc({ type: "paragraph", content: [{ type: "text", text: "\ud800" }] }),
      doc({ type: "paragraph", content: [{ type: "text", text: 1 }] }),
      doc({ type: "paragraph", content: [{ type: "hard_break", marks: [{ type: "bold" }] }] }),
      ...[{}, { level: 0 }, { level: 3 }, { level: "1" }, { level: 1, id: "x" }].map((attrs) =>
        doc({ type: "heading", attrs, content: [good] }),
      ),
      doc({ type: "heading", content: [good] }),
      doc({ type: "code_block", content: [{ type: "hard_break" }] }),
      doc({ type: "code_block", content: [{ ...good, marks: [{ type: "bold" }] }] }),
      doc({ type: "code_block", attrs: { language: "js" }, content: [good] }),
      doc({ type: "blockquote" }),
      doc({ type: "blockquote", content: [good] }),
      doc({ type: "bullet_list" }),
      doc({ type: "bullet_list", content: [] }),
      doc({ type: "bullet_list", content: [paragraph("a")] }),
      doc({ type: "bullet_list", content: [{ type: "list_item", content: [] }] }),
      doc({ type: "bullet_list", content: [{ type: "list_item", content: [{ type: "code_block" }] }] }),
      doc({ type: "ordered_list", attrs: { order: 3 }, content: [{ type: "list_item", content: [paragraph("a")] }] }),
    ])
      assertRefused(value, /^it/, JSON.stringify(value))
  })

  it("is refused when its marks are not known, not in order, or not each once", () => {
    const ok = { type: "bold" }
    for (const marks of [
      ...[[], {}, "bold", [null], ["bold"], [{ type: "blink" }], [{ ...ok, attrs: {} }], [ok, ok]],
      ...[
        [{ type: "italic" }, ok],
        [ok, { type: "link", attrs: { href: "https://example.org/" } }],
      ],
      [{ type: "superscript" }, { type: "subscript" }],
      ...[{}, { ink: "black" }, { ink: "#ff0000" }, { ink: "red; x" }, { mark: "yellow" }, { ink: "red", more: 1 }].map(
        (attrs) => [{ type: "colour", attrs }],
      ),
      ...[{}, { mark: "red" }, { ink: "pink" }].map((attrs) => [{ type: "highlight", attrs }]),
      [{ type: "colour" }],
      [
        { type: "colour", attrs: { ink: "red" } },
        { type: "colour", attrs: { ink: "blue" } },
      ],
    ])
      assertRefused(
        doc({ type: "paragraph", content: [{ type: "text", text: "a", marks }] }),
        /^it/,
        JSON.stringify(marks),
      )
  })

  it("has links to the web and to mail, whole addresses, and to nothing else", () => {
    for (const href of ["https://example.org/ä?q=1#x", "http://localhost:5000", "HTTPS://EXAMPLE.ORG/", "mailto:a@b.c"])
      assert.doesNotThrow(() => parse(link(href)), href)
    for (const href of [
      ...[
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        " javascript:alert(1)",
        "\u0001https://a.b/",
      ],
      ...["data:text/html,x", "vbscript:x", "file:///etc/passwd", "blob:https://a.b/c", "about:blank", "ftp://a.b/"],
      ...["", "/chat", "//a.b/", "example.org", "#x", "https:", "https://", "http:a.b", "https://a b/", "https://[/"],
      ...["https://a.b/\u202egnp.exe", "https://a.b/\n", 1, null, ["https://a.b/"]],
    ])
      assertRefused(link(href), /^it/, String(href))
  })

  it("has addresses up to their bound", () => {
    const start = "https://example.org/"
    assert.doesNotThrow(() => parse(link(start.padEnd(LIMITS.hrefMax, "x"))))
    assertRefused(link(start.padEnd(LIMITS.hrefMax + 1, "x")))
    assert.deepEqual(
      [0, 1].map((past) => isLinkTarget(start.padEnd(LIMITS.hrefMax + past, "x"))),
      [true, false],
    )
  })

  it("has so many blocks inside one another and no more", () => {
    const quoted = (times: number, inner: unknown): unknown =>
      times === 0 ? inner : { type: "blockquote", content: [quoted(times - 1, inner)] }
    const item = { type: "list_item", content: [paragraph("a")] }
    const most = LIMITS.richDepthMax - 1
    assert.doesNotThrow(() => parse(doc(quoted(most, paragraph("a")))))
    assertRefused(doc(quoted(most + 1, paragraph("a"))), /must be inside at most 7 blocks$/)
    assert.doesNotThrow(() => parse(doc(quoted(most - 2, { type: "bullet_list", content: [item] }))))
    assertRefused(doc(quoted(most - 1, { type: "bullet_list", content: [item] })), /must be inside/)
    assertRefused(doc(quoted(most, { type: "bullet_list", content: [item] })), /must be inside/)
    const deep = '{"type":"blockquote","content":['
    assertRefused(JSON.parse(`{"type":"doc","content":[${deep.repeat(3_000)}${"]}".repeat(3_000)}]}`), /must be inside/)
  })

  it("has so many nodes and no more, wherever they stand", () => {
    const empty = { type: "paragraph" }
    const flat = (count: number) => doc(...Array.from({ length: count - 1 }, () => empty))
    assert.doesNotThrow(() => parse(flat(LIMITS.richNodesMax)))
    assertRefused(flat(LIMITS.richNodesMax + 1), /must have at most 2000 nodes$/)
    const runs = (count: number) =>
      doc({ type: "paragraph", content: Array.from({ length: count - 2 }, () => ({ type: "text", text: "a" })) })
    assert.doesNotThrow(() => parse(runs(LIMITS.richNodesMax)))
    assertRefused(runs(LIMITS.richNodesMax + 1), /must have at most 2000 nodes$/)
  })

  it("has so many bytes of text and no more, in all", () => {
    const most = LIMITS.textMax / 4
    assert.doesNotThrow(() => parse(doc(paragraph("🌍".repeat(most)))))
    assertRefused(doc(paragraph(`${"🌍".repeat(most)}x`)), /must have at most 32768 bytes of text$/)
    const half = "x".repeat(LIMITS.textMax / 2)
    assert.doesNotThrow(() => parse(doc(paragraph(half), paragraph(half.slice(1)))))
    assertRefused(doc(paragraph(half), paragraph(half)), /bytes of text$/)
  })

  it("is read or refused with a ParseError, whatever comes", () => {
    const keys = fc.constantFrom("type", "content", "attrs", "marks", "text", "__proto__", "level", "href", "ink")
    const names = fc.constantFrom("doc", "paragraph", "text", "heading", "bullet_list", "list_item", "bold", "link")
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { maxDepth: 6 },
        ...[names, fc.integer(), fc.constant(null), fc.string()],
        ...[fc.array(tie("json"), { maxLength: 3 }), fc.dictionary(keys, tie("json"), { maxKeys: 4 })],
      ),
    }))
    const values = fc.oneof(
      json,
      fc.anything(),
      fc.array(json).map((content) => ({ type: "doc", content })),
    )
    fc.assert(
      fc.property(values, (value) => {
        try {
          parse(value)
        } catch (error) {
          assert.ok(error instanceof ParseError, String(error))
        }
      }),
      { numRuns: 3_000 },
    )
  })

  it("is refused when one place of it is spoiled", () => {
    fc.assert(
      fc.property(aDoc, fc.nat(), fc.constantFrom<unknown>(null, 7, {}, [], "image"), (one, where, wrong) => {
        const copy: unknown = JSON.parse(JSON.stringify(one))
        const places = placesOf(copy)
        const place = places[where % places.length]
        assert.ok(place)
        place.holder[place.name] = wrong
        if (!(place.name === "text" && typeof wrong === "string")) assertRefused(copy)
      }),
      { numRuns: 500 },
    )
  })
})

describe("Formatted text in words alone", () => {
  it("has a line for each block, and signs for items and quotes", () => {
    const item = (...content: readonly unknown[]) => ({ type: "list_item", content })
    const list = (type: string, ...content: readonly unknown[]) => ({ type, content })
    const said = doc(
      { type: "heading", attrs: { level: 1 }, content: [{ type: "text", text: "Title" }] },
      { type: "paragraph" },
      {
        type: "paragraph",
        content: [{ type: "text", text: "one" }, { type: "hard_break" }, { type: "text", text: "two" }],
      },
      list("bullet_list", item(paragraph("a")), item(paragraph("b"), list("ordered_list", item(paragraph("c"))))),
      list("ordered_list", ...Array.from({ length: 10 }, () => item(paragraph("n"), paragraph("m")))),
      { type: "blockquote", content: [paragraph("said"), list("bullet_list", item(paragraph("x")))] },
      { type: "code_block", content: [{ type: "text", text: "if (a)\n  b()" }] },
    )
    const numbered = Array.from({ length: 10 }, (_, index) => `${index + 1}. n\n${index < 9 ? "   m" : "    m"}`)
    assert.equal(
      plainText(parse(said)),
      [
        ...["Title", "", "one", "two", "- a", "- b", "  1. c"],
        ...numbered,
        ...["> said", "> - x", "if (a)", "  b()"],
      ].join("\n"),
    )
  })

  it("says everything when there are only paragraphs of unmarked text", () => {
    assert.equal(isPlain(parse(doc(paragraph("a"), { type: "paragraph" }, paragraph("b")))), true)
    assert.equal(isPlain(parse(doc({ type: "paragraph", content: [{ type: "hard_break" }] }))), true)
    for (const block of [
      paragraph("a", { type: "bold" }),
      { type: "heading", attrs: { level: 2 } },
      { type: "code_block" },
      { type: "blockquote", content: [paragraph("a")] },
    ])
      assert.equal(isPlain(parse(doc(paragraph("a"), block))), false)
  })
})

interface Place {
  readonly holder: Record<string, unknown>
  readonly name: string
}

/** Every place in a value that can be overwritten. */
function placesOf(value: unknown): Place[] {
  if (typeof value !== "object" || value === null) return []
  const holder = value as Record<string, unknown>
  return Object.keys(holder).flatMap((name) => [{ holder, name }, ...placesOf(holder[name])])
}
