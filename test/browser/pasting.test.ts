/** What is pasted, copied and dropped in the editor: no policy is violated (the browser would say so), and all words stay. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { browserForFile } from "../helpers/browser.ts"
import { elements, keys, paste, toolbar, writes } from "../helpers/editor.ts"
import { composer, signUp, startSite } from "../helpers/people.ts"

const browser = browserForFile()

test("the clipboard and formatted text", async (t) => {
  const site = await startSite(t)
  const page = await signUp(await browser.profile(t), site.url, "anna")
  await toolbar(page).waitFor()

  await t.test("what is pasted is cleaned: our forms and all words stay, everything else goes", async () => {
    const page1 =
      "<meta charset='utf-8'><h1>One</h1><p>a <b>b</b><img src=x onerror=alert(1)></p><script>alert(1)</script>"
    await writes(page, "<h2>One</h2><p>a <strong>b</strong></p>", () =>
      paste(page, { "text/html": page1, "text/plain": "x" }),
    )
    await writes(page, "<p>xa <em>b</em>y</p>", async () => {
      await keys(page, "xy", "ArrowLeft")
      await paste(page, { "text/html": "<p>a <i>b</i></p>", "text/plain": "a b" })
    })
    await writes(page, "<p>one</p><p></p><p>&lt;b&gt;two&lt;/b&gt;</p>", () =>
      paste(page, { "text/plain": "one\r\n\r\n<b>two</b>" }),
    )
    await writes(page, "<pre><code>a\nb</code></pre>", async () => {
      await keys(page, "```")
      await paste(page, { "text/html": "<p>a</p><p>b</p>", "text/plain": "a\nb" })
    })
    await writes(page, "<p>a</p>", async () => {
      await keys(page, "a")
      await paste(page, {})
    })
  })

  await t.test("what is copied is pasted as it was", async () => {
    await composer(page).fill("")
    await keys(page, "- a **b**", "Shift+Enter", "c")
    const before = await elements(page)
    await keys(page, "Control+a")
    const copied = await composer(page).evaluate((box) => {
      const clipboardData = new DataTransfer()
      box.dispatchEvent(new ClipboardEvent("copy", { clipboardData, bubbles: true, cancelable: true }))
      return { "text/html": clipboardData.getData("text/html"), "text/plain": clipboardData.getData("text/plain") }
    })
    assert.equal(copied["text/plain"], "a b\nc")
    await writes(page, before, () => paste(page, copied))
  })

  await t.test("what is dropped is read the same way", async () => {
    await writes(page, "<p>a <strong>b</strong></p>", () =>
      composer(page).evaluate((box) => {
        const dataTransfer = new DataTransfer()
        dataTransfer.setData("text/html", "<p>a <b>b</b></p><script>alert(1)</script>")
        const { left, top } = box.getBoundingClientRect()
        const place = { clientX: left + 20, clientY: top + 15 }
        box.dispatchEvent(new DragEvent("drop", { ...place, dataTransfer, bubbles: true, cancelable: true }))
      }),
    )
  })

  await t.test("more than a message may hold is told, and stays where it was written", async () => {
    await composer(page).fill("")
    const items = "<li>x</li>".repeat(600)
    for (let times = 0; times < 2; times++) await paste(page, { "text/html": `<ul>${items}</ul>`, "text/plain": "x" })
    await keys(page, "Enter")
    await page.getByText("longer than a message may be").waitFor()
    assert.equal((await composer(page).locator("li").count()) > 1_000, true)
    await composer(page).fill("")
  })
})
