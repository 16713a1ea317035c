/** Whether a message has come, and whether it was seen: told in small rooms, and only by those who let it be told. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Person, startLocalServer } from "../helpers/core-people.ts"

describe("A message in a private chat", () => {
  it("is read once the other person has seen it, and new to them until then", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const berta = await Person.signUp(t, place, "berta")
    await anna.isWith(anna.room.id, "anna", "berta")
    const chat = await anna.chat.startPrivate(berta.chat.account)
    await anna.say("have you seen this?", chat)
    await berta.sees("have you seen this?", chat)
    await berta.until(() => berta.view(chat)?.unread === 1)
    const sent = await anna.reachesIn(chat, "have you seen this?", "delivered")
    assert.deepEqual(await anna.chat.marks(chat, sent.position), { delivered: ["berta"], read: [] })
    await anna.chat.see(chat)
    await berta.chat.see(chat)
    assert.equal(berta.view(chat)?.unread, 0)
    await anna.reachesIn(chat, "have you seen this?", "read")
    assert.deepEqual(await anna.chat.marks(chat, sent.position), { delivered: ["berta"], read: ["berta"] })
  })

  it("stays delivered when the other person does not let it be told", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const berta = await Person.signUp(t, place, "berta")
    await anna.isWith(anna.room.id, "anna", "berta")
    await berta.chat.settings.change({ tellsRead: false })
    const chat = await anna.chat.startPrivate(berta.chat.account)
    await anna.say("secretly read", chat)
    await berta.sees("secretly read", chat)
    await berta.chat.see(chat)
    await berta.say("and answered", chat)
    await anna.sees("and answered", chat)
    const { position } = await anna.reachesIn(chat, "secretly read", "delivered")
    assert.deepEqual((await anna.chat.marks(chat, position)).read, [])
  })

  it("that was not seen is still new after a restart", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const berta = await Person.signUp(t, place, "berta")
    await anna.isWith(anna.room.id, "anna", "berta")
    const chat = await anna.chat.startPrivate(berta.chat.account)
    for (const text of ["one", "two"]) await anna.say(text, chat)
    await berta.sees("two", chat)
    await berta.close()
    await berta.open()
    assert.equal(berta.view(chat)?.unread, 2)
    await berta.chat.see(chat)
    await berta.close()
    await berta.open()
    assert.equal(berta.view(chat)?.unread, 0)
  })
})
