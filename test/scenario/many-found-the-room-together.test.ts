/** Several people open the first chat of a server at the same moment: one founds the room, the others join, none is alone. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { core } from "../helpers/core.ts"
import { PASSWORD, Person, startLocalServer } from "../helpers/core-people.ts"

describe("People who find an empty server together", () => {
  it("end up in one room, whoever was first", async (t) => {
    const place = await startLocalServer(t)
    const names = ["anna", "berta", "carla", "dora", "emil"]
    const people = names.map((name) => Person.at(t, place, name))
    await Promise.all(people.map(({ platform, name }) => core.signUp(platform, { name, password: PASSWORD })))
    await Promise.all(people.map((person) => person.open()))
    await Promise.all(people.map((person) => person.until(() => person.room.people.length === names.length)))
    await Promise.all(people.map((person) => person.say(`${person.name} is here`)))
    for (const person of people) for (const name of names) await person.sees(`${name} is here`)
    const [first, ...others] = await Promise.all(people.map((person) => person.texts()))
    assert.equal(first?.length, names.length)
    for (const other of others) assert.deepEqual(other, first, "in the same order")
    for (const person of people) {
      assert.deepEqual(
        person.room.people.map(({ name }) => name),
        names,
      )
      assert.ok((await person.items()).every(({ kind }) => kind !== "problem"))
    }
  })
})
