import assert from "node:assert/strict"
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { test } from "node:test"
import { Client } from "../helpers/client.ts"
import { type ServerProcess, startServerProcess } from "../helpers/server-process.ts"

const PLENTY = { LIMIT_MESSAGES: "9999, 999/s" }

/** What each reads, in order, without those who were not there from the beginning. */
async function assertOneConversation(clients: readonly Client[], expected: readonly string[]): Promise<void> {
  await Promise.all(clients.map((client) => client.hasTexts(expected.length)))
  const [first, ...others] = await Promise.all(
    clients.map(async (client) => (await client.texts()).map(({ sender, text }) => `${sender}: ${text}`)),
  )
  assert.deepEqual([...(first ?? [])].sort(), [...expected].sort(), "each once, none else")
  for (const other of others) assert.deepEqual(other, first, "in the same order")
}

/** How many texts the first of them has seen as taken by the server. */
async function takenBy([first]: readonly Client[]): Promise<number> {
  return (await first?.texts())?.filter(({ state }) => state !== "sending").length ?? 0
}

/** The session logs, line by line without header, all files in order. */
async function sessionLogLines(server: ServerProcess): Promise<readonly string[]> {
  const folder = path.join(server.folder, "logs")
  const names = (await readdir(folder)).sort()
  const texts = await Promise.all(names.map((name) => readFile(path.join(folder, name), "utf8")))
  return texts.flatMap((text) =>
    text
      .slice(text.indexOf("\n\n") + 2)
      .split("\n")
      .slice(0, -1),
  )
}

test("three people write while the server is killed eight times: nothing lost, nothing twice, one order", async (t) => {
  const server = await startServerProcess(t, PLENTY)
  const people: Client[] = []
  for (const name of ["anna", "berta", "carla"]) people.push(await Client.signUp(t, server, name))
  const expected: string[] = []
  for (let round = 1; round <= 8; round++) {
    const sends = people.flatMap((person) =>
      [1, 2, 3, 4].map((each) => {
        const text = `round ${round}, word ${each}`
        expected.push(`${person.name}: ${text}`)
        return person.say(text)
      }),
    )
    await Promise.all(sends)
    // Each round kills at another place: once so many of its words have been taken.
    const taken = expected.length - sends.length + round
    await people[0]?.until(async () => (await takenBy(people)) >= taken)
    await server.kill()
    await server.start()
    for (const person of people) person.platform.networkIsBack()
    await assertOneConversation(people, expected)
  }

  await server.stop()
  const messages = (await sessionLogLines(server))
    .map((line) => line.split("  "))
    .filter(([, , , kind]) => kind === "message")
  assert.equal(messages.length, expected.length, "the session logs have each message once")
  const seqs = messages.map(([, seq]) => Number(seq))
  assert.deepEqual(
    seqs,
    [...seqs].sort((a, b) => a - b),
  )
})

test("who was away while the server was killed reads all of it, in order, once", async (t) => {
  const server = await startServerProcess(t, PLENTY)
  const anna = await Client.signUp(t, server, "anna")
  const berta = await Client.signUp(t, server, "berta")
  await berta.close()
  const expected: string[] = []
  for (let each = 1; each <= 150; each++) {
    expected.push(`anna: word ${each}`)
    await anna.say(`word ${each}`)
  }
  await anna.hasTexts(100)
  await server.kill()
  await server.start()
  anna.platform.networkIsBack()
  await anna.hasTexts(150)
  await berta.open()
  await assertOneConversation([anna, berta], expected)
})
