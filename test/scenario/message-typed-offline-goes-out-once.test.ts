/** What is written without a connection waits in the outbox, survives a reload, and goes out once, in its order. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { GENERAL, Person, placeOf, startLocalServer, textsOf } from "../helpers/core-people.ts"
import { Gate } from "../helpers/gate.ts"

describe("A message typed offline", () => {
  it("goes out later, once, also after a reload in between", async (t) => {
    const local = await startLocalServer(t)
    const gate = await Gate.before(t, local.server.port)
    const berta = await Person.signUp(t, local, "berta")
    const { ca } = await placeOf(local.server.port, local.folder)
    const anna = await Person.signUp(t, { url: gate.url, ca }, "anna")
    gate.shut()
    await anna.until(() => anna.chat.state.kind === "offline")
    await anna.say("typed offline")
    await anna.say("and another")
    await anna.close()

    await anna.open()
    const waiting = textsOf(await anna.items())
    assert.deepEqual(
      waiting.map(({ text, state }) => [text, state]),
      [
        ["typed offline", "sending"],
        ["and another", "sending"],
      ],
    )
    assert.equal(anna.room.waiting, 2)
    await anna.until(() => anna.chat.state.kind === "offline")
    gate.open()
    anna.chat.reconnect()
    await anna.reaches("and another", "delivered")
    await berta.sees("and another")
    assert.deepEqual(await berta.texts(), ["typed offline", "and another"])
    assert.deepEqual(await anna.texts(), ["typed offline", "and another"])
    assert.equal(anna.room.waiting, 0)
  })

  it("can be given up while it waits, and then is never sent", async (t) => {
    const local = await startLocalServer(t)
    const gate = await Gate.before(t, local.server.port)
    const berta = await Person.signUp(t, local, "berta")
    const anna = await Person.signUp(t, { ...local, url: gate.url }, "anna")
    gate.shut()
    await anna.until(() => anna.chat.state.kind === "offline")
    const id = await anna.say("better not")
    await anna.say("this one")
    await anna.chat.discard(GENERAL, id)
    gate.open()
    anna.chat.reconnect()
    await berta.sees("this one")
    assert.deepEqual(await berta.texts(), ["this one"])
    assert.deepEqual(await anna.texts(), ["this one"])
  })
})
