import assert from "node:assert/strict"
import path from "node:path"
import { after, before, test } from "node:test"
import { readConfig } from "../../src/server/config.ts"
import { startServer } from "../../src/server/server.ts"
import { startBrowser, type TestBrowser } from "../helpers/browser.ts"
import { ROOT } from "../helpers/chromium.ts"
import { assertSameConversation, reaches, say, sees, signUp } from "../helpers/people.ts"
import { temporaryFolder } from "../helpers/temp.ts"

let browser: TestBrowser
before(async () => {
  browser = await startBrowser()
})
after(() => browser.close())

/** Does not fit into the free part of a database page. */
const LONG = "long ".repeat(4_000)
const PLENTY = 1_000_000

test("a message that meets a full disk stays in the outbox, and goes out once there is room", async (t) => {
  const folder = await temporaryFolder(t)
  const folders = Object.entries({ DATA_DIR: "data", LOG_DIR: "logs", CERT_DIR: "certs" })
  const settings = folders.map(([name, each]) => [name, path.join(folder, each)])
  const reports: string[] = []
  const server = await startServer(readConfig({ PORT: "0", ...Object.fromEntries(settings) }), {
    staticDir: path.join(ROOT, "static"),
    report: (line) => reports.push(line),
  })
  t.after(() => server.close())
  const url = `https://localhost:${server.port}`
  const anna = await signUp(await browser.profile(t), url, "anna")
  const berta = await signUp(await browser.profile(t), url, "berta")
  await say(anna, "anna-1")
  await sees(berta, "anna-1")

  await server.setMaxPages(1)
  await say(anna, `anna-2 ${LONG}`)
  await anna
    .getByText(/disk is full|storage is full|no room|full/i)
    .first()
    .waitFor()
  await reaches(anna, "anna-2", "Sending")

  await server.setMaxPages(PLENTY)
  await reaches(anna, "anna-2", "Delivered")
  await assertSameConversation([anna, berta], ["anna-1", "anna-2"])
  assert.ok(reports.every((line) => !line.includes("long long")))
})
