/**
 * A device crashes before and after each write that it makes, one after another, while it enters the room, sends, receives
 * and follows others' commits. After each crash it is opened again and goes on; in the end everybody has the same
 * conversation, each message once.
 */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { core } from "../helpers/core.ts"
import { type LocalServer, PASSWORD, Person, startLocalServer } from "../helpers/core-people.ts"
import { CrashingDevice, type Moment } from "../helpers/crash.ts"
import type { Owner } from "../helpers/temp.ts"

const MOMENTS: readonly Moment[] = ["before", "after"]
/** More writes than any of these scenes needs. */
const WRITES_MAX = 60

interface Crasher {
  readonly person: Person
  readonly device: CrashingDevice
}

function crasher(owner: Owner, place: LocalServer, name: string): Crasher {
  let device: CrashingDevice | undefined
  const person = Person.at(owner, place, name, {
    around: (platform) => {
      device = new CrashingDevice(platform)
      return device.platform
    },
  })
  if (device === undefined) throw new Error("no device")
  return { person, device }
}

/** Resolves when the scene is over or the device has crashed; opens the chat again after a crash. */
async function survive({ person, device }: Crasher, scene: () => Promise<void>): Promise<boolean> {
  const crashed = person.until(() => device.hasCrashed)
  const played = scene().catch((error: unknown) => {
    if (!device.hasCrashed) throw error
  })
  await Promise.race([played, crashed])
  const hasCrashed = device.hasCrashed
  device.restart()
  if (hasCrashed) await person.open({ takeOver: true })
  return hasCrashed
}

describe("A crash between any two steps", () => {
  it("of founding the room", async (t) => {
    for (const moment of MOMENTS)
      for (let write = 1, isOver = false; !isOver; write++) {
        assert.ok(write < WRITES_MAX)
        const place = await startLocalServer(t)
        const anna = crasher(t, place, "anna")
        await core.signUp(anna.person.platform, { name: "anna", password: PASSWORD })
        anna.device.plan(write, moment)
        await anna.person.open()
        isOver = !(await survive(anna, () => anna.person.joined()))
        await anna.person.joined()
        const berta = isOver ? await Person.signUp(t, place, "berta") : undefined
        await anna.person.say("I am here")
        await anna.person.reaches("I am here", "sent", "delivered")
        await berta?.sees("I am here")
        assert.deepEqual(await anna.person.texts(), ["I am here"])
        await anna.person.close()
        await berta?.close()
      }
  })

  it("of joining it", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const names: string[] = []
    for (const moment of MOMENTS)
      for (let write = 1, isOver = false; !isOver; write++) {
        assert.ok(write < WRITES_MAX)
        const name = `joiner-${moment}-${write}`
        names.push(name)
        const joiner = crasher(t, place, name)
        await core.signUp(joiner.person.platform, { name, password: PASSWORD })
        joiner.device.plan(write, moment)
        await joiner.person.open()
        isOver = !(await survive(joiner, () => joiner.person.joined()))
        await joiner.person.joined()
        await anna.say(`welcome ${name}`)
        await joiner.person.sees(`welcome ${name}`)
        await joiner.person.say(`thanks from ${name}`)
        await anna.sees(`thanks from ${name}`)
        assert.deepEqual(await joiner.person.texts(), [`welcome ${name}`, `thanks from ${name}`])
        await joiner.person.close()
      }
    const people = anna.room.people.map(({ name, devices }) => `${name} ${devices}`)
    assert.deepEqual(people, ["anna 1", ...names.map((name) => `${name} 1`)].sort())
  })

  it("of sending and receiving", async (t) => {
    const place = await startLocalServer(t)
    const berta = await Person.signUp(t, place, "berta")
    const anna = crasher(t, place, "anna")
    await core.signUp(anna.person.platform, { name: "anna", password: PASSWORD })
    await anna.person.open()
    await anna.person.joined()
    const expected: string[] = []
    for (const moment of MOMENTS)
      for (let write = 1, isOver = false; !isOver; write++) {
        assert.ok(write < WRITES_MAX)
        const round = `${moment} ${write}`
        const sent = [`anna 1, ${round}`, `anna 2, ${round}`]
        const kept = new Set<string>()
        anna.device.plan(write, moment)
        isOver = !(await survive(anna, async () => {
          await berta.say(`berta 1, ${round}`)
          for (const text of sent) {
            await anna.person.say(text)
            kept.add(text)
          }
          await berta.sees(`anna 2, ${round}`)
          await anna.person.reaches(`anna 2, ${round}`, "sent", "delivered")
          await berta.say(`berta 2, ${round}`)
          await anna.person.sees(`berta 2, ${round}`)
        }))
        // What was not stored yet when the device crashed was refused to the person, who writes it again.
        const waiting = new Set(await anna.person.texts())
        for (const text of sent) if (!kept.has(text) && !waiting.has(text)) await anna.person.say(text)
        for (const text of sent) await berta.sees(text)
        const end = `end of ${round}`
        await berta.say(end)
        await anna.person.sees(end)
        expected.push(...sent, end)
      }
    const texts = await berta.texts()
    assert.deepEqual(await anna.person.texts(), texts)
    assert.equal(new Set(texts).size, texts.length, "each message once")
    for (const text of expected) assert.ok(texts.includes(text), text)
    await anna.person.close()
    await anna.person.open()
    assert.equal(anna.person.room.waiting, 0, "what was sent has left the outbox")
    const problems = (await anna.person.items()).filter(({ kind }) => kind === "problem")
    assert.deepEqual(problems, [])
  })

  it("of following others' commits", async (t) => {
    const place = await startLocalServer(t)
    const anna = crasher(t, place, "anna")
    await core.signUp(anna.person.platform, { name: "anna", password: PASSWORD })
    await anna.person.open()
    await anna.person.joined()
    for (const moment of MOMENTS)
      for (let write = 1, isOver = false; !isOver; write++) {
        assert.ok(write < WRITES_MAX)
        const name = `newcomer-${moment}-${write}`
        anna.device.plan(write, moment)
        const newcomer = Person.signUp(t, place, name)
        isOver = !(await survive(anna, async () => {
          await newcomer
          await anna.person.until(() => anna.person.room.people.some((person) => person.name === name))
          await anna.person.say(`welcome ${name}`)
          await anna.person.reaches(`welcome ${name}`, "delivered")
        }))
        const other = await newcomer
        await other.say(`hello from ${name}`)
        await anna.person.sees(`hello from ${name}`)
        await anna.person.say(`again, welcome ${name}`)
        await other.sees(`again, welcome ${name}`)
        await other.close()
      }
    const texts = await anna.person.texts()
    assert.equal(new Set(texts).size, texts.length, "each message once")
  })
})
