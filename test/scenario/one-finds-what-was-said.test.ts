/** Somebody searches what their device has: all that was said while it was there, and nothing else. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { core } from "../helpers/core.ts"
import { GENERAL, PASSWORD, Person, startLocalServer } from "../helpers/core-people.ts"
import { Gate } from "../helpers/gate.ts"
import { temporaryFolder } from "../helpers/temp.ts"

/** What a search finds, the newest first. */
const found = async ({ chat }: Person, query: string): Promise<string[]> =>
  (await chat.search(query)).results.map(({ sender, snippet }) => `${sender}: ${snippet}`)

describe("A search in one's own history", () => {
  it("finds what was sent and received in every chat, also while the chat was closed", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const berta = await Person.signUp(t, place, "berta")
    await anna.isWith(GENERAL, "anna", "berta")
    const both = await anna.chat.startPrivate(berta.chat.account)
    await anna.say("The first apple of the year")
    await berta.sees("The first apple of the year")
    await berta.isIn(both)
    await berta.say("An APPLE for you", both)
    await anna.sees("An APPLE for you", both)
    assert.deepEqual(await found(anna, "apple"), ["berta: An APPLE for you", "anna: The first apple of the year"])
    const { results } = await anna.chat.search("year")
    assert.deepEqual([results[0]?.room, results[0]?.mine], [GENERAL, true])
    const [line] = await anna.chat.messages(GENERAL, { after: results[0]?.position ?? "", limit: 1 })
    assert.equal(line, undefined, "its position is that of the message")

    await berta.close()
    await anna.say("Äpfel und Birnen")
    await berta.open()
    assert.deepEqual(await found(berta, "apple year"), ["anna: The first apple of the year"])
    await berta.sees("Äpfel und Birnen")
    assert.deepEqual(await found(berta, "apfel"), ["anna: Äpfel und Birnen"])
  })

  it("finds what waits, each once when it was sent, and nothing that was given up", async (t) => {
    const local = await startLocalServer(t)
    const gate = await Gate.before(t, local.server.port)
    const anna = await Person.signUp(t, { ...local, url: gate.url }, "anna")
    gate.shut()
    await anna.until(() => anna.chat.state.kind === "offline")
    assert.deepEqual(await found(anna, "apple"), [])
    const id = await anna.say("a bad apple")
    await anna.say("a good apple")
    assert.deepEqual(await found(anna, "apple"), ["anna: a good apple", "anna: a bad apple"])
    await anna.chat.discard(GENERAL, id)
    assert.deepEqual(await found(anna, "apple"), ["anna: a good apple"])
    gate.open()
    anna.chat.reconnect()
    await anna.reaches("a good apple", "sent")
    await anna.until(() => anna.room.waiting === 0)
    assert.deepEqual(await found(anna, "apple"), ["anna: a good apple"])
    await anna.close()
    await anna.open()
    assert.deepEqual(await found(anna, "apple"), ["anna: a good apple"])
  })

  it("finds what a message was changed to, not what it was, and nothing that was deleted, also after a reload", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const berta = await Person.signUp(t, place, "berta")
    await anna.isWith(GENERAL, "anna", "berta")
    for (const text of ["a red apple", "a secret apple"]) {
      await anna.say(text)
      await berta.sees(text)
    }
    await anna.until(() => anna.room.waiting === 0)
    assert.deepEqual(await found(berta, "apple"), ["anna: a secret apple", "anna: a red apple"])
    const [secret, red] = (await anna.chat.search("apple")).results
    assert.ok(secret !== undefined && red !== undefined)
    await anna.chat.edit(GENERAL, red.position, "a green pear")
    await anna.chat.delete(GENERAL, secret.position)
    for (const person of [anna, berta]) {
      await person.until(async () => (await found(person, "apple")).length === 0)
      assert.deepEqual(await found(person, "pear"), ["anna: a green pear"])
      await person.close()
      await person.open()
      assert.deepEqual([await found(person, "apple"), await found(person, "secret")], [[], []])
      assert.deepEqual(await found(person, "pear"), ["anna: a green pear"])
    }
  })

  it("finds nothing of another account on the same device, and nothing after the log-out", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna", { folder: await temporaryFolder(t) })
    await anna.say("an apple that is mine")
    await anna.until(() => anna.room.waiting === 0)
    assert.equal((await found(anna, "apple")).length, 1)
    const { chat } = anna
    await chat.logOut()
    await assert.rejects(chat.search("apple"), { name: "ClosedVault" })
    await core.signUp(anna.platform, { name: "berta", password: PASSWORD })
    await anna.open()
    await anna.joined()
    await anna.say("berta has none")
    assert.deepEqual([await found(anna, "apple"), await found(anna, "none")], [[], ["berta: berta has none"]])
    await anna.chat.logOut()
    await core.logIn(anna.platform, { name: "anna", password: PASSWORD })
    await anna.open()
    assert.deepEqual(await found(anna, "apple"), ["anna: an apple that is mine"])
  })

  it("finds what another device of one's own has handed over", async (t) => {
    const place = await startLocalServer(t)
    const soon: NonNullable<Parameters<typeof Person.signUp>[3]> = {
      around: (device) => ({
        ...device,
        delay: (milliseconds, signal) => device.delay(milliseconds <= 5_000 ? 1 : milliseconds, signal),
      }),
    }
    const anna = await Person.signUp(t, place, "anna", soon)
    await anna.say("an old apple")
    await anna.until(() => anna.room.waiting === 0)
    const laptop = await Person.logIn(t, place, "anna", soon)
    assert.deepEqual(await found(laptop, "apple"), [])
    await laptop.chat.history.ask()
    await anna.until(() => anna.chat.history.state.asked.includes(laptop.chat.device))
    await anna.chat.history.give(laptop.chat.device)
    await laptop.until(() => laptop.chat.history.state.receiving?.left === 0)
    assert.deepEqual(await found(laptop, "apple"), ["anna: an old apple"])
  })
})
