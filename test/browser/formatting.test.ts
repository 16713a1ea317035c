/** Writing formatted text: the toolbar, keys and signs, and what becomes of it. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { browserForFile } from "../helpers/browser.ts"
import { elements, keys, tool, toolbar, writes } from "../helpers/editor.ts"
import { button, composer, inRoom, sees, signUp, startSite, written } from "../helpers/people.ts"

const browser = browserForFile()

const NAMES = [
  ...["Bold", "Italic", "Underline", "Strikethrough", "Heading 1", "Heading 2", "Superscript", "Subscript"],
  ...["Bullet list", "Numbered list", "Font colour", "Highlight", "Link", "Code", "Quote"],
]

test("formatted text", async (t) => {
  const site = await startSite(t)
  const profile = await browser.profile(t)
  const page = await signUp(profile, site.url, "anna")
  await toolbar(page).waitFor()

  await t.test("the toolbar has its buttons, is one stop of the Tab key, and arrow keys go through it", async () => {
    const buttons = await toolbar(page).getByRole("button").all()
    const names = await Promise.all(buttons.map((each) => each.getAttribute("aria-label")))
    assert.deepEqual(names, NAMES)
    await composer(page).focus()
    await page.keyboard.press("Shift+Tab")
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"))
    assert.equal(await focused(), "Bold")
    await keys(page, "ArrowRight")
    assert.equal(await focused(), "Italic")
    await keys(page, "ArrowLeft", "ArrowLeft")
    assert.equal(await focused(), "Quote")
    await keys(page, "ArrowRight")
    assert.equal(await focused(), "Bold")
    await keys(page, "End")
    assert.equal(await focused(), "Quote")
    await page.keyboard.press("Tab")
    assert.equal(await focused(), "Message")
  })

  await t.test("a button formats what is selected, says so, and takes it back", async () => {
    for (const [name, tag] of [
      ...([
        ["Bold", "strong"],
        ["Italic", "em"],
        ["Underline", "u"],
        ["Strikethrough", "s"],
      ] as const),
      ...([
        ["Superscript", "sup"],
        ["Subscript", "sub"],
        ["Code", "code"],
      ] as const),
    ]) {
      await writes(page, `<p><${tag}>word</${tag}></p>`, async () => {
        await keys(page, "word", "Control+a")
        assert.equal(await tool(page, name).getAttribute("aria-pressed"), "false")
        await tool(page, name).click()
        assert.equal(await tool(page, name).getAttribute("aria-pressed"), "true")
      })
      await tool(page, name).click()
      assert.equal(await elements(page), "<p>word</p>")
    }
    for (const [name, html] of [
      ...([
        ["Heading 1", "<h2>word</h2>"],
        ["Heading 2", "<h3>word</h3>"],
      ] as const),
      ...([
        ["Bullet list", "<ul><li><p>word</p></li></ul>"],
        ["Numbered list", "<ol><li><p>word</p></li></ol>"],
      ] as const),
      ["Quote", "<blockquote><p>word</p></blockquote>"] as const,
    ]) {
      await writes(page, html, async () => {
        await keys(page, "word")
        await tool(page, name).click()
        assert.equal(await tool(page, name).getAttribute("aria-pressed"), "true")
      })
      await tool(page, name).click()
      assert.equal(await elements(page), "<p>word</p>")
    }
  })

  await t.test("so do keys", async () => {
    for (const [key, tag] of [
      ...([
        ["Control+b", "strong"],
        ["Control+i", "em"],
        ["Control+u", "u"],
        ["Control+Shift+x", "s"],
      ] as const),
      ...([
        ["Control+.", "sup"],
        ["Control+,", "sub"],
        ["Control+e", "code"],
      ] as const),
    ])
      await writes(page, `<p>a<${tag}>b</${tag}>c</p>`, () => keys(page, "a", key, "b", key, "c"))
    await writes(page, "<h2>a</h2>", () => keys(page, "a", "Control+Alt+1"))
    await writes(page, "<h3>a</h3>", () => keys(page, "a", "Control+Alt+2"))
    await writes(page, "<ul><li><p>a</p></li></ul>", () => keys(page, "a", "Control+Shift+8"))
    await writes(page, "<ol><li><p>a</p></li></ol>", () => keys(page, "a", "Control+Shift+8", "Control+Shift+7"))
    await writes(page, "<p>a</p>", () => keys(page, "a", "Control+a", "Control+b", "Control+z"))
  })

  await t.test("signs become a form while one types, and Backspace takes that back", async () => {
    await writes(page, "<p>a <strong>b c</strong> d</p>", () => keys(page, "a **b c** d"))
    await writes(page, "<p><em>a</em> <s>b</s> <code>c*d*</code></p>", () => keys(page, "*a* ~~b~~ `c*d*`"))
    await writes(page, "<p>2*3*4 and ** b **</p>", () => keys(page, "2*3*4 and ** b **"))
    await writes(page, "<p>**a**</p>", () => keys(page, "**a**", "Backspace"))
    await writes(page, "<h2>a</h2><h3>b</h3>", () => keys(page, "# a", "Shift+Enter", "## b"))
    await writes(page, "<ul><li><p>a</p></li></ul>", () => keys(page, "- a"))
    await writes(page, "<ol><li><p>a</p></li></ol>", () => keys(page, "1. a"))
    await writes(page, "<blockquote><p>a</p></blockquote>", () => keys(page, "> a"))
    await writes(page, "<pre><code>**a**</code></pre>", () => keys(page, "```", "**a**"))
  })

  await t.test("Shift+Enter goes on with a list, code or quote, and leaves them where there is nothing", async () => {
    const item = (text: string) => `<li><p>${text}</p></li>`
    const next = "Shift+Enter"
    await writes(page, `<ul>${item("a")}${item("b")}</ul><p>c</p>`, () => keys(page, "- a", next, "b", next, next, "c"))
    await writes(page, `<ul><li><p>a</p><ul>${item("b")}</ul></li>${item("c")}</ul>`, () =>
      keys(page, "- a", next, "Tab", "b", next, next, "c"),
    )
    await writes(page, "<pre><code>a\nb</code></pre><p>c</p>", () => keys(page, "```", "a", next, "b", next, next, "c"))
    await writes(page, "<blockquote><p>a</p></blockquote><p>b</p>", () => keys(page, "> a", next, next, "b"))
  })

  await t.test("lists stand in one another as deep as a message holds them, and no deeper", async () => {
    await composer(page).fill("")
    const deeper = ["Shift+Enter", "Tab", "x"]
    await keys(page, "- x", ...deeper, ...deeper, "Shift+Enter", "Tab")
    const depths = await composer(page).evaluate((box) =>
      [...box.querySelectorAll("p")].map((each) => {
        let depth = 0
        for (let at: Element | null = each; at !== null && at !== box; at = at.parentElement) depth += 1
        return depth
      }),
    )
    assert.deepEqual(depths, [3, 5, 7, 7])
  })

  await t.test("colours and highlights are picked by their names, with keys alone", async () => {
    await writes(page, '<p><span class="ink-red"><mark class="mark-green">ab</mark></span>c</p>', async () => {
      await keys(page, "ab", "Control+a", "Shift+Tab")
      await tool(page, "Font colour").focus()
      await keys(page, "Enter", "Home", "ArrowRight")
      assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Red")
      await keys(page, "Enter")
      await tool(page, "Highlight").click()
      await page.getByRole("menu", { name: "Highlight" }).getByRole("menuitemradio", { name: "Green" }).click()
      await keys(page, "End")
      for (const name of ["Font colour", "Highlight"]) {
        await tool(page, name).click()
        await page.getByRole("menuitemradio", { name: "None" }).click()
      }
      await keys(page, "c")
    })
    await tool(page, "Font colour").click()
    await page.getByRole("menu", { name: "Font colour" }).waitFor()
    await keys(page, "Escape")
    await page.getByRole("menu").waitFor({ state: "detached" })
    assert.equal(await tool(page, "Font colour").getAttribute("aria-expanded"), "false")
    await keys(page, "d")
    assert.equal(await written(page), "abcd", "the focus is back in the text")
  })

  await t.test("a link gets an address of the web or of mail, can be changed, and goes again", async () => {
    await composer(page).fill("")
    await keys(page, "here", "Control+a", "Control+Shift+k")
    const form = page.getByRole("dialog", { name: "Link" })
    await form.getByLabel("Address").fill("javascript:alert(1)")
    await keys(page, "Enter")
    await form.getByRole("alert").waitFor()
    await form.getByLabel("Address").fill("example.org/a")
    await keys(page, "Enter")
    assert.equal(await elements(page), '<p><a href="https://example.org/a">here</a></p>')
    await keys(page, "ArrowLeft", "ArrowRight", "Control+Shift+k")
    assert.equal(await form.getByLabel("Address").inputValue(), "https://example.org/a")
    await form.getByLabel("Address").fill("anna@example.org")
    await button(form, "Set link").click()
    assert.equal(await elements(page), '<p><a href="mailto:anna@example.org">here</a></p>')
    await tool(page, "Link").click()
    await button(form, "Remove link").click()
    assert.equal(await elements(page), "<p>here</p>")
  })

  await t.test("Enter sends the words and empties the box; with nothing in it Enter and Send do nothing", async () => {
    await composer(page).fill("")
    await keys(page, "Enter", "- ", "Enter")
    assert.equal(await button(page, "Send").isDisabled(), true)
    await keys(page, "formatted-1. **words**", "Enter")
    await sees(page, "formatted-1. words")
    assert.equal(await elements(page), "<p></p>")
  })

  await t.test("an input method composes in the midst of formatted text, and its Enter sends nothing", async () => {
    await composer(page).fill("")
    await keys(page, "**a** ")
    const device = await page.context().newCDPSession(page)
    await device.send("Input.imeSetComposition", { text: "ni", selectionStart: 2, selectionEnd: 2 })
    await composer(page).evaluate((box) => {
      const enter = { key: "Enter", bubbles: true, cancelable: true }
      box.dispatchEvent(new KeyboardEvent("keydown", { ...enter, isComposing: true }))
      box.dispatchEvent(new KeyboardEvent("keydown", { ...enter, keyCode: 229 }))
    })
    await device.send("Input.insertText", { text: "你" })
    assert.equal(await elements(page), "<p><strong>a</strong> 你</p>")
    await keys(page, "Enter")
    await sees(page, "a 你")
  })

  await t.test("the draft with its form outlives a reload", async () => {
    await composer(page).fill("")
    await keys(page, "# a", "Shift+Enter", "b *c*")
    await composer(page).blur()
    await page.reload()
    await toolbar(page).waitFor()
    await composer(page).getByText("a", { exact: true }).waitFor()
    assert.equal(await elements(page), "<h2>a</h2><p>b <em>c</em></p>")
  })

  await t.test(
    "the plain box takes over the words, gives the form back when they are the same, and stays when it is wanted",
    async () => {
      const format = button(page, "Format")
      await format.click()
      await toolbar(page).waitFor({ state: "detached" })
      assert.equal(await written(page), "a\nb c")
      await format.click()
      await toolbar(page).waitFor()
      assert.equal(await elements(page), "<h2>a</h2><p>b <em>c</em></p>")
      await format.click()
      await toolbar(page).waitFor({ state: "detached" })
      await page.reload()
      await inRoom(page)
      await page.getByText("formatted-1.").first().waitFor()
      assert.equal(await toolbar(page).count(), 0)
      assert.equal(await format.getAttribute("aria-pressed"), "false")
    },
  )
})
