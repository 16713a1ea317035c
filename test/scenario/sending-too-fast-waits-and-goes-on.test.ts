/** The server asks for a pause: the messages wait in the outbox, the person sees until when, and they go out by themselves. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { ChatEvents } from "../../src/client/node/index.ts"
import { Person, startLocalServer } from "../helpers/core-people.ts"

/** What the server's setting below says, in milliseconds. */
const PAUSE = 10_000

describe("Sending faster than the server allows", () => {
  it("pauses, names the time, drops nothing and keeps the order", async (t) => {
    let now = Date.now()
    const place = await startLocalServer(t, { LIMIT_MESSAGES: "3, 2/s, pause 10s" }, { now: () => now })
    const pauses: ChatEvents["pause"][] = []
    const anna = await Person.signUp(t, place, "anna", {
      around: (device) => ({
        ...device,
        now: () => now,
        // The pause passes as soon as it is asked for; the other waits of core stay as long as they are.
        delay: async (milliseconds, signal) => {
          if (milliseconds !== PAUSE) return device.delay(milliseconds, signal)
          now += milliseconds
        },
      }),
    })
    anna.chat.on("pause", (pause) => pauses.push(pause))
    const texts = [1, 2, 3, 4, 5, 6, 7].map((number) => `number ${number}`)
    for (const text of texts) await anna.say(text)
    await anna.reaches("number 7", "sent")
    assert.deepEqual(await anna.texts(), texts)
    const [first, second] = pauses
    assert.equal(first?.reason, "rate_limited")
    assert.ok(first.until !== undefined)
    assert.equal(second?.until, undefined)
  })
})

describe("A server whose disk is full", () => {
  it("keeps the message waiting, says why, and takes it when there is room again", async (t) => {
    const place = await startLocalServer(t)
    const reasons: (string | undefined)[] = []
    let isEager = false
    const anna = await Person.signUp(t, place, "anna", {
      around: (device) => ({
        ...device,
        delay: (milliseconds, signal) => device.delay(isEager ? Math.min(milliseconds, 5) : milliseconds, signal),
      }),
    })
    anna.chat.on("pause", ({ reason }) => reasons.push(reason))
    isEager = true
    await place.server.setMaxPages(1)
    await anna.say("x".repeat(20_000))
    await anna.until(() => reasons.includes("storage_full"))
    assert.equal(anna.room.waiting, 1)
    await place.server.setMaxPages(1_000_000)
    await anna.reaches("x".repeat(20_000), "sent")
    await anna.until(() => anna.room.waiting === 0)
  })
})
