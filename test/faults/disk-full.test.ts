import assert from "node:assert/strict"
import path from "node:path"
import { test } from "node:test"
import { readConfig } from "../../src/server/config.ts"
import { startServer } from "../../src/server/server.ts"
import { ROOT } from "../helpers/chromium.ts"
import { Client } from "../helpers/client.ts"
import { temporaryFolder } from "../helpers/temp.ts"

/** Does not fit into what is free in the database's pages. */
const LONG = "long ".repeat(6_000)
const PLENTY = 1_000_000

test("messages that meet a full disk stay in the outbox, and go out in order once there is room", async (t) => {
  const folder = await temporaryFolder(t)
  const folders = { DATA_DIR: "data", LOG_DIR: "logs", CERT_DIR: "certs" }
  const settings = Object.entries(folders).map(([name, each]) => [name, path.join(folder, each)])
  const reports: string[] = []
  const server = await startServer(readConfig({ PORT: "0", ...Object.fromEntries(settings) }), {
    staticDir: path.join(ROOT, "static"),
    report: (line) => reports.push(line),
  })
  t.after(() => server.close())
  const reachable = { url: `https://localhost:${server.port}`, folder }
  const anna = await Client.signUp(t, reachable, "anna")
  const berta = await Client.signUp(t, reachable, "berta")
  await anna.say("before")
  await berta.hasTexts(1)

  const reasons: unknown[] = []
  const refused = new Promise<void>((resolve) => {
    anna.chat.on("pause", ({ reason }) => {
      reasons.push(reason)
      resolve()
    })
  })
  await server.setMaxPages(1)
  await anna.say(`first ${LONG}`)
  await anna.say(`second ${LONG}`)
  await refused
  assert.deepEqual(reasons, ["storage_full"])
  assert.deepEqual(
    (await anna.texts()).map(({ text, state }) => [text.slice(0, 6), state === "sending"]),
    [
      ["before", false],
      ["first ", true],
      ["second", true],
    ],
  )

  await server.setMaxPages(PLENTY)
  await berta.hasTexts(3)
  assert.deepEqual(
    (await berta.texts()).map(({ text }) => text.slice(0, 6)),
    ["before", "first ", "second"],
  )
  await anna.until(async () => (await anna.texts()).every(({ state }) => state === "delivered"))
  assert.ok(reports.every((line) => !line.includes("long")))
})
