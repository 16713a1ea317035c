/** Messages that are answered, changed, deleted and reacted to: everybody sees the same, also who was away or comes later. */
import assert from "node:assert/strict"
import { describe, it, type TestContext } from "node:test"
import type { TextItem } from "../../src/client/node/index.ts"
import { GENERAL, Person, startLocalServer } from "../helpers/core-people.ts"
import { crowd } from "../helpers/fleet.ts"
import { Gate } from "../helpers/gate.ts"
import { Rogue } from "../helpers/lying-member.ts"
import { loadMlsBundle } from "../helpers/mls-bundle.ts"

async function two(t: TestContext) {
  const place = await startLocalServer(t)
  const [anna, berta] = await crowd(t, place, ["anna", "berta"])
  assert.ok(anna && berta)
  return { place, anna, berta }
}

/** The message at a position, or the one that says this. */
async function find(person: Person, what: string): Promise<TextItem | undefined> {
  const items = await person.items(GENERAL)
  return items.find((item): item is TextItem => item.kind === "text" && (item.text === what || item.position === what))
}

/** Says something, and waits until both have it; resolves to its position. */
async function said(person: Person, other: Person, text: string): Promise<string> {
  await person.say(text)
  await other.sees(text)
  await person.reaches(text, "sent", "delivered")
  const message = await find(person, text)
  assert.ok(message)
  return message.position
}

/** Waits until a message is as it should be for each of them. */
async function are(people: readonly Person[], position: string, isSo: (message: TextItem) => boolean): Promise<void> {
  for (const person of people)
    await person.until(async () => {
      const message = await find(person, position)
      return message !== undefined && message.change === undefined && isSo(message)
    })
}

describe("A message", () => {
  it("is changed by its author, for everybody, and says so", async (t) => {
    const { anna, berta } = await two(t)
    const position = await said(anna, berta, "helo")
    await anna.chat.edit(GENERAL, position, "hello")
    await are([anna, berta], position, ({ text, editedAt }) => text === "hello" && editedAt !== undefined)
    assert.equal(berta.room.unread, 1, "a change is no new message")
  })

  it("is deleted by its author, for everybody, also where somebody has answered it", async (t) => {
    const { anna, berta } = await two(t)
    const position = await said(anna, berta, "a secret")
    await berta.chat.send(GENERAL, "an answer", { reply: position })
    await anna.sees("an answer")
    assert.deepEqual((await find(anna, "an answer"))?.quote?.text, "a secret")
    await anna.chat.delete(GENERAL, position)
    await are([anna, berta], position, ({ text, isDeleted }) => text === "" && isDeleted)
    for (const person of [anna, berta]) {
      const { sender, text } = (await find(person, "an answer"))?.quote ?? {}
      assert.deepEqual([sender, text], ["anna", ""])
    }
    await assert.rejects(anna.chat.edit(GENERAL, position, "back"), { code: "not_found" })
    await assert.rejects(berta.chat.send(GENERAL, "late", { reply: position }), { code: "not_found" })
  })

  it("is reacted to, and the reaction is taken back", async (t) => {
    const { anna, berta } = await two(t)
    const position = await said(anna, berta, "good news")
    await berta.chat.react(GENERAL, position, "🎉", true)
    await are([anna, berta], position, ({ reactions }) => reactions[0]?.by[0] === "berta")
    assert.deepEqual((await find(berta, position))?.reactions, [{ emoji: "🎉", by: ["berta"], mine: true }])
    await berta.chat.react(GENERAL, position, "🎉", false)
    await are([anna, berta], position, ({ reactions }) => reactions.length === 0)
    await assert.rejects(berta.chat.react(GENERAL, position, "hm", true), { code: "bad_request" })
  })

  it("keeps its format on the way, and loses it by an edit without any", async (t) => {
    const { anna, berta } = await two(t)
    const words = { type: "text", text: "loud", marks: [{ type: "bold" }] } as const
    const doc = { type: "doc", content: [{ type: "paragraph", content: [words] }] } as const
    await anna.chat.send(GENERAL, doc)
    await berta.sees("loud")
    await anna.reaches("loud", "delivered")
    for (const person of [anna, berta]) assert.deepEqual((await find(person, "loud"))?.doc, doc)
    const position = (await find(anna, "loud"))?.position ?? ""
    await anna.chat.edit(GENERAL, position, "quiet")
    await are([anna, berta], position, ({ text, doc }) => text === "quiet" && doc === undefined)
    await anna.chat.edit(GENERAL, position, doc)
    await are([anna, berta], position, ({ text, doc }) => text === "loud" && doc !== undefined)
  })

  it("is nobody else's to change", async (t) => {
    const { anna, berta } = await two(t)
    const position = await said(anna, berta, "mine")
    await assert.rejects(berta.chat.edit(GENERAL, position, "yours"), { code: "bad_request" })
    await assert.rejects(berta.chat.delete(GENERAL, position), { code: "bad_request" })
  })

  it("of somebody else stays as it is when a member edits it, and its details say who tried", async (t) => {
    const mls = await loadMlsBundle()
    const place = await startLocalServer(t)
    const [anna, berta, mallory] = await crowd(t, place, ["anna", "berta", "mallory"])
    assert.ok(anna && berta && mallory)
    const position = await said(anna, berta, "her own words")
    const id = (await find(anna, position))?.id
    await mallory.sees("her own words")
    await mallory.close()
    const rogue = await Rogue.of(mls, mallory, GENERAL)
    const of = { seq: Number(position.slice(0, 12)), id }
    const edit = await rogue.say(JSON.stringify({ type: "edit", of, text: "what mallory wants" }), "edit")
    assert.deepEqual(await rogue.send(edit), ["sent"])
    await are([anna, berta], position, ({ attempts }) => attempts.length === 1)
    for (const person of [anna, berta]) {
      const { text, editedAt, attempts } = (await find(person, position)) ?? {}
      assert.deepEqual([text, editedAt], ["her own words", undefined])
      assert.deepEqual(
        attempts?.map(({ what, by }) => `${what} ${by}`),
        ["edit mallory"],
      )
    }
  })

  it("that is changed offline shows the change at once, and everybody has it later", async (t) => {
    const place = await startLocalServer(t)
    const gate = await Gate.before(t, place.server.port)
    const anna = await Person.signUp(t, { ...place, url: gate.url }, "anna")
    const berta = await Person.signUp(t, place, "berta")
    await anna.isWith(GENERAL, "anna", "berta")
    const position = await said(anna, berta, "helo")
    gate.shut()
    await anna.chat.edit(GENERAL, position, "hello")
    const waiting = await find(anna, position)
    assert.deepEqual([waiting?.text, waiting?.change?.state], ["hello", "sending"])
    gate.open()
    anna.device.networkIsBack()
    await are([anna, berta], position, ({ text }) => text === "hello")
  })

  it("that changed while somebody was away is as it is now when they come back, and to a new device of theirs", async (t) => {
    const { place, anna, berta } = await two(t)
    const position = await said(anna, berta, "helo")
    await berta.close()
    await anna.chat.edit(GENERAL, position, "hello")
    await anna.chat.react(GENERAL, position, "👍", true)
    await are([anna], position, ({ text, reactions }) => text === "hello" && reactions.length === 1)
    await anna.say("and then some")
    await anna.reaches("and then some", "sent")
    await berta.open()
    await are([berta], position, ({ text, reactions }) => text === "hello" && reactions.length === 1)
    const laptop = await Person.logIn(t, place, "anna")
    await laptop.joined()
    await anna.chat.edit(GENERAL, position, "hello!")
    await are([anna, berta], position, ({ text }) => text === "hello!")
    assert.equal(await find(laptop, position), undefined, "what came before it is not its to change")
  })
})
