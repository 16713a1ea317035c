/** A group: who is in it reads what is said from then on, and who is not, does not. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { RoomId } from "../../src/client/node/index.ts"
import { API } from "../../src/shared/api.ts"
import { core } from "../helpers/core.ts"
import { Person, type Place, startLocalServer } from "../helpers/core-people.ts"
import { Liar } from "../helpers/lying-server.ts"
import type { Owner } from "../helpers/temp.ts"

async function people(owner: Owner, place: Place, ...names: readonly [string, string, string]) {
  const signUp = (name: string) => Person.signUp(owner, place, name)
  const found = [await signUp(names[0]), await signUp(names[1]), await signUp(names[2])] as const
  for (const person of found) await person.isWith(person.room.id, ...names)
  return found
}

/** The lines of a room that are no messages, in short. */
async function changes(person: Person, room: RoomId): Promise<string[]> {
  return (await person.items(room)).flatMap((item) => {
    if (item.kind === "text" || item.kind === "problem") return []
    if (item.kind === "named") return [`${item.sender} named it ${item.text}`]
    return [`${item.name} ${item.kind}${item.by === undefined ? "" : ` by ${item.by}`}`]
  })
}

describe("In a group", () => {
  it("everybody picked at the start reads everything, and knows its name", async (t) => {
    const place = await startLocalServer(t)
    const [anna, berta, carla] = await people(t, place, "anna", "berta", "carla")
    const group = await anna.chat.startGroup({ name: "Books", people: [berta.chat.account, carla.chat.account] })
    await anna.say("hello both", group)
    for (const person of [berta, carla]) {
      await person.sees("hello both", group)
      await person.until(() => person.view(group)?.name === "Books")
    }
    await carla.say("hello", group)
    for (const person of [anna, berta]) await person.sees("hello", group)
    assert.deepEqual(await changes(berta, group), ["berta you-joined"])
  })

  it("who is added later reads from then on; who is removed reads no more", async (t) => {
    const place = await startLocalServer(t)
    const [anna, berta, carla] = await people(t, place, "anna", "berta", "carla")
    const group = await anna.chat.startGroup({ name: "Books", people: [berta.chat.account] })
    await anna.say("before carla", group)
    await berta.sees("before carla", group)
    await berta.chat.addPeople(group, [carla.chat.account])
    await anna.isWith(group, "anna", "berta", "carla")
    await anna.say("with carla", group)
    await carla.sees("with carla", group)
    await carla.until(() => carla.view(group)?.name === "Books")
    assert.deepEqual(await carla.texts(group), ["with carla"])

    await anna.chat.removePerson(group, carla.chat.account)
    await berta.isWith(group, "anna", "berta")
    await carla.until(() => carla.view(group)?.isOut === true)
    await anna.say("without carla", group)
    await berta.sees("without carla", group)
    assert.deepEqual(await carla.texts(group), ["with carla"])
    assert.deepEqual(await changes(carla, group), ["carla you-joined", "carla you-left by anna"])
    assert.deepEqual(await changes(anna, group), [
      "anna you-joined by anna",
      "carla joined by berta",
      "carla left by anna",
    ])
    await assert.rejects(carla.say("let me in", group), { code: "not_in_room" })
    await assert.rejects(berta.chat.removePerson(group, anna.chat.account), { code: "not_a_member" })
  })

  it("who leaves is taken out by those who stay, and reads no more", async (t) => {
    const place = await startLocalServer(t)
    const [anna, berta, carla] = await people(t, place, "anna", "berta", "carla")
    const group = await anna.chat.startGroup({ name: "Books", people: [berta.chat.account, carla.chat.account] })
    await anna.say("hello", group)
    await carla.sees("hello", group)
    await berta.sees("hello", group)
    await carla.chat.leaveGroup(group)
    await anna.isWith(group, "anna", "berta")
    await berta.isWith(group, "anna", "berta")
    await anna.say("she is gone", group)
    await berta.sees("she is gone", group)
    await carla.until(() => carla.view(group)?.joined === false)
    assert.deepEqual(await carla.texts(group), ["hello"])
  })

  it("who leaves on one device leaves with all of them", async (t) => {
    const place = await startLocalServer(t)
    const [anna, berta, carla] = await people(t, place, "anna", "berta", "carla")
    const group = await anna.chat.startGroup({ name: "Books", people: [berta.chat.account, carla.chat.account] })
    await carla.isIn(group)
    const phone = await Person.logIn(t, place, "carla")
    await phone.isIn(group)
    for (const person of [anna, berta, phone])
      await person.until(() => person.view(group)?.people.some(({ devices }) => devices === 2) === true)
    await carla.chat.leaveGroup(group)
    for (const person of [anna, berta]) await person.isWith(group, "anna", "berta")
    for (const device of [carla, phone]) await device.until(() => device.view(group)?.isOut === true)
    assert.equal(anna.view(group)?.trouble, undefined)
    await anna.say("they are gone", group)
    await berta.sees("they are gone", group)
  })

  it("who has left leaves on a new device too, also before anybody has taken them out", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const berta = await Person.signUp(t, place, "berta")
    await anna.isWith(anna.room.id, "anna", "berta")
    const group = await anna.chat.startGroup({ name: "Books", people: [berta.chat.account] })
    await berta.isIn(group)
    await anna.close()
    await berta.chat.leaveGroup(group)
    const phone = await Person.logIn(t, place, "berta")
    await phone.until(() => phone.view(group)?.isOut === true)
    await anna.open()
    await anna.isWith(group, "anna")
  })

  it("who is removed and added again while away reads what is said after that", async (t) => {
    const place = await startLocalServer(t)
    const [anna, berta, carla] = await people(t, place, "anna", "berta", "carla")
    const group = await anna.chat.startGroup({ name: "Books", people: [berta.chat.account, carla.chat.account] })
    const { account } = carla.chat
    await carla.isIn(group)
    await carla.close()
    await anna.chat.removePerson(group, account)
    await anna.isWith(group, "anna", "berta")
    await anna.chat.addPeople(group, [account])
    await anna.isWith(group, "anna", "berta", "carla")
    await anna.say("welcome back", group)
    await anna.reachesIn(group, "welcome back", "sent", "delivered", "read")
    await carla.open()
    await carla.sees("welcome back", group)
    await berta.say("hello again", group)
    await carla.sees("hello again", group)
  })

  it("somebody whose other device ends while they are being added is in it with those that are left", async (t) => {
    const place = await startLocalServer(t)
    const line = new Liar()
    const anna = await Person.signUp(t, place, "anna", { around: line.around })
    const carla = await Person.signUp(t, place, "carla")
    const phone = await Person.logIn(t, place, "carla")
    const carlaHas = (count: number) =>
      anna.until(() => anna.room.people.some(({ name, devices }) => name === "carla" && devices === count))
    await carlaHas(2)
    const group = await anna.chat.startGroup({ name: "Books", people: [] })
    // The group is quiet from here on: nothing but its own refusal makes anna's device try again.
    await anna.say("after the name", group)
    await anna.until(() => anna.view(group)?.waiting === 0)
    const { accountKeyPair } = await core.ownDevice(carla.platform)
    line.answers(API.claim, async (truth) => {
      if (!truth.devices.some(({ device }) => device === phone.chat.device)) return truth
      await core.retireDevice(carla.platform, { device: phone.chat.device, accountKeyPair })
      await carlaHas(1)
      return truth
    })
    await anna.chat.addPeople(group, [carla.chat.account])
    await carla.isIn(group)
    await anna.isWith(group, "anna", "carla")
    await anna.until(() => anna.view(group)?.trouble === undefined)
  })

  it("somebody who logs in on another device while being added is in it with both", async (t) => {
    const place = await startLocalServer(t)
    const line = new Liar()
    const anna = await Person.signUp(t, place, "anna", { around: line.around })
    const carla = await Person.signUp(t, place, "carla")
    await anna.isWith(anna.room.id, "anna", "carla")
    const group = await anna.chat.startGroup({ name: "Books", people: [] })
    await anna.isIn(group)
    const late: Person[] = []
    line.answers(API.claim, async (truth) => {
      late.push(await Person.logIn(t, place, "carla"))
      return truth
    })
    await anna.chat.addPeople(group, [carla.chat.account])
    await carla.isIn(group)
    const [phone] = late
    assert.ok(phone)
    await phone.isIn(group)
    await phone.until(() => phone.view(group)?.name === "Books")
    await anna.say("both of you", group)
    for (const person of [carla, phone]) await person.sees("both of you", group)
  })

  it("a new name is seen by all, as a line that says who gave it", async (t) => {
    const place = await startLocalServer(t)
    const [anna, berta] = await people(t, place, "anna", "berta", "carla")
    const group = await anna.chat.startGroup({ name: "Books", people: [berta.chat.account] })
    await berta.until(() => berta.view(group)?.name === "Books")
    await berta.chat.renameGroup(group, "Films")
    await anna.until(() => anna.view(group)?.name === "Films")
    assert.deepEqual((await changes(anna, group)).at(-1), "berta named it Films")
    await assert.rejects(berta.chat.renameGroup(group, "  "), { code: "name_empty" })
  })
})
