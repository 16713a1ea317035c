import assert from "node:assert/strict"
import { test } from "node:test"
import { Person, startLocalServer, textsOf } from "../helpers/core-people.ts"

/** Does not fit into what is free in the database's pages. */
const LONG = "long ".repeat(6_000)
const PLENTY = 1_000_000

test("messages that meet a full disk stay in the outbox, and go out in order once there is room", async (t) => {
  const reports: string[] = []
  const report = (line: string): void => void reports.push(line)
  const { server, ...place } = await startLocalServer(t, {}, { report })
  const anna = await Person.signUp(t, place, "anna")
  const berta = await Person.signUp(t, place, "berta")
  await anna.say("before")
  await berta.sees("before")

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
    textsOf(await anna.items()).map(({ text, state }) => [text.slice(0, 6), state === "sending"]),
    [
      ["before", false],
      ["first ", true],
      ["second", true],
    ],
  )

  await server.setMaxPages(PLENTY)
  await berta.until(async () => (await berta.texts()).length === 3)
  assert.deepEqual(
    (await berta.texts()).map((text) => text.slice(0, 6)),
    ["before", "first ", "second"],
  )
  await anna.until(async () => textsOf(await anna.items()).every(({ state }) => state === "delivered"))
  assert.ok(reports.every((line) => !line.includes("long")))
})
