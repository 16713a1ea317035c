/**
 * Ten devices of one group all want a change at the same moment: each adds somebody, some the same one, and the founder
 * removes somebody at once with the others. One commit is taken at a time, the others come too late and are thought over, until all is done.
 */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Person, startLocalServer } from "../helpers/core-people.ts"
import { allAgree, crowd, eagerly } from "../helpers/fleet.ts"

const INSIDE = ["anna", "berta", "carla", "doris", "emma"]
const OUTSIDE = ["frida", "gerda", "hanna"]

describe("Ten devices that commit at once", () => {
  it("have all their changes made, agree, and leave nobody out", async (t) => {
    const place = await startLocalServer(t)
    const people = await crowd(t, place, [...INSIDE, ...OUTSIDE, "paula"], { around: eagerly })
    const accounts = new Map(people.map(({ name, chat }) => [name, chat.account]))
    const account = (name: string) => accounts.get(name) ?? assert.fail(name)
    const inside = people.slice(0, INSIDE.length)
    const [anna] = inside
    assert.ok(anna)
    const others = [...INSIDE.slice(1), "paula"].map(account)
    const room = await anna.chat.startGroup({ name: "Books", people: others })
    for (const person of inside) await person.isWith(room, ...INSIDE, "paula")
    const seconds: Person[] = []
    for (const { name } of inside) seconds.push(await Person.logIn(t, place, name, { around: eagerly }))
    const ten = [...inside, ...seconds]
    await allAgree(ten, room)
    const [, ...adding] = ten
    await Promise.all([
      anna.chat.removePerson(room, account("paula")),
      ...adding.map((person, index) => person.chat.addPeople(room, [account(OUTSIDE[index % OUTSIDE.length] ?? "")])),
    ])
    const all = [...ten, ...people.slice(INSIDE.length, -1)]
    for (const person of all) await person.isWith(room, ...[...INSIDE, ...OUTSIDE].sort())
    const speakers = [anna, ...seconds.slice(-1), ...all.slice(-1)]
    for (const { name, chat } of speakers) await chat.send(room, `${name} is here`)
    for (const person of all) for (const { name } of speakers) await person.sees(`${name} is here`, room)
    await allAgree(all, room)
    assert.equal(people.at(-1)?.view(room)?.isOut, true)
  })
})
