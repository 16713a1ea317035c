/** Who is in a group, when many change it: each reads what was said in their time, and all who are in it agree. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { startLocalServer } from "../helpers/core-people.ts"
import { allAgree, changes, crowd } from "../helpers/fleet.ts"

describe("In a group that changes", () => {
  it("somebody who was removed and added again reads what was said before and after, and nothing of between", async (t) => {
    const place = await startLocalServer(t)
    const [anna, berta, carla] = await crowd(t, place, ["anna", "berta", "carla"])
    assert.ok(anna && berta && carla)
    const people = [berta.chat.account, carla.chat.account]
    const group = await anna.chat.startGroup({ name: "Books", people })
    await anna.say("first", group)
    await carla.sees("first", group)
    await anna.chat.removePerson(group, carla.chat.account)
    await carla.until(() => carla.view(group)?.isOut === true)
    await anna.say("between", group)
    await berta.sees("between", group)
    await berta.chat.addPeople(group, [carla.chat.account])
    await allAgree([anna, berta, carla], group)
    await anna.say("afterwards", group)
    await carla.sees("afterwards", group)
    await carla.say("back again", group)
    await anna.sees("back again", group)
    assert.deepEqual(await carla.texts(group), ["first", "afterwards", "back again"])
  })

  it("somebody who is added later reads nothing older", async (t) => {
    const place = await startLocalServer(t)
    const [anna, berta] = await crowd(t, place, ["anna", "berta"])
    assert.ok(anna && berta)
    const group = await anna.chat.startGroup({ name: "Books", people: [] })
    await anna.say("alone", group)
    await anna.reachesIn(group, "alone", "sent")
    await anna.chat.addPeople(group, [berta.chat.account])
    await allAgree([anna, berta], group)
    await anna.say("together", group)
    await berta.sees("together", group)
    assert.deepEqual(await berta.texts(group), ["together"])
  })

  it("the founder leaves and the others go on; then the last one leaves", async (t) => {
    const place = await startLocalServer(t)
    const [anna, berta, carla] = await crowd(t, place, ["anna", "berta", "carla"])
    assert.ok(anna && berta && carla)
    const people = [berta.chat.account, carla.chat.account]
    const group = await anna.chat.startGroup({ name: "Books", people })
    await berta.isIn(group)
    await carla.isIn(group)
    await anna.chat.leaveGroup(group)
    await berta.isWith(group, "berta", "carla")
    await carla.isWith(group, "berta", "carla")
    await anna.until(() => anna.view(group)?.joined === false)
    await berta.say("without anna", group)
    await carla.sees("without anna", group)
    assert.deepEqual(await anna.texts(group), [])
    await carla.chat.leaveGroup(group)
    await berta.isWith(group, "berta")
    await berta.chat.leaveGroup(group)
    await berta.until(() => berta.view(group)?.isOut === true)
    await assert.rejects(berta.say("anybody?", group), { code: "not_in_room" })
  })

  it("two add the same person at the same moment: that is one line, and all agree", async (t) => {
    const place = await startLocalServer(t)
    const [anna, berta, carla] = await crowd(t, place, ["anna", "berta", "carla"])
    assert.ok(anna && berta && carla)
    const group = await anna.chat.startGroup({ name: "Books", people: [berta.chat.account] })
    await berta.isIn(group)
    const name = carla.chat.account
    await Promise.all([anna.chat.addPeople(group, [name]), berta.chat.addPeople(group, [name])])
    await allAgree([anna, berta, carla], group)
    for (const person of [anna, berta])
      assert.equal((await changes(person, group)).filter((line) => line.startsWith("carla joined")).length, 1)
    await carla.say("here once", group)
    for (const person of [anna, berta]) await person.sees("here once", group)
  })
})
