/** The main job, without a browser: two people sign up and talk in the general room. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Person, startLocalServer, textsOf } from "../helpers/core-people.ts"

describe("Two people talk", () => {
  it("both ways, in one order, and each message is delivered", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const berta = await Person.signUp(t, place, "berta")
    await anna.say("hello berta")
    await berta.sees("hello berta")
    await berta.say("hello anna")
    await anna.sees("hello anna")
    await anna.reaches("hello berta", "delivered")
    await berta.reaches("hello anna", "delivered")
    assert.deepEqual(await anna.texts(), ["hello berta", "hello anna"])
    assert.deepEqual(await berta.texts(), ["hello berta", "hello anna"])
    const [first] = textsOf(await berta.items())
    assert.equal(first?.sender, "anna")
    assert.equal(first?.mine, false)
    assert.deepEqual(
      berta.room.people.map(({ name, devices }) => [name, devices]),
      [
        ["anna", 1],
        ["berta", 1],
      ],
    )
  })
})
