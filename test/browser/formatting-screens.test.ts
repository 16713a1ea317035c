/** The editor, what its buttons open, and formatted messages, on every screen. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { HIGHLIGHTS, INKS } from "../../src/client/core/rich-text.ts"
import { overflow, violationsIn } from "../helpers/axe.ts"
import { browserForFile } from "../helpers/browser.ts"
import { elements, keys, paste, tool, toolbar } from "../helpers/editor.ts"
import { button, composer, conversation, signUp, startSite } from "../helpers/people.ts"

const browser = browserForFile()

const ALL_INKS = INKS.map((ink) => `<span class="ink-${ink}">${ink}</span> `).join("")
/** Everything that can be written, as it is on the clipboard. */
const EVERYTHING = [
  "<h1>all-1.</h1><h2>Second</h2><ul><li>one<ol><li>two</li></ol></li></ul><blockquote>said</blockquote><pre>code()</pre>",
  "<p><b>b</b> <i>i</i> <u>u</u> <s>s</s> x<sup>2</sup> x<sub>2</sub> <code>c</code> <a href='https://example.org/'>a</a></p>",
  ...["p", "blockquote"].map((tag) => `<${tag}>${ALL_INKS}</${tag}>`),
  ...HIGHLIGHTS.map(
    (mark) => `<p><mark class="mark-${mark}">${ALL_INKS}<a href="https://example.org/">a</a></mark></p>`,
  ),
].join("")

for (const colorScheme of ["light", "dark"] as const)
  test(`${colorScheme}: axe finds nothing in the editor and in what it sends, and all of it fits`, async (t) => {
    const site = await startSite(t)
    const anna = await signUp(await browser.profile(t, { colorScheme }), site.url, "anna")
    const narrow = { width: 390, height: 844 }
    const berta = await signUp(await browser.profile(t, { colorScheme, viewport: narrow }), site.url, "berta")
    const found: Record<string, string[]> = {}
    for (const [name, page] of [
      ["wide", anna],
      ["narrow", berta],
    ] as const) {
      await toolbar(page).waitFor()
      found[`${name}, nothing written`] = await violationsIn(page)
      await composer(page).focus()
      await paste(page, { "text/html": EVERYTHING })
      found[`${name}, written`] = await violationsIn(page)
      for (const opener of ["Font colour", "Highlight"]) {
        await tool(page, opener).click()
        await page.getByRole("menu", { name: opener }).waitFor()
        found[`${name}, ${opener}`] = await violationsIn(page)
      }
      await tool(page, "Link").click()
      await page.getByRole("dialog", { name: "Link" }).getByLabel("Address").fill("no address")
      await keys(page, "Enter")
      await page.getByRole("dialog", { name: "Link" }).getByRole("alert").waitFor()
      found[`${name}, Link`] = await violationsIn(page)
      assert.equal(await overflow(page), 0, name)
      await keys(page, "Escape")
    }
    await berta.setViewportSize({ ...narrow, width: 320 })
    assert.equal(await overflow(berta), 0, "at 320 pixels")
    await composer(anna).press("Enter")
    for (const [name, page] of [
      ["own", anna],
      ["theirs", berta],
    ] as const) {
      await conversation(page).getByRole("heading", { name: "all-1." }).waitFor()
      found[`${name} message`] = await violationsIn(page)
      assert.equal(await overflow(page), 0, name)
    }
    for (const [screen, violations] of Object.entries(found)) assert.deepEqual(violations, [], screen)
  })

test("what is sent formatted is seen formatted, and can be changed as such", async (t) => {
  const site = await startSite(t)
  const anna = await signUp(await browser.profile(t), site.url, "anna")
  const berta = await signUp(await browser.profile(t, { colorScheme: "dark" }), site.url, "berta")
  await toolbar(anna).waitFor()
  await composer(anna).focus()
  await keys(
    anna,
    "# anna-1.",
    "Shift+Enter",
    "see **https://example.org/a** and https://example.org/b.",
    "Shift+Enter",
  )
  await tool(anna, "Font colour").click()
  await anna.getByRole("menuitemradio", { name: "Red" }).click()
  await tool(anna, "Highlight").click()
  await anna.getByRole("menuitemradio", { name: "Yellow" }).click()
  await keys(anna, "look", "Enter")

  const article = conversation(berta).locator("article").filter({ hasText: "anna-1." })
  await article.getByRole("heading", { name: "anna-1.", level: 2 }).waitFor()
  const links = await article.getByRole("link").all()
  assert.deepEqual(
    await Promise.all(
      links.map((each) => each.evaluate((a) => (a instanceof HTMLAnchorElement ? [a.href, a.rel, a.target] : []))),
    ),
    ["https://example.org/a", "https://example.org/b"].map((href) => [
      href,
      "noopener noreferrer nofollow ugc",
      "_blank",
    ]),
  )
  assert.equal(await article.locator("strong").textContent(), "https://example.org/a")
  const [text, look] = await Promise.all(
    [article.getByRole("heading"), article.locator("mark")].map((each) =>
      each.evaluate((at) => getComputedStyle(at).color),
    ),
  )
  assert.equal(look, text, "an ink on a highlight takes the colour that can be read")
  assert.deepEqual(
    await article.locator("p, h2").evaluateAll((blocks) => blocks.map((each) => each.getAttribute("dir"))),
    ["auto", "auto", "auto"],
  )

  await composer(anna).press("ArrowUp")
  await composer(anna).locator("mark.mark-yellow").waitFor()
  await keys(anna, " again", "Enter")
  await article.getByText("look again").waitFor()
  await article.getByText("edited").waitFor()
})

test("on a screen for fingers one writes plainly until one wants to format", async (t) => {
  const site = await startSite(t)
  const profile = await browser.profile(t, { isTouch: true, viewport: { width: 390, height: 800 } })
  const page = await signUp(profile, site.url, "anna")
  assert.equal(await toolbar(page).count(), 0)
  await composer(page).fill("one\ntwo")
  await button(page, "Format").click()
  await toolbar(page).waitFor()
  assert.equal(await elements(page), "<p>one</p><p>two</p>")
  const { height = 0 } = (await tool(page, "Bold").boundingBox()) ?? {}
  assert.ok(height >= 44, "large enough for a finger")
})
