/** When somebody was here last, as others are told: the moment they came or went, not that of their log-in. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { accountName } from "../../src/shared/ids.ts"
import { core } from "../helpers/core.ts"
import { Person, startLocalServer } from "../helpers/core-people.ts"

const HOUR = 60 * 60 * 1000
const [ANNA, NOBODY] = [accountName.parse("anna", "name"), accountName.parse("nobody", "name")]

describe("The time when somebody was here last", () => {
  it("moves when they come and when they go, outlives the server, and is nothing for a name that nobody has", async (t) => {
    let time = Date.UTC(2026, 0, 1)
    const now = () => time
    const place = await startLocalServer(t, {}, { now })
    const anna = await Person.signUp(t, place, "anna")
    const berta = await Person.signUp(t, place, "berta")
    const seen = () => core.lastSeen(berta.platform, [ANNA, NOBODY])

    time += HOUR
    await anna.close()
    // The server hears of it a moment later.
    while ((await seen()).get(ANNA) !== time);
    time += HOUR
    await anna.open()
    await anna.say("here again")
    await anna.reaches("here again", "sent")
    const came = time
    assert.deepEqual(
      await seen(),
      new Map([
        [ANNA, came],
        [NOBODY, undefined],
      ]),
    )

    time += HOUR
    const went = time
    await place.close()
    time += HOUR
    await startLocalServer(t, {}, { now }, place)
    assert.equal((await seen()).get(ANNA), went)
  })
})
