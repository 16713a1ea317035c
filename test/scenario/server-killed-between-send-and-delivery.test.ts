/**
 * The server, a process of its own, is killed without warning again and again while people write. Whatever somebody saw
 * as sent is there afterwards, nothing twice, and in the same order for everybody.
 */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Person, placeOf } from "../helpers/core-people.ts"
import { startServerProcess } from "../helpers/server-process.ts"

const ROUNDS = 4

describe("A server that is killed between a send and its delivery", () => {
  it("loses nothing, repeats nothing, and keeps one order", async (t) => {
    const server = await startServerProcess(t, { LIMIT_MESSAGES: "9999, 9999/s" })
    const place = await placeOf(server.port, server.folder)
    const people = [await Person.signUp(t, place, "anna"), await Person.signUp(t, place, "berta")]
    const expected: string[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const texts = people.flatMap(({ name }) => [1, 2, 3].map((number) => `${name} ${round}.${number}`))
      expected.push(...texts)
      for (const person of people)
        for (const text of texts.filter((each) => each.startsWith(person.name))) await person.say(text)
      // The first ones are on their way; some may be in the log already and not delivered yet.
      await server.kill()
      await Promise.all(people.map((person) => person.until(() => person.chat.state.kind !== "online")))
      await server.start()
      for (const { chat } of people) chat.reconnect()
      for (const person of people) for (const text of texts) await person.sees(text)
    }
    const [first = [], second] = await Promise.all(people.map((person) => person.texts()))
    assert.deepEqual([...first].sort(), [...expected].sort(), "each once")
    assert.deepEqual(second, first, "in the same order")
    for (const { name } of people) {
      const own = (texts: readonly string[]) => texts.filter((text) => text.startsWith(name))
      assert.deepEqual(own(first), own(expected), "each person's in the order of writing")
    }
    for (const person of people) await person.reaches(expected.at(-1) ?? "", "delivered")
  })
})
