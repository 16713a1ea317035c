/**
 * A device is away for longer than anything that waits for it: its session, its KeyPackages, the log, and the Welcome of a
 * group that it was added to. After logging in it is back in every room by itself, and says that it has missed something.
 */
import assert from "node:assert/strict"
import { describe, it, type TestContext } from "node:test"
import type { NodePlatform, RoomId } from "../../src/client/node/index.ts"
import { core } from "../helpers/core.ts"
import { GENERAL, PASSWORD, type Person, startLocalServer } from "../helpers/core-people.ts"
import { allAgree, changes, crowd, eagerly, onClock } from "../helpers/fleet.ts"

const DAY = 24 * 60 * 60 * 1000

/** Two people, and what closes everything and lets 40 days pass; the server starts again then, and sweeps. */
async function twoPeople(t: TestContext, isEager: boolean) {
  let at = Date.now()
  const now = () => at
  // The MLS library compares the KeyPackages that it adds with the machine's own clock, which nobody can hand to it.
  t.mock.timers.enable({ apis: ["Date"], now: at })
  const place = await startLocalServer(t, {}, { now })
  const around = (device: NodePlatform) => onClock(now)(isEager ? eagerly(device) : device)
  const [anna, berta] = await crowd(t, place, ["anna", "berta"], { around })
  assert.ok(anna && berta)
  const wait = async (): Promise<void> => {
    await Promise.all([anna.close(), berta.close()])
    await place.close()
    at += 40 * DAY
    t.mock.timers.setTime(at)
    await startLocalServer(t, {}, { now }, place)
  }
  return { anna, berta, wait }
}

async function comesBack(person: Person): Promise<void> {
  await core.logIn(person.platform, { name: person.name, password: PASSWORD })
  await person.open()
}

async function talk(one: Person, other: Person, room: RoomId): Promise<void> {
  await one.isIn(room)
  await one.say("back again", room)
  await other.sees("back again", room)
  await other.say("welcome back", room)
  await one.sees("welcome back", room)
  await allAgree([one, other], room)
}

describe("A device gone for 40 days", () => {
  it("is back in the general room and in a group that it was added to, knows its name, and says what it missed", async (t) => {
    const { anna, berta, wait } = await twoPeople(t, true)
    const name = berta.chat.account
    await berta.close()
    const books = await anna.chat.startGroup({ name: "Books", people: [name] })
    for (const room of [GENERAL, books]) {
      await anna.say("while berta is away", room)
      await anna.reachesIn(room, "while berta is away", "sent")
    }
    await wait()
    await comesBack(anna)
    await comesBack(berta)
    for (const room of [GENERAL, books]) {
      await talk(berta, anna, room)
      assert.deepEqual((await changes(berta, room)).slice(-2), ["problem rejoined", "berta you-joined"])
      assert.deepEqual(await berta.texts(room), ["back again", "welcome back"])
    }
    assert.equal(berta.view(books)?.name, "Books")
  })

  it("and whose KeyPackages have expired, is in a group that it is invited to as soon as it is back", async (t) => {
    // Whoever has just come back is asked for new KeyPackages a few times, with pauses that it needs.
    const { anna, berta, wait } = await twoPeople(t, false)
    const name = berta.chat.account
    await wait()
    await comesBack(anna)
    await anna.joined()
    const books = await anna.chat.startGroup({ name: "Books", people: [name] })
    await anna.say("while berta is away", books)
    await anna.reachesIn(books, "while berta is away", "sent")
    await comesBack(berta)
    await talk(berta, anna, books)
    assert.deepEqual(await berta.texts(books), ["back again", "welcome back"])
  })
})
