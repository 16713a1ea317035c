import { test } from "node:test"
import { browserForFile } from "../helpers/browser.ts"
import { Gate } from "../helpers/gate.ts"
import { assertSameConversation, reaches, say, sees, signUp } from "../helpers/people.ts"
import { startServerProcess } from "../helpers/server-process.ts"

const browser = browserForFile()

test("the server is killed between a send and its delivery: nothing lost, nothing twice, one order", async (t) => {
  const server = await startServerProcess(t)
  const gate = await Gate.before(t, server.port)
  const anna = await signUp(await browser.profile(t), server.url, "anna")
  const berta = await signUp(await browser.profile(t), gate.url, "berta")
  await say(anna, "anna-1.")
  await sees(berta, "anna-1.")

  gate.shut()
  await say(anna, "anna-2.")
  await reaches(anna, "anna-2.", "Sent")
  await server.kill()
  await say(anna, "anna-3.")
  await say(berta, "berta-1.")
  await server.start()
  gate.open()

  await assertSameConversation([anna, berta], ["anna-1.", "anna-2.", "anna-3.", "berta-1."])
  await reaches(anna, "anna-3.", "Delivered")
  await reaches(berta, "berta-1.", "Delivered")
})

test("the server is killed in the middle of sending, three times over: nothing lost, nothing twice, one order", async (t) => {
  const server = await startServerProcess(t)
  const anna = await signUp(await browser.profile(t), server.url, "anna")
  const berta = await signUp(await browser.profile(t), server.url, "berta")
  const expected: string[] = []
  for (const round of [0, 1, 2]) {
    const texts = [1, 2, 3].map((each) => `anna-${3 * round + each}.`)
    for (const text of texts) await say(anna, text)
    await say(berta, `berta-${round + 1}.`)
    await server.kill()
    await server.start()
    expected.push(...texts, `berta-${round + 1}.`)
    await assertSameConversation([anna, berta], expected)
  }
})
