/**
 * Somebody sends while others join all the time: what was encrypted before a commit is refused as stale, encrypted
 * again under the same id, and arrives once, in its order.
 */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Person, startLocalServer } from "../helpers/core-people.ts"

describe("Sending while people join", () => {
  it("loses nothing, repeats nothing, and keeps the order", async (t) => {
    const place = await startLocalServer(t)
    const frames: string[] = []
    const anna = await Person.signUp(t, place, "anna", {
      around: (device) => ({
        ...device,
        connect: (handlers) =>
          device.connect({
            ...handlers,
            message: (text) => {
              frames.push(text)
              handlers.message(text)
            },
          }),
      }),
    })
    const berta = await Person.signUp(t, place, "berta")
    const texts: string[] = []
    const joining = Promise.all(["carla", "dora", "emil", "frida"].map((name) => Person.signUp(t, place, name)))
    let hasJoined = false
    const joined = joining.then(() => {
      hasJoined = true
    })
    while (!hasJoined) {
      const text = `number ${texts.length}`
      texts.push(text)
      await anna.say(text)
      await anna.reaches(text, "sent", "delivered")
    }
    await joined
    await berta.sees(texts.at(-1) ?? "")
    assert.deepEqual(await berta.texts(), texts)
    assert.deepEqual(await anna.texts(), texts)
    assert.ok((await anna.items()).every(({ kind }) => kind !== "problem"))
    t.diagnostic(`refused as stale: ${frames.filter((frame) => frame.includes('"stale"')).length}`)
  })
})
