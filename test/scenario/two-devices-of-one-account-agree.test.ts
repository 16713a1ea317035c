/** An account on two devices: the second enters every room of the account by itself, and both read and show the same. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Person, startLocalServer } from "../helpers/core-people.ts"
import { allAgree, changes, crowd } from "../helpers/fleet.ts"

const ROOMS = 5

describe("Two devices of one account", () => {
  it("agree: the second enters the private chat and the group by itself, and both read the same", async (t) => {
    const place = await startLocalServer(t)
    const [anna, berta] = await crowd(t, place, ["anna", "berta"])
    assert.ok(anna && berta)
    const chat = await anna.chat.startPrivate(berta.chat.account)
    const group = await berta.chat.startGroup({ name: "Books", people: [anna.chat.account] })
    await anna.isIn(group)
    await anna.say("of before", chat)
    await berta.sees("of before", chat)

    const laptop = await Person.logIn(t, place, "anna")
    for (const room of [chat, group]) {
      await laptop.isIn(room)
      await allAgree([anna, laptop, berta], room)
      await laptop.say("from the laptop", room)
      await anna.say("from the phone", room)
      await berta.say("from berta", room)
      for (const device of [anna, laptop, berta]) {
        for (const text of ["from the laptop", "from the phone", "from berta"]) await device.sees(text, room)
      }
      for (const device of [anna, laptop])
        for (const text of ["from the laptop", "from the phone"])
          assert.equal((await device.sees(text, room)).mine, true)
      assert.equal((await laptop.sees("from berta", room)).mine, false)
      await allAgree([anna, laptop, berta], room)
    }
    assert.equal((await laptop.texts(chat)).includes("of before"), false)
    await laptop.until(() => laptop.view(group)?.name === "Books")
    for (const device of [anna, berta])
      for (const room of [anna.room.id, chat, group]) {
        const own = (await changes(device, room)).filter((line) => line.startsWith("anna joined"))
        assert.ok(own.length > 0, `${device.name} sees a line in ${room}`)
      }
  })

  it("agree in several rooms that the second enters at once, and while the first is away", async (t) => {
    const place = await startLocalServer(t)
    const [anna, berta] = await crowd(t, place, ["anna", "berta"])
    assert.ok(anna && berta)
    const rooms = [await anna.chat.startPrivate(berta.chat.account)]
    for (let group = 1; group < ROOMS; group++)
      rooms.push(await anna.chat.startGroup({ name: `Group ${group}`, people: [berta.chat.account] }))
    for (const room of rooms) await berta.isIn(room)
    await anna.close()
    const laptop = await Person.logIn(t, place, "anna")
    for (const room of rooms) await laptop.isIn(room)
    await anna.open()
    for (const [index, room] of rooms.entries()) {
      await laptop.say(`in room ${index}`, room)
      await anna.sees(`in room ${index}`, room)
      await allAgree([anna, laptop, berta], room)
    }
  })
})
