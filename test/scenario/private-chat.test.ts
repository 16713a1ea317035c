/** Two people and nobody else: started by either, read by all their devices, also while one of them is away. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Person, startLocalServer } from "../helpers/core-people.ts"

describe("A private chat", () => {
  it("is started by one and answered by the other; a third person hears nothing of it", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const berta = await Person.signUp(t, place, "berta")
    const carla = await Person.signUp(t, place, "carla")
    await anna.isWith(anna.room.id, "anna", "berta", "carla")
    const chat = await anna.chat.startPrivate(berta.chat.account)
    await anna.say("just us", chat)
    await berta.sees("just us", chat)
    await berta.say("yes", chat)
    await anna.sees("yes", chat)
    assert.deepEqual(await anna.texts(chat), ["just us", "yes"])
    assert.deepEqual(await berta.texts(chat), ["just us", "yes"])
    assert.equal(anna.view(chat)?.name, "berta")
    assert.equal(berta.view(chat)?.name, "anna")
    assert.equal(berta.view(chat)?.kind, "private")
    assert.deepEqual(
      carla.chat.rooms().map(({ kind }) => kind),
      ["general"],
    )
  })

  it("works while the other is offline: what was said waits for all of their devices", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const berta = await Person.signUp(t, place, "berta")
    const laptop = await Person.logIn(t, place, "berta")
    await anna.until(() => anna.room.people.find(({ name }) => name === "berta")?.devices === 2)
    const name = berta.chat.account
    await berta.close()
    await laptop.close()
    const chat = await anna.chat.startPrivate(name)
    await anna.say("for when you are back", chat)
    await anna.until(async () => (await anna.texts(chat)).length === 1)
    for (const device of [berta, laptop]) {
      await device.open()
      await device.sees("for when you are back", chat)
      assert.deepEqual(await device.texts(chat), ["for when you are back"])
    }
  })

  it("that both start at the same moment is one chat", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const berta = await Person.signUp(t, place, "berta")
    await anna.isWith(anna.room.id, "anna", "berta")
    const [one, other] = await Promise.all([
      anna.chat.startPrivate(berta.chat.account),
      berta.chat.startPrivate(anna.chat.account),
    ])
    assert.equal(one, other)
    await Promise.all([anna.say("me first", one), berta.say("no, me", one)])
    for (const person of [anna, berta]) {
      await person.sees("me first", one)
      await person.sees("no, me", one)
    }
    assert.deepEqual(await anna.texts(one), await berta.texts(one))
    await anna.isWith(one, "anna", "berta")
    await berta.isWith(one, "anna", "berta")
  })

  it("with somebody who is not there is refused", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    await assert.rejects(anna.chat.startPrivate(anna.chat.account), { code: "not_found" })
  })
})
