/** One device, two tabs: the second is told that the first has the chat, and can take it over without losing anything. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { core } from "../helpers/core.ts"
import { Person, startLocalServer, textsOf, until } from "../helpers/core-people.ts"

describe("A second tab", () => {
  it("is refused while the first one has the chat", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    await assert.rejects(core.openChat(anna.platform), { name: "ClientError", code: "already_open" })
    await anna.say("still here")
    await anna.reaches("still here", "sent")
  })

  it("takes over while the first one writes, and nothing is lost or sent twice", async (t) => {
    const place = await startLocalServer(t)
    const berta = await Person.signUp(t, place, "berta")
    const anna = await Person.signUp(t, place, "anna")
    const expected: string[] = []
    for (let round = 0; round < 5; round++) {
      const first = anna.chat
      const kept = [1, 2, 3].map((number) => `round ${round}, ${number}`)
      for (const text of kept) await anna.say(text)
      expected.push(...kept)
      await anna.open({ takeOver: true })
      assert.equal(first.state.kind, "taken-over")
      await assert.rejects(first.send(anna.room.id, "too late"))
    }
    await anna.say("the end")
    await berta.sees("the end")
    assert.deepEqual(await berta.texts(), [...expected, "the end"])
    await anna.reaches("the end", "delivered")
    assert.deepEqual(await anna.texts(), [...expected, "the end"])
    assert.ok((await anna.items()).every(({ kind }) => kind !== "problem"))
  })
})

describe("Logging out", () => {
  it("locks what is stored; logging in again opens it, on the same device", async (t) => {
    const place = await startLocalServer(t)
    const berta = await Person.signUp(t, place, "berta")
    const anna = await Person.signUp(t, place, "anna")
    await anna.say("remember this")
    await berta.sees("remember this")
    const { device } = anna.chat
    const old = anna.chat
    await anna.chat.logOut()
    assert.equal(old.state.kind, "ended")
    await assert.rejects(core.openChat(anna.platform), { name: "ClientError", code: "locked" })
    await berta.say("while anna is away")
    await berta.reaches("while anna is away", "sent")

    await core.logIn(anna.platform, { name: "anna", password: "a row of nine tall poplars" })
    await anna.open()
    await anna.sees("while anna is away")
    assert.deepEqual(await anna.texts(), ["remember this", "while anna is away"])
    assert.equal(anna.chat.device, device)
    assert.deepEqual(
      berta.room.people.map(({ name, devices }) => `${name} ${devices}`),
      ["anna 1", "berta 1"],
    )
  })

  it("elsewhere ends this device's connection for good when its session ends", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    // The session is ended beside the chat, as a revoked device would find it.
    await core.logOut({ ...anna.platform, keys: { ...anna.platform.keys, forget: async () => undefined } })
    await until([anna.chat], () => anna.chat.state.kind === "ended")
  })

  it("for good, on a device that is to be forgotten, leaves nothing behind", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    await anna.say("forget this")
    await anna.reaches("forget this", "sent")
    await anna.close()
    await core.forget(anna.platform)
    assert.equal(await anna.platform.keys.current(), undefined)
    const vault = await anna.platform.openVault("anna")
    assert.deepEqual(await vault.range({ from: "", before: "\x7f", limit: 10, newest: false }), [])
  })

  it("and history: what was written offline before is sent after the next log-in", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    await anna.chat.logOut()
    await core.logIn(anna.platform, { name: "anna", password: "a row of nine tall poplars" })
    await anna.open()
    await anna.joined()
    await anna.say("back again")
    await anna.reaches("back again", "sent")
    assert.equal(textsOf(await anna.items()).length, 1)
  })
})
