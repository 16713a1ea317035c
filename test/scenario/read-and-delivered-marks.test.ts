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
    const one = await berta.sees("one", chat)
    await berta.sees("two", chat)
    await berta.until(() => berta.view(chat)?.unread === 2)
    assert.equal(berta.view(chat)?.firstUnread, one.position)
    await berta.close()
    await berta.open()
    assert.deepEqual([berta.view(chat)?.unread, berta.view(chat)?.firstUnread], [2, one.position])
    await berta.chat.see(chat)
    assert.deepEqual([berta.view(chat)?.unread, berta.view(chat)?.firstUnread], [0, undefined])
    await berta.close()
    await berta.open()
    assert.deepEqual([berta.view(chat)?.unread, berta.view(chat)?.firstUnread], [0, undefined])
  })

  it("is new from the first one that somebody else has said since; own ones and who comes are not", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const berta = await Person.signUp(t, place, "berta")
    await berta.say("my own")
    await Person.signUp(t, place, "carla")
    await berta.until(() => berta.room.people.length === 3 && berta.room.waiting === 0)
    assert.deepEqual([berta.room.unread, berta.room.firstUnread], [0, undefined])
    await anna.say("theirs")
    const { position } = await berta.sees("theirs")
    await berta.say("my answer")
    await anna.sees("my answer")
    await anna.say("theirs again")
    await berta.until(() => berta.room.unread === 2)
    assert.equal(berta.room.firstUnread, position)
    await berta.chat.see(berta.room.id)
    await anna.say("and again")
    await berta.until(() => berta.room.unread === 1)
    assert.equal(berta.room.firstUnread, (await berta.sees("and again")).position)
  })

  it("that was said without a connection is told as missed, and one that comes now is not", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const berta = await Person.signUp(t, place, "berta")
    await berta.close()
    await anna.say("while you were away")
    await anna.until(() => anna.room.waiting === 0)
    await berta.open()
    const missed = new Map<string, boolean | undefined>()
    berta.chat.on("item", (told) => told.item.kind === "text" && missed.set(told.item.text, told.missed))
    await berta.sees("while you were away")
    await anna.say("now")
    await berta.until(() => missed.has("now"))
    assert.deepEqual(
      [...missed],
      [
        ["while you were away", true],
        ["now", false],
      ],
    )
  })
})
