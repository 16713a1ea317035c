/** What is made of foreign HTML: our forms, all of the words, and nothing else. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import { type Block, type Inline, plainText, type RichText, richText } from "../../src/client/core/rich-text.ts"
import { pasted } from "../../src/client/ui/editor/pasted.ts"

/** A short notation of what was read: `p(a *bold:b*)`. */
function sketch(html: string): string {
  const doc = pasted(html)
  return doc === undefined ? "nothing" : doc.content.map(block).join(" ")
}

function block(one: Block): string {
  if (one.type === "paragraph" || one.type === "code_block")
    return `${one.type[0]}(${(one.content ?? []).map(inline).join("")})`
  if (one.type === "heading") return `h${one.attrs.level}(${(one.content ?? []).map(inline).join("")})`
  if (one.type === "blockquote") return `q(${one.content.map(block).join(" ")})`
  const sign = one.type === "bullet_list" ? "ul" : "ol"
  return `${sign}(${one.content.map((item) => `li(${item.content.map(block).join(" ")})`).join(" ")})`
}

function inline(one: Inline): string {
  if (one.type === "hard_break") return "/"
  if (!("marks" in one) || one.marks === undefined) return one.text
  const names = one.marks.map((mark) => {
    if (mark.type === "link") return `link ${mark.attrs.href}`
    if (mark.type === "colour") return `colour ${mark.attrs.ink}`
    return mark.type === "highlight" ? `highlight ${mark.attrs.mark}` : mark.type
  })
  return `[${names.join(",")}:${one.text}]`
}

/** HTML, and what is made of it. */
const CASES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  "of a web page": [
    ["<p>Hello, <b>world</b>!</p><p>Again</p>", "p(Hello, [bold:world]!) p(Again)"],
    [
      "plain &amp; simple &lt;b&gt; &#228;&#xe4;&auml;&nbsp;&unknown; &copy",
      "p(plain & simple <b> äää\u00a0&unknown; ©)",
    ],
    ["<h1>One</h1><h2>Two</h2><h6>Six</h6>", "h1(One) h2(Two) h2(Six)"],
    ["<div>a<div>b</div>c</div>", "p(a) p(b) p(c)"],
    ["a<br>b<br><br>c<br>", "p(a/b//c)"],
    ["<p>a</p><p><br></p><p>b</p>", "p(a) p() p(b)"],
    ["  <p>\n  a\n   <i> b </i> c\n</p>\n", "p(a [italic:b ]c)"],
    ["<pre>if (a)\n  <b>b</b>()\n</pre>", "c(if (a)\n  b())"],
    ["<span style='white-space: pre-wrap'>a  b\nc</span>", "p(a  b/c)"],
    ["<blockquote>a<p>b</blockquote>c", "q(p(a) p(b)) p(c)"],
    ["<ul><li>a<li>b<ol><li>c</ol></ul>", "ul(li(p(a)) li(p(b) ol(li(p(c)))))"],
    ["<ul><li>a</li><ul><li>b</li></ul></ul>", "ul(li(p(a) ul(li(p(b)))))"],
    ["<ul><li><h2>a</h2><pre>b</pre></li><li><pre>c</pre></li><li></li></ul>", "ul(li(p(a) c(b)) li(p() c(c)))"],
    ["<table><tr><td>a<td>b<tr><td>c</table>", "p(a b) p(c)"],
    [
      '<a href="https://a.b/?x=1&amp;y=2">x</a> <a href="javascript:alert(1)">y</a> <a href="/z">z</a>',
      "p([link https://a.b/?x=1&y=2:x] y z)",
    ],
    [
      "<u>a</u><ins>b</ins><s>c</s><del>d</del><sup>e</sup><sub>f</sub><kbd>g</kbd>",
      "p([underline:a][underline:b][strikethrough:c][strikethrough:d][superscript:e][subscript:f][code:g])",
    ],
    ["<sup>a<sub>b</sub></sup>", "p([superscript:a][subscript:b])"],
    ["<b>a<i>b<b>c</b></i></b>", "p([bold:a][bold,italic:b][bold,italic:c])"],
  ],
  "of a page that means harm": [
    ["<script>alert(1)</script><style>p{}</style><p>a<img src=x onerror=alert(1)></p>", "p(a)"],
    ["<svg><script>a</script><text>b</text></svg><iframe src=x>c</iframe><object>d</object>e", "p(e)"],
    ["<p onclick='alert(1)' style='color: red; background: url(//x)'>a</p>", "p(a)"],
    ["<p style='display:none'>hidden</p><p>shown</p>", "p(shown)"],
    ["<!-- <b>a</b> --><!doctype html><?php x ?>b", "p(b)"],
    ["<constructor>b</constructor><toString>c<p style=constructor:x>", "p(bc)"],
    ["a < b and <c", "p(a < b and <c)"],
    ["<p title='>'>a</p>", "p(a)"],
    ["&#0;&#xd800;&#x110000;&#99999999;a", "p(\ufffd\ufffd\ufffd\ufffda)"],
    ["<script>a", "nothing"],
    ["<style></style> \n <img>", "nothing"],
    ["", "nothing"],
  ],
  "of word processors": [
    [
      "<html><head><style>p{}</style></head><body><!--StartFragment--><p class=MsoNormal><b>a</b><o:p></o:p></p><!--EndFragment--></body>",
      "p([bold:a])",
    ],
    [
      "<p style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>·<span> </span></span><![endif]>a</p>\n" +
        "<p style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·</span>b</p><p>c</p>" +
        "<p style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>1.</span>d</p>",
      "ul(li(p(a)) li(p(b))) p(c) ol(li(p(d)))",
    ],
    [
      '<b style="font-weight:normal;" id="docs-internal-guid-1"><p dir="ltr"><span style="font-weight:700;font-style:italic">a</span>' +
        '<span style="font-weight:400;text-decoration:underline line-through">b</span><span style="vertical-align:super">c</span></p></b>',
      "p([bold,italic:a][underline,strikethrough:b][superscript:c])",
    ],
    ['<p><a href="https://a.b/"><span style="text-decoration: underline">x</span></a></p>', "p([link https://a.b/:x])"],
  ],
  "of our own": [
    [
      '<p dir="auto">a <span class="ink-red">b</span><mark class="mark-blue">c</mark></p>',
      "p(a [colour red:b][highlight blue:c])",
    ],
    ['<h2 dir="auto" class="ink-beige mark-none">x</h2>', "h2(x)"],
  ],
}

describe("Pasted HTML", () => {
  for (const [what, cases] of Object.entries(CASES))
    it(`${what} becomes formatted text`, () => {
      for (const [html, expected] of cases) assert.equal(sketch(html), expected, html)
    })

  it("is none when it is longer than is read, or holds more than a message may", () => {
    assert.equal(sketch(`${"<i></i>".repeat(100_000)}a`), "p(a)")
    assert.equal(sketch(`${"<i></i>".repeat(150_000)}a`), "nothing")
    assert.equal(sketch("<p>a</p>".repeat(3_000)), "nothing")
    assert.equal(sketch("x".repeat(33 * 1024)), "nothing")
  })

  it("nested however deep loses no word", () => {
    for (const [open, close] of [
      ["<div>", "</div>"],
      ["<blockquote>", "</blockquote>"],
      ["<ul><li>", "</li></ul>"],
      ["<b><i>", ""],
    ] as const) {
      const doc = pasted(`${open.repeat(5_000)}a word${close.repeat(5_000)}`)
      assert.ok(doc)
      assert.match(plainText(doc), /a word$/)
    }
  })

  it("is read in time that grows with its length only", () => {
    for (const start of ['<a "', "<a '", "<a b=", "<!--", "<", "&", "<p ", "<script ", "<a href='"])
      assert.doesNotThrow(() => pasted(start.repeat(200_000)), start)
  })

  it("is text that may travel or nothing, whatever it is", () => {
    const pieces = fc.constantFrom(
      ..."<p> </p> <ul> </ul> <ol> <li> </li> <b> </b> <blockquote> </blockquote> <pre> </pre> <h1> </h1> <br> <td> <tr>".split(
        " ",
      ),
      ...[
        "text",
        " ",
        "\n",
        "&amp;",
        "<a href='https://a.b/'>",
        "</a>",
        "<!--",
        "-->",
        '"',
        "'",
        "<",
        ">",
        "\ud800",
        "\0",
      ],
      ...[
        "<span style='font-weight:700'>",
        "</span>",
        "<sup>",
        "<sub>",
        "<script>",
        "</script>",
        "<p style='mso-list:x'>",
      ],
    )
    const htmls = fc.oneof(
      fc.array(pieces, { maxLength: 40 }).map((some) => some.join("")),
      fc.string({ unit: "binary", maxLength: 100 }),
    )
    fc.assert(
      fc.property(htmls, (html) => {
        const doc: RichText | undefined = pasted(html)
        if (doc !== undefined) assert.deepEqual(richText.parse(JSON.parse(JSON.stringify(doc)), "it"), doc)
      }),
      { numRuns: 3_000 },
    )
  })
})
