import assert from "node:assert/strict"
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { test } from "node:test"
import { Person, placeOf, textsOf } from "../helpers/core-people.ts"
import { type ServerProcess, startServerProcess } from "../helpers/server-process.ts"

const PLENTY = { LIMIT_MESSAGES: "9999, 999/s" }

/** Texts of the conversation that the server has taken. */
async function takenBy(person: Person) {
  return textsOf(await person.items()).filter(({ state }) => state !== "sending")
}

const hasTaken = (person: Person, count: number): Promise<void> =>
  person.until(async () => (await takenBy(person)).length >= count)

/** All read the same, in the same order, each text once. */
async function assertOneConversation(people: readonly Person[], expected: readonly string[]): Promise<void> {
  await Promise.all(people.map((person) => hasTaken(person, expected.length)))
  const [first, ...others] = await Promise.all(
    people.map(async (person) => (await takenBy(person)).map(({ sender, text }) => `${sender}: ${text}`)),
  )
  assert.deepEqual([...(first ?? [])].sort(), [...expected].sort(), "each once, none else")
  for (const other of others) assert.deepEqual(other, first, "in the same order")
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

test("three people write while the server is killed three times: nothing lost, nothing twice, one order", async (t) => {
  const server = await startServerProcess(t, PLENTY)
  const place = await placeOf(server.port, server.folder)
  const anna = await Person.signUp(t, place, "anna")
  const people = [anna, await Person.signUp(t, place, "berta"), await Person.signUp(t, place, "carla")]
  const expected: string[] = []
  for (let round = 1; round <= 3; round++) {
    const sends = people.flatMap((person) =>
      [1, 2, 3, 4].map((each) => {
        const text = `round ${round}, word ${each}`
        expected.push(`${person.name}: ${text}`)
        return person.say(text)
      }),
    )
    await Promise.all(sends)
    // Each round kills at another place: once so many of its words have been taken.
    await hasTaken(anna, expected.length - sends.length + round)
    await server.kill()
    await server.start()
    for (const person of people) person.device.networkIsBack()
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
  const place = await placeOf(server.port, server.folder)
  const anna = await Person.signUp(t, place, "anna")
  const berta = await Person.signUp(t, place, "berta")
  await berta.close()
  const expected: string[] = []
  for (let each = 1; each <= 150; each++) {
    expected.push(`anna: word ${each}`)
    await anna.say(`word ${each}`)
  }
  await hasTaken(anna, 100)
  await server.kill()
  await server.start()
  anna.device.networkIsBack()
  await hasTaken(anna, 150)
  await berta.open()
  await assertOneConversation([anna, berta], expected)
})
