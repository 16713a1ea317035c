import assert from "node:assert/strict"
import { test } from "node:test"
import { browserForFile } from "../helpers/browser.ts"
import { focused, list, offered } from "../helpers/emoji.ts"
import { button, composer, message, sees, signUp, startSite, written } from "../helpers/people.ts"

const browser = browserForFile()

test("Completing a shortcode", async (t) => {
  const server = await startSite(t)
  const page = await signUp(await browser.profile(t), server.url, "anna")
  const box = composer(page)

  await t.test("offers emoji from two letters on; the arrows choose, Enter takes one and does not send", async () => {
    await box.pressSequentially("well done :s")
    assert.equal(await list(page).count(), 0)
    await box.press("m")
    assert.match(await offered(page), /:smile:$/)
    await box.press("ArrowDown")
    assert.match(await offered(page), /:smirk:$/)
    await box.press("ArrowUp")
    await box.press("Enter")
    assert.equal(await written(page), "well done 😄")
    await list(page).waitFor({ state: "hidden" })
    assert.equal(await box.getAttribute("aria-activedescendant"), null)
    await box.press("Enter")
    await sees(page, "well done 😄")
  })

  await t.test("Tab and a click take one too, and the focus stays in the text box", async () => {
    await box.fill(":fox")
    await offered(page)
    await box.press("Tab")
    assert.equal(await written(page), "🦊")
    await box.pressSequentially(" :bea")
    await list(page).getByRole("option", { name: ":bear:" }).click()
    assert.equal(await written(page), "🦊 🐻")
    assert.equal(await focused(page), "textbox Message")
  })

  await t.test("Esc closes the list until the next shortcode, and Enter sends again", async () => {
    await box.fill("as I said :sm")
    await offered(page)
    await box.press("Escape")
    await list(page).waitFor({ state: "hidden" })
    await box.press("i")
    assert.equal(await list(page).isVisible(), false)
    await box.press("Enter")
    await sees(page, "as I said :smi")
    await box.pressSequentially(":sm")
    assert.match(await offered(page), /:smile:$/)
  })

  await t.test("a whole shortcode becomes its emoji", async () => {
    await box.fill("")
    await box.pressSequentially("done :tada: :+1: at 10:30: :nosuchthing:")
    assert.equal(await written(page), "done 🎉 👍 at 10:30: :nosuchthing:")
  })

  await t.test("times, links, and smileys of signs offer nothing", async () => {
    for (const text of ["at 10:30", "https://fox", ":-)", ":-D", ":)", "a:fox", "::fox", ": fox"]) {
      await box.fill("")
      await box.pressSequentially(text)
      assert.equal(await list(page).isVisible(), false, text)
    }
  })

  await t.test("while an input method composes nothing opens, and its Enter is its own", async () => {
    await box.fill("")
    await box.evaluate((element) => element.dispatchEvent(new CompositionEvent("compositionstart")))
    await box.pressSequentially(":sm")
    assert.equal(await list(page).isVisible(), false)
    await box.evaluate((element) => element.dispatchEvent(new CompositionEvent("compositionend")))
    assert.match(await offered(page), /:smile:$/)
    await box.evaluate((element) => {
      const enter = { key: "Enter", bubbles: true, cancelable: true }
      element.dispatchEvent(new KeyboardEvent("keydown", { ...enter, isComposing: true }))
      element.dispatchEvent(new KeyboardEvent("keydown", { ...enter, keyCode: 229 }))
    })
    assert.equal(await written(page), ":sm")
    assert.equal(await message(page, ":sm").filter({ hasText: /^:sm$/ }).count(), 0)
  })

  await t.test("leaving the box, or the place, closes the list", async () => {
    await box.fill(":fox")
    await offered(page)
    await box.press("ArrowLeft")
    await list(page).waitFor({ state: "hidden" })
    await box.fill(":fox")
    await offered(page)
    await button(page, "Emoji").focus()
    await list(page).waitFor({ state: "hidden" })
  })
})
