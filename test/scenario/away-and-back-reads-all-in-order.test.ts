/** A device is away while people talk, come and go: back again it reads everything that was said in its time, once, in order. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { RoomId } from "../../src/client/node/index.ts"
import { type Person, startLocalServer } from "../helpers/core-people.ts"
import { allAgree, changes, crowd } from "../helpers/fleet.ts"

const COUNTS = [1, 11, 201]
/** So many messages between two changes of the group. */
const PER_EPOCH = 20

describe("A device that was away", () => {
  for (const count of COUNTS)
    it(`reads ${count === 1 ? "one message" : `${count} messages`} over many epochs, each once and in order`, async (t) => {
      const place = await startLocalServer(t)
      const [anna, berta, carla] = await crowd(t, place, ["anna", "berta", "carla"])
      assert.ok(anna && berta && carla)
      const group = await anna.chat.startGroup({ name: "Books", people: [berta.chat.account] })
      await berta.isIn(group)
      const name = carla.chat.account
      await berta.close()
      const expected: string[] = []
      const changed = new Map<string, number>()
      for (let each = 1; each <= count; each++) {
        if (each % PER_EPOCH === 1) await change(anna, group, name, changed)
        const text = `message ${each}`
        expected.push(text)
        await anna.say(text, group)
      }
      await anna.reachesIn(group, `message ${count}`, "sent", "delivered", "read")
      await berta.open()
      await berta.sees(`message ${count}`, group)
      assert.deepEqual(await berta.texts(group), expected)
      await allAgree([anna, berta], group)
      const lines = await changes(berta, group)
      assert.equal(lines.filter((line) => line === "carla joined by anna").length, changed.get("added") ?? 0)
      assert.equal(lines.filter((line) => line === "carla left by anna").length, changed.get("removed") ?? 0)
      assert.deepEqual(
        lines.filter((line) => line.startsWith("problem")),
        [],
      )
    })
})

/** Adds somebody to a group, or removes them when they are in it, and counts that. */
async function change(
  person: Person,
  group: RoomId,
  name: Person["chat"]["account"],
  changed: Map<string, number>,
): Promise<void> {
  const isIn = person.view(group)?.people.some((each) => each.name === name) === true
  if (isIn) await person.chat.removePerson(group, name)
  else await person.chat.addPeople(group, [name])
  await person.isWith(group, ...(isIn ? ["anna", "berta"] : ["anna", "berta", name]))
  const what = isIn ? "removed" : "added"
  changed.set(what, (changed.get(what) ?? 0) + 1)
}
