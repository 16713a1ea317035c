import assert from "node:assert/strict"
import { test } from "node:test"
import type { Page } from "playwright-core"
import { browserForFile } from "../helpers/browser.ts"
import { Person } from "../helpers/core-people.ts"
import {
  button,
  composer,
  conversation,
  inRoom,
  message,
  reaches,
  say,
  scroller,
  sees,
  signUp,
  startSite,
  written,
} from "../helpers/people.ts"

const browser = browserForFile()

const WIDTHS = [1280, 390, 320]
const HEIGHT = 700

const overflow = (element: Element): number => element.scrollWidth - element.clientWidth
/** How far the view is from the newest line, in pixels. */
const fromBottom = (page: Page) =>
  scroller(page).evaluate(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight)

/** Waits until the page has laid out and painted what has happened so far. */
const painted = (page: Page) =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))

test("A conversation on the screen", async (t) => {
  const server = await startSite(t)
  const profile = await browser.profile(t, { viewport: { width: 1280, height: HEIGHT } })
  const page = await signUp(profile, server.url, "anna")
  const berta = await Person.signUp(t, server, "berta")

  await t.test("hostile text stays text, and widens nothing on any screen", async () => {
    const texts = [
      "1. <img src=x onerror=alert(1)><script>alert(1)</script>",
      "2. javascript:alert(1) \u202Etxet desrever",
      `3. ${"x".repeat(30_000)}`,
      `4. a${"\u0301".repeat(1000)}`,
      `5. ${"\u2067\u202E".repeat(500)}end`,
    ]
    for (const text of texts) await berta.say(text)
    for (const text of texts) {
      const shown = message(page, text.slice(0, 3)).locator("p")
      await shown.waitFor()
      assert.equal(await shown.evaluate((words) => words.firstChild?.textContent), text)
    }
    assert.equal(await conversation(page).locator("img, script, a").count(), 0)
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: HEIGHT })
      assert.equal(await page.locator("html").evaluate(overflow), 0, `the page, at ${width} pixels`)
      assert.equal(await scroller(page).evaluate(overflow), 0, `the conversation, at ${width} pixels`)
      for (const bubble of await conversation(page).locator(".bubble").all())
        assert.equal(
          await bubble.evaluate(overflow),
          0,
          `each message, of which nothing is cut off, at ${width} pixels`,
        )
    }
    await page.setViewportSize({ width: 1280, height: HEIGHT })
  })

  await t.test("the time stands in the last line when there is room, and below when there is none", async () => {
    await berta.say("words of one line")
    const words = message(page, "words of one line").locator("p")
    await words.waitFor()
    /** Whether the time stands beside the last line of the text, when the bubble is this much wider than the text. */
    const isBeside = (room: number) =>
      words.evaluate((element, more) => {
        const range = document.createRange()
        range.selectNodeContents(element.firstChild ?? element)
        const bubble = element.closest<HTMLElement>(".bubble")
        const time = element.querySelector("time")
        if (bubble === null || time === null) throw new Error("no bubble, or no time")
        const { width } = range.getBoundingClientRect()
        bubble.style.inlineSize = `calc(${width + more}px + 1.5rem)`
        return time.getBoundingClientRect().top < range.getBoundingClientRect().bottom - 4
      }, room)
    assert.deepEqual(await Promise.all([100, 20].map(isBeside)), [true, false])
  })

  await t.test("Enter that ends an input method's composition sends nothing", async () => {
    await composer(page).fill("ni")
    await composer(page).evaluate((box) => {
      const enter = { key: "Enter", bubbles: true, cancelable: true }
      box.dispatchEvent(new KeyboardEvent("keydown", { ...enter, isComposing: true }))
      box.dispatchEvent(new KeyboardEvent("keydown", { ...enter, keyCode: 229 }))
    })
    assert.equal(await written(page), "ni")
    await composer(page).fill("now it is sent")
    await composer(page).press("Enter")
    await sees(page, "now it is sent")
    assert.equal(await message(page, "ni").filter({ hasText: /^ni$/ }).count(), 0)
  })

  await t.test("what stands in the page is neither made anew nor moved when lines come or change", async () => {
    const log = conversation(page)
    const old = await log.evaluateHandle((element) => [...element.children])
    const touched = await log.evaluateHandle((element) => {
      const found: string[] = []
      const watch = new MutationObserver((changes) => {
        for (const { removedNodes } of changes) for (const node of removedNodes) found.push(node.textContent ?? "")
      })
      watch.observe(element, { childList: true })
      return found
    })
    await say(page, "anna-1.")
    await reaches(page, "anna-1.", "Delivered")
    await berta.say("berta-1.")
    await sees(page, "berta-1.")
    assert.deepEqual(await touched.jsonValue(), [])
    assert.ok(await log.evaluate((element, all) => all.every((each, index) => element.children[index] === each), old))
  })

  await t.test("the view stays at the bottom when the place for it shrinks", async () => {
    await composer(page).fill("line\n".repeat(12))
    await painted(page)
    assert.ok((await fromBottom(page)) < 1, "the composer has grown")
    await page.setViewportSize({ width: 1280, height: HEIGHT / 2 })
    await painted(page)
    assert.ok((await fromBottom(page)) < 1, "a keyboard has come")
    await composer(page).fill("")
    await page.setViewportSize({ width: 1280, height: HEIGHT })
    await painted(page)
    assert.ok((await fromBottom(page)) < 1, "and has gone")
  })

  await t.test("a message can be told from its ground with forced colours", async () => {
    await page.emulateMedia({ forcedColors: "active" })
    const looks = await message(page, "berta-1.").evaluate((article) => {
      const bubble = article.querySelector(".bubble")
      if (bubble === null) throw new Error("no bubble")
      const { color, borderTopStyle, borderTopColor, backgroundColor } = getComputedStyle(bubble)
      return { color, borderTopStyle, borderTopColor, backgroundColor }
    })
    assert.equal(looks.borderTopStyle, "solid")
    for (const color of [looks.color, looks.borderTopColor]) assert.notEqual(color, looks.backgroundColor)
    await page.emulateMedia({ forcedColors: "none" })
  })

  await t.test("nothing moves by itself with reduced motion", async () => {
    await berta.say("berta-2.")
    await sees(page, "berta-2.")
    await button(page, "Log out").hover()
    const running = () =>
      document.getAnimations().filter((each) => Number(each.effect?.getComputedTiming().duration ?? 0) > 1).length
    assert.equal(await page.evaluate(running), 0)
  })

  await t.test("a draft survives a reload and goes over to another tab; once sent it is gone", async () => {
    await composer(page).fill("half a sentence")
    await composer(page).blur()
    await storedDrafts(page, 1)
    await page.reload()
    await inRoom(page)
    assert.equal(await written(page), "half a sentence")
    await composer(page).press("End")
    await composer(page).pressSequentially(", and more")

    const second = await profile.open(`${server.url}/chat`)
    await second.getByRole("button", { name: /here/i }).click()
    await inRoom(second)
    assert.equal(await written(second), "half a sentence, and more")
    await button(page, "Use it here").click()
    await inRoom(page)
    await second.close()
    assert.equal(await written(page), "half a sentence, and more")
    await composer(page).press("Enter")
    await sees(page, "half a sentence, and more")
    await storedDrafts(page, 0)
    await page.reload()
    await inRoom(page)
    assert.equal(await written(page), "")
  })

  await t.test("the list says what was said last, also after a reload and when an older message changes", async () => {
    await say(page, "anna-3.")
    await berta.sees("anna-3.")
    await berta.say("berta-3.")
    const general = page.getByRole("navigation", { name: "Chats" }).getByRole("listitem")
    await general.getByText("berta: berta-3.").waitFor()
    await reaches(page, "anna-3.", "Delivered")
    await painted(page)
    assert.equal(await general.getByText("berta: berta-3.").count(), 1)
    await page.reload()
    await general.getByText("berta: berta-3.").waitFor()
  })
})

/** Waits until this many drafts are stored. What a record is for is readable; what it holds is not. */
async function storedDrafts(page: Page, count: number): Promise<void> {
  await page.waitForFunction(async (expected) => {
    const keys = await new Promise<IDBValidKey[]>((resolve, reject) => {
      const opening = indexedDB.open("securechat anna")
      opening.onerror = () => reject(opening.error)
      opening.onsuccess = () => {
        const asking = opening.result.transaction("records").objectStore("records").getAllKeys()
        asking.onsuccess = () => {
          opening.result.close()
          resolve(asking.result)
        }
      }
    })
    return keys.filter((key) => String(key).startsWith("draft/")).length === expected
  }, count)
}
