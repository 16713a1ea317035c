import assert from "node:assert/strict"
import { test } from "node:test"
import type { Locator, Page } from "playwright-core"
import { browserForFile } from "../helpers/browser.ts"
import { Person } from "../helpers/core-people.ts"
import { button, inRoom, message, sees, signUp, startSite } from "../helpers/people.ts"

const browser = browserForFile()

const edge = (page: Page, of: "list of chats" | "details") =>
  page.getByRole("separator", { name: `Width of the ${of}`, exact: true })
const pane = (page: Page, name: "Chats and people" | "Details") => page.getByRole("complementary", { name })
const widthOf = (element: Locator) => element.evaluate((each) => each.getBoundingClientRect().width)

/** Waits until an edge says a width, and holds its pane to it. */
async function isWide(page: Page, of: Parameters<typeof edge>[1], width: number): Promise<void> {
  await page.locator(`[role=separator][aria-label="Width of the ${of}"][aria-valuenow="${width}"]`).waitFor()
  assert.equal(await widthOf(pane(page, of === "details" ? "Details" : "Chats and people")), width)
}

/** Drags an edge sideways. */
async function drag(page: Page, of: Parameters<typeof edge>[1], by: number): Promise<void> {
  const box = await edge(page, of).boundingBox()
  assert.ok(box)
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  await page.mouse.move(x, y)
  await page.mouse.down()
  await page.mouse.move(x + by / 2, y, { steps: 3 })
  await page.mouse.move(x + by, y + 50, { steps: 3 })
  await page.mouse.up()
}

test("The panes beside the conversation", async (t) => {
  const server = await startSite(t)
  const page = await signUp(await browser.profile(t, { viewport: { width: 1400, height: 700 } }), server.url, "anna")
  await isWide(page, "list of chats", 304)

  await t.test("are dragged at their edges, within bounds", async () => {
    await button(page, "Details").click()
    await isWide(page, "details", 288)
    await drag(page, "list of chats", 50)
    await isWide(page, "list of chats", 354)
    await drag(page, "details", -60)
    await isWide(page, "details", 348)
    await drag(page, "list of chats", 500)
    await isWide(page, "list of chats", 420)
    await drag(page, "details", 500)
    await isWide(page, "details", 240)
    await drag(page, "details", -10)
    await isWide(page, "details", 250)
  })

  await t.test("are as wide as before after a reload", async () => {
    await page.reload()
    await inRoom(page)
    await isWide(page, "list of chats", 420)
    await button(page, "Details").click()
    await isWide(page, "details", 250)
  })

  await t.test("are made wider and narrower with the keyboard", async () => {
    const [list, more] = [edge(page, "list of chats"), edge(page, "details")]
    await list.press("ArrowLeft")
    await isWide(page, "list of chats", 404)
    await list.press("Home")
    await isWide(page, "list of chats", 240)
    await list.press("ArrowLeft")
    await list.press("ArrowRight")
    await isWide(page, "list of chats", 256)
    await list.press("End")
    await isWide(page, "list of chats", 420)
    await list.press("Enter")
    await isWide(page, "list of chats", 304)
    await more.press("ArrowLeft")
    await isWide(page, "details", 266)
    await more.dblclick()
    await isWide(page, "details", 288)
    assert.deepEqual(
      await Promise.all(["aria-valuemin", "aria-valuemax", "aria-valuetext"].map((name) => more.getAttribute(name))),
      ["240", "420", "288 pixels"],
    )
  })

  await t.test("are mirrored with the page", async () => {
    await page.evaluate(() => document.documentElement.setAttribute("dir", "rtl"))
    await edge(page, "list of chats").press("ArrowLeft")
    await isWide(page, "list of chats", 320)
    await drag(page, "list of chats", -30)
    await isWide(page, "list of chats", 350)
    await drag(page, "details", 30)
    await isWide(page, "details", 318)
    await page.evaluate(() => document.documentElement.removeAttribute("dir"))
  })

  await t.test(
    "leave room for the conversation, and are not changed where they have no width of their own",
    async () => {
      for (const of of ["list of chats", "details"] as const) await edge(page, of).press("End")
      await isWide(page, "details", 420)
      await page.setViewportSize({ width: 1101, height: 700 })
      const log = page.getByRole("region", { name: "Conversation" })
      assert.equal(await widthOf(log), 320)
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 1101)
      await page.setViewportSize({ width: 1100, height: 700 })
      await edge(page, "list of chats").waitFor({ state: "hidden" })
      assert.equal(await edge(page, "details").isVisible(), false)
      assert.equal(await widthOf(pane(page, "Chats and people")), 272)
      await page.setViewportSize({ width: 1400, height: 700 })
    },
  )

  await t.test("let what is read stay where it is", async () => {
    const berta = await Person.signUp(t, server, "berta")
    for (let number = 1; number <= 60; number++)
      await berta.say(`berta-${number}. ${"word ".repeat((number * 7) % 60)}`)
    await sees(page, "berta-60.")
    const first = message(page, "berta-30.")
    await first.evaluate((line) => line.scrollIntoView({ block: "start" }))
    await button(page, "Jump to newest").waitFor()
    const standsAt = () => first.evaluate((line) => line.getBoundingClientRect().top)
    const heightAbove = () => page.getByRole("region", { name: "Conversation" }).evaluate((view) => view.scrollTop)
    const [before, above] = [await standsAt(), await heightAbove()]
    await edge(page, "list of chats").press("Home")
    await edge(page, "details").press("Home")
    await isWide(page, "details", 240)
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
    assert.notEqual(await heightAbove(), above, "lines above have another height now")
    assert.ok(Math.abs((await standsAt()) - before) < 1, "and what was read stands where it stood")
  })
})
