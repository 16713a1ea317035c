/** Somebody is invited into a private chat and a group while away: after a week the Welcomes wait for them. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { startLocalServer } from "../helpers/core-people.ts"
import { allAgree, crowd, onClock } from "../helpers/fleet.ts"

const DAY = 24 * 60 * 60 * 1000

describe("An invitation", () => {
  it("is accepted after a week offline, with everything that was said", async (t) => {
    let at = Date.now()
    const now = () => at
    const place = await startLocalServer(t, {}, { now })
    const [anna, berta] = await crowd(t, place, ["anna", "berta"], { around: onClock(now) })
    assert.ok(anna && berta)
    const name = berta.chat.account
    await berta.close()
    const rooms = [await anna.chat.startPrivate(name), await anna.chat.startGroup({ name: "Books", people: [name] })]
    for (const room of rooms) {
      await anna.say("for next week", room)
      await anna.reachesIn(room, "for next week", "sent")
    }
    at += 7 * DAY
    await berta.open()
    for (const room of rooms) {
      await berta.sees("for next week", room)
      await berta.say("a week later", room)
      await anna.sees("a week later", room)
      await allAgree([anna, berta], room)
    }
  })
})
