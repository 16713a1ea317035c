/** A new device of one's own gets the history from another one, once its person has compared a code on both. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { NodePlatform, Platform } from "../../src/client/node/index.ts"
import { Person, startLocalServer } from "../helpers/core-people.ts"

/** Chunks follow one another without a pause; the waits that watch a connection stay. */
const soon = {
  around: (device: NodePlatform): Platform => ({
    ...device,
    delay: (milliseconds, signal) => device.delay(milliseconds <= 5_000 ? 1 : milliseconds, signal),
  }),
}

describe("A new device of one's own", () => {
  it("gets what was said before it came, in every room, and shows it once", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna", soon)
    const berta = await Person.signUp(t, place, "berta")
    const chat = await anna.chat.startPrivate(berta.chat.account).catch(async () => {
      await anna.isWith(anna.room.id, "anna", "berta")
      return anna.chat.startPrivate(berta.chat.account)
    })
    const words = Array.from({ length: 120 }, (_, each) => `word ${each}`)
    for (const word of words) await anna.say(word)
    await anna.say("just us", chat)
    await berta.sees("just us", chat)
    await berta.sees("word 119")

    const laptop = await Person.logIn(t, place, "anna", soon)
    await laptop.isIn(chat)
    assert.deepEqual(await laptop.texts(), [])
    await laptop.chat.history.ask()
    await anna.until(() => anna.chat.history.state.asked.includes(laptop.chat.device))
    assert.deepEqual(
      await anna.chat.history.codeOf(laptop.chat.device),
      await laptop.chat.history.codeOf(laptop.chat.device),
    )
    await anna.chat.history.give(laptop.chat.device)
    await laptop.until(() => laptop.chat.history.state.receiving?.left === 0)
    assert.deepEqual(await laptop.texts(), words)
    assert.deepEqual(await laptop.texts(chat), ["just us"])

    await anna.say("after", chat)
    await laptop.sees("after", chat)
    assert.deepEqual(await laptop.texts(chat), ["just us", "after"])
    assert.deepEqual(
      laptop.chat
        .rooms()
        .map(({ kind }) => kind)
        .sort(),
      ["general", "private"],
    )
  })

  it("gets the rest after either of them was closed on the way", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna", soon)
    const words = Array.from({ length: 120 }, (_, each) => `word ${each}`)
    for (const word of words) await anna.say(word)
    await anna.until(() => anna.room.waiting === 0)
    const laptop = await Person.logIn(t, place, "anna", soon)
    await laptop.chat.history.ask()
    await anna.until(() => anna.chat.history.state.asked.length === 1)
    await anna.chat.history.give(laptop.chat.device)
    await laptop.until(() => (laptop.chat.history.state.receiving?.done ?? 0) > 0)
    await anna.close()
    await laptop.close()
    await laptop.open()
    await anna.open()
    await laptop.until(async () => (await laptop.texts()).length === words.length)
    assert.deepEqual(await laptop.texts(), words)
  })

  it("gets nothing that its person has not confirmed", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna", soon)
    await anna.say("mine")
    const laptop = await Person.logIn(t, place, "anna", soon)
    await laptop.chat.history.ask()
    await anna.until(() => anna.chat.history.state.asked.length === 1)
    await anna.chat.history.refuse(laptop.chat.device)
    await assert.rejects(anna.chat.history.give(laptop.chat.device), { code: "not_found" })
    await anna.say("seen by both")
    await laptop.sees("seen by both")
    assert.deepEqual(await laptop.texts(), ["seen by both"])
  })
})
