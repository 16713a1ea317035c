import assert from "node:assert/strict"
import { test } from "node:test"
import type { Page } from "playwright-core"
import { overflow, violationsIn } from "../helpers/axe.ts"
import { browserForFile } from "../helpers/browser.ts"
import { cell, focused, offered, open, picker, search, tab } from "../helpers/emoji.ts"
import { button, composer, inRoom, signUp, startSite, written } from "../helpers/people.ts"

const browser = browserForFile()

test("Choosing emoji", async (t) => {
  const server = await startSite(t)
  const profile = await browser.profile(t)
  const loaded: string[] = []
  profile.context.on("response", (response) => {
    if (response.request().resourceType() === "script") loaded.push(response.url())
  })
  const page = await signUp(profile, server.url, "anna")

  await t.test("loads nothing for them before the button is reached", async () => {
    const before = new Set(loaded)
    await open(page)
    await page.keyboard.press("Escape")
    const more = [...new Set(loaded)].filter((url) => !before.has(url))
    assert.ok(more.length >= 2, more.join(" "))
    for (const url of more) assert.match(url, /\/build\/part-/)
    const texts = await Promise.all(more.map(async (url) => (await page.request.get(url)).text()))
    assert.ok(texts.some((text) => text.includes("face with tears of joy")))
  })

  await t.test("by mouse: one goes to the caret, and writing goes on there", async () => {
    await composer(page).fill("hello world")
    for (let step = 0; step < "world".length; step++) await composer(page).press("ArrowLeft")
    await open(page)
    assert.equal(await button(page, "Emoji").getAttribute("aria-expanded"), "true")
    await tab(page, "People").click()
    assert.equal(await tab(page, "People").getAttribute("aria-selected"), "true")
    await cell(page, "waving hand").click()
    await picker(page).waitFor({ state: "detached" })
    await page.keyboard.type(" ")
    assert.equal(await written(page), "hello 👋 world")
    assert.equal(await button(page, "Emoji").getAttribute("aria-expanded"), "false")
  })

  await t.test("a click beside it closes it, and the focus goes back to the button", async () => {
    await open(page)
    await page.mouse.click(40, 400)
    await picker(page).waitFor({ state: "detached" })
    assert.equal(await focused(page), "button Emoji")
  })

  await t.test("by keyboard: what is searched is taken with Enter, and Esc takes nothing", async () => {
    await composer(page).fill("hm ")
    await page.keyboard.press("Tab")
    assert.equal(await focused(page), "button Emoji")
    await page.keyboard.press("Enter")
    await picker(page).waitFor()
    assert.equal(await focused(page), "textbox Search emoji")
    await page.keyboard.type("thinking")
    await page.keyboard.press("Enter")
    await picker(page).waitFor({ state: "detached" })
    assert.equal(await focused(page), "textbox Message")
    assert.equal(await written(page), "hm 🤔")

    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.keyboard.type("no emoji is called so")
    await picker(page).getByText("No emoji is called that.").waitFor()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await picker(page).waitFor({ state: "detached" })
    assert.equal(await focused(page), "button Emoji")
    assert.equal(await written(page), "hm 🤔")
  })

  await t.test("by keyboard: the arrows go through rows and groups, and typing goes on searching", async () => {
    await page.keyboard.press("Enter")
    await picker(page).waitFor()
    const steps: [string, string][] = [
      ["ArrowDown", "thinking face"],
      ["ArrowRight", "waving hand"],
      ["ArrowDown", "grinning face with big eyes"],
      ["End", "face with tears of joy"],
      ["ArrowRight", "slightly smiling face"],
      ["ArrowLeft", "face with tears of joy"],
      ["Home", "grinning face"],
      ["ArrowUp", "thinking face"],
      ["Control+End", "flag: Wales"],
      ["ArrowDown", "flag: Wales"],
      ["Control+Home", "thinking face"],
      ["PageDown", "face with peeking eye"],
      ["PageUp", "thinking face"],
    ]
    for (const [key, name] of steps) {
      await page.keyboard.press(key)
      assert.equal(await focused(page), `gridcell ${name}`, key)
    }
    await page.keyboard.press("ArrowUp")
    assert.equal(await focused(page), "textbox Search emoji")
    await page.keyboard.press("Tab")
    assert.equal(await focused(page), "combobox Skin tone")
    await page.keyboard.press("Tab")
    assert.equal(await focused(page), "tab Recent")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    assert.equal(await focused(page), "tab Animals and nature")
    await page.keyboard.press("Tab")
    assert.equal(await focused(page), "gridcell monkey face", "one stop for all of them, where the tab led")
    await page.keyboard.type("fox")
    assert.equal(await search(page).inputValue(), "fox")
    await page.keyboard.press("ArrowDown")
    assert.equal(await focused(page), "gridcell fox")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.press("Enter")
    await picker(page).waitFor({ state: "detached" })
    assert.equal(await written(page), "hm 🤔🦊🦊")
  })

  await t.test("the skin tone and what was used last are there after a reload, and nowhere in the clear", async () => {
    await open(page)
    await picker(page).getByRole("combobox", { name: "Skin tone" }).selectOption({ index: 4 })
    await search(page).fill("thumbs up")
    await cell(page, "thumbs up, medium-dark skin tone").click()
    assert.equal(await written(page), "hm 🤔🦊🦊👍🏾")
    await page.waitForFunction(() => document.querySelector("dialog") === null)
    await composer(page).blur()
    await page.reload()
    await inRoom(page)
    await open(page)
    const recent = picker(page).getByRole("grid", { name: "Recent" }).getByRole("gridcell")
    const names = await recent.evaluateAll((cells) => cells.map((each) => each.getAttribute("aria-label")))
    assert.deepEqual(names, [
      "thumbs up, medium-dark skin tone",
      "fox",
      "thinking face",
      "waving hand, medium-dark skin tone",
    ])
    assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0])
    await page.keyboard.press("Escape")
  })

  await t.test("few are in the page until they are scrolled to", async () => {
    await open(page)
    assert.ok((await picker(page).getByRole("gridcell").count()) < 600)
    await tab(page, "Flags").click()
    await cell(page, "chequered flag").waitFor()
    assert.equal(await tab(page, "Flags").getAttribute("aria-selected"), "true")
    await picker(page)
      .locator(".emoji-parts")
      .evaluate((parts) => parts.scrollTo(0, 0))
    await picker(page).getByRole("tab", { name: "Recent", selected: true }).waitFor()
    await page.keyboard.press("Escape")
  })

  await t.test("what cannot be loaded says so, and keeps what was written", async () => {
    const other = await profile.open(`${server.url}/chat`)
    await other.getByRole("button", { name: /here/i }).click()
    await inRoom(other)
    await other.route("**/build/part-*", (route) => route.abort())
    await composer(other).fill("still here")
    await button(other, "Emoji").click()
    await other.getByRole("dialog", { name: "Emoji could not be loaded" }).waitFor()
    await other.keyboard.press("Escape")
    assert.equal(await written(other), "still here")
  })
})

const SCREENS = [
  { colorScheme: "light", viewport: { width: 1280, height: 800 } },
  { colorScheme: "dark", viewport: { width: 1280, height: 800 } },
  { colorScheme: "light", viewport: { width: 390, height: 844 } },
  { colorScheme: "dark", viewport: { width: 390, height: 844 } },
] as const

test("Emoji on every screen", async (t) => {
  const server = await startSite(t)
  for (const [index, { colorScheme, viewport }] of SCREENS.entries())
    await t.test(
      `${colorScheme}, ${viewport.width} pixels wide: axe finds nothing, and all of it fits`,
      async (own) => {
        const page = await signUp(await browser.profile(own, { colorScheme, viewport }), server.url, `anna${index}`)
        const found: Record<string, string[]> = {}
        await composer(page).fill(":sm")
        await offered(page)
        found["completion"] = await violationsIn(page)
        assert.equal(await overflow(page), 0)
        await composer(page).press("Enter")
        await open(page)
        found["picker"] = await violationsIn(page)
        await search(page).fill("heart")
        await cell(page, "red heart").waitFor()
        found["search"] = await violationsIn(page)
        await search(page).fill("no emoji is called so")
        found["nothing found"] = await violationsIn(page)
        for (const [screen, violations] of Object.entries(found)) assert.deepEqual(violations, [], screen)
        await tab(page, "People").click()
        assert.deepEqual(await placeOf(page), await expectedPlace(page, viewport))
        for (const width of [320, viewport.width]) {
          await page.setViewportSize({ ...viewport, width })
          assert.equal(await overflow(page), 0, `at ${width} pixels`)
          const box = await cell(page, "waving hand").boundingBox()
          assert.ok(box !== null && box.width >= 24 && box.height >= 24, "large enough to hit")
        }
        if (viewport.width < 768) {
          await button(picker(page), "Close").click()
          await picker(page).waitFor({ state: "detached" })
          assert.equal(await focused(page), "button Emoji")
        }
      },
    )
})

test("On a touch screen no keyboard comes up before one wants to search, and each emoji is a finger high", async (t) => {
  const server = await startSite(t)
  const page = await signUp(await browser.profile(t, { viewport: { width: 390, height: 844 } }), server.url, "anna")
  const session = await page.context().newCDPSession(page)
  await session.send("Emulation.setTouchEmulationEnabled", { enabled: true })
  await open(page)
  assert.equal(await focused(page), "gridcell grinning face")
  const box = await cell(page, "grinning face").boundingBox()
  assert.ok(box !== null && box.height >= 44)
})

interface Edges {
  readonly right: number
  readonly bottom: number
}

const placeOf = (page: Page): Promise<Edges> =>
  picker(page).evaluate((dialog) => {
    const { right, bottom } = dialog.getBoundingClientRect()
    return { right: Math.round(right), bottom: Math.round(bottom) }
  })

/** On a wide screen above the composer, at its end; on a narrow one at the bottom, over the whole width. */
async function expectedPlace(page: Page, { width, height }: { width: number; height: number }): Promise<Edges> {
  if (width < 768) return { right: width, bottom: height }
  return page.locator(".composer").evaluate((card) => {
    const { right, top } = card.getBoundingClientRect()
    return { right: Math.round(right), bottom: Math.round(top) - 8 }
  })
}
