/** Somebody signs up while nobody else is online: reads nothing of before, and is read by the others when they come back. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Person, startLocalServer } from "../helpers/core-people.ts"

describe("A late joiner", () => {
  it("reads nothing older, and the others read what it writes when they come back", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const berta = await Person.signUp(t, place, "berta")
    await anna.say("before carla")
    await berta.sees("before carla")
    await anna.close()
    await berta.close()

    const carla = await Person.signUp(t, place, "carla")
    assert.deepEqual(
      (await carla.items()).map(({ kind }) => kind),
      ["you-joined"],
    )
    await carla.say("is anybody here?")
    await carla.reaches("is anybody here?", "sent")

    for (const person of [anna, berta]) {
      await person.open()
      await person.sees("is anybody here?")
      assert.deepEqual(await person.texts(), ["before carla", "is anybody here?"])
      const joined = (await person.items()).filter((item) => item.kind === "joined" && item.name === "carla")
      assert.equal(joined.length, 1)
    }
    await carla.reaches("is anybody here?", "delivered")
    await berta.say("now we are")
    await carla.sees("now we are")
    assert.deepEqual(await carla.texts(), ["is anybody here?", "now we are"])
  })
})
