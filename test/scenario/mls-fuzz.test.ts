/**
 * Random operations on rooms of up to three, four or five devices: whatever happens, and in whatever order, all who are in the room
 * agree about epoch, secrets and members after every step. The seed decides every choice (not the keys, which the
 * platform makes). To run one seed alone: MLS_FUZZ_SEED=7.
 */
import assert from "node:assert/strict"
import { before, test } from "node:test"
import type { OwnCommit } from "../../src/client/core/mls/index.ts"
import { loadMlsBundle, type MlsBundle } from "../helpers/mls-bundle.ts"
import {
  assertAgreement,
  type Device,
  deliver,
  groupOf,
  makeDevice,
  makePerson,
  makeRoom,
  type Person,
} from "../helpers/mls-people.ts"
import { randomness } from "../helpers/randomness.ts"

const SEEDS = 20
const OPERATIONS = 40

let mls: MlsBundle
before(async () => {
  mls = await loadMlsBundle()
})

type Operation =
  | "message"
  | "update"
  | "enter"
  | "secondDevice"
  | "add"
  | "remove"
  | "resync"
  | "reload"
  | "race"
  | "junk"

class Run {
  readonly #random: () => number
  readonly #roomId: string
  readonly #kind: "general" | "group"
  readonly #devicesMax: number
  readonly #devices: Device[] = []
  readonly #people: Person[] = []
  /** The GroupInfo that the server would hold. */
  #groupInfo = new Uint8Array()
  readonly done = new Map<Operation, number>()

  constructor(seed: number) {
    this.#random = randomness(seed)
    this.#kind = seed % 2 === 0 ? "general" : "group"
    this.#devicesMax = 3 + (seed % 3)
    this.#roomId = this.#kind === "general" ? "general_chat" : "AAAAAAAAAAAAAAAAAAAAAA"
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.#random() * from.length)]
  }

  #present(): Device[] {
    return this.#devices.filter((device) => device.group !== undefined)
  }

  async #newPerson(): Promise<Person> {
    const person = await makePerson(mls, `person${this.#people.length}`)
    this.#people.push(person)
    return person
  }

  async start(): Promise<void> {
    const founder = await makeDevice(mls, await this.#newPerson())
    this.#devices.push(founder)
    const charter = { kind: this.#kind, founder: founder.identity.accountKey }
    await makeRoom(mls, this.#roomId, charter, this.#devices)
    this.#groupInfo = new Uint8Array(await groupOf(founder).groupInfo())
  }

  /** One random operation, and whether it applied here. */
  async step(): Promise<void> {
    const all = ["message", "update", "secondDevice", "remove", "resync", "reload", "race", "junk"] as const
    const entering = this.#kind === "general" ? (["enter", "enter"] as const) : (["add", "add"] as const)
    const operation = this.#pick<Operation>([...all, ...entering]) ?? "message"
    const actor = this.#pick(this.#present())
    assert.ok(actor)
    await this[operation](actor)
    await assertAgreement(this.#devices)
    this.done.set(operation, (this.done.get(operation) ?? 0) + 1)
  }

  async finish(): Promise<void> {
    for (const device of this.#present()) assert.ok(await groupOf(device).canFollow())
  }

  async message(actor: Device): Promise<void> {
    const plaintext = crypto.getRandomValues(new Uint8Array(Math.floor(this.#random() * 400)))
    const sent = await groupOf(actor).encrypt(plaintext, Uint8Array.of(1, 2))
    const others = this.#devices.filter((device) => device !== actor)
    for (const outcome of (await deliver(others, sent.message)).values()) {
      assert.equal(outcome.kind, "message")
      assert.deepEqual(outcome.plaintext, plaintext)
      assert.equal(outcome.sender.device, actor.identity.device)
    }
    actor.group = sent.group
    sent.consume()
  }

  /** Delivers a commit to all but its author, who takes over the state he prepared. */
  async #commit(actor: Device, made: OwnCommit): Promise<void> {
    const others = this.#devices.filter((device) => device !== actor)
    for (const outcome of (await deliver(others, made.commit)).values()) {
      assert.ok(outcome.kind === "commit" || outcome.kind === "removed", JSON.stringify(outcome))
      if (outcome.kind === "commit") assert.equal(outcome.broken, false)
    }
    actor.group = made.group
    made.consume()
    this.#groupInfo = new Uint8Array(made.groupInfo)
  }

  async update(actor: Device): Promise<void> {
    await this.#commit(actor, await groupOf(actor).update())
  }

  async #enter(device: Device, resync: boolean): Promise<void> {
    const expected = { roomId: this.#roomId, kind: this.#kind }
    const joined = await mls.core.joinExternal(device.identity, this.#groupInfo, { resync, expected })
    const others = this.#devices.filter((each) => each !== device)
    for (const outcome of (await deliver(others, joined.commit)).values()) assert.equal(outcome.kind, "commit")
    device.group = joined.group
    this.#groupInfo = new Uint8Array(joined.groupInfo)
  }

  async #makeRoomFor(person: Person): Promise<Device | undefined> {
    if (this.#present().length >= this.#devicesMax) return undefined
    const device = await makeDevice(mls, person)
    this.#devices.push(device)
    return device
  }

  async enter(): Promise<void> {
    const device = await this.#makeRoomFor(await this.#newPerson())
    if (device !== undefined) await this.#enter(device, false)
  }

  async secondDevice(actor: Device): Promise<void> {
    const device = await this.#makeRoomFor(actor.person)
    if (device !== undefined) await this.#enter(device, false)
  }

  /** Adds one to three devices of new people by one commit with a Welcome. */
  async add(actor: Device): Promise<void> {
    const newcomers: { device: Device; parts: Uint8Array; keyPackage: Uint8Array }[] = []
    for (let count = 1 + Math.floor(this.#random() * 3); count > 0; count--) {
      if (this.#present().length + newcomers.length >= this.#devicesMax) break
      const device = await makeDevice(mls, await this.#newPerson())
      const { keyPackage, privateParts } = await mls.core.makeKeyPackage(device.identity, Date.now())
      newcomers.push({ device, parts: privateParts, keyPackage })
    }
    if (newcomers.length === 0) return
    const made = await groupOf(actor).add(
      newcomers.map(({ keyPackage }) => keyPackage),
      Date.now(),
    )
    await this.#commit(actor, made)
    assert.ok(made.welcome)
    for (const { device, parts } of newcomers) {
      const expected = { roomId: this.#roomId, kind: this.#kind }
      device.group = await mls.core.joinWelcome(device.identity, made.welcome, parts, expected)
      this.#devices.push(device)
    }
  }

  /** Somebody commits the removal of one or two others, who have said that they go or whose devices are retired. */
  async remove(actor: Device): Promise<void> {
    const others = this.#present().filter((device) => device !== actor)
    const gone = new Set([this.#pick(others), this.#pick(others)].filter((device) => device !== undefined))
    if (gone.size === 0) return
    const statements: Uint8Array[] = []
    for (const { person, identity, group } of gone) {
      assert.ok(group)
      statements.push(
        this.#random() < 0.5
          ? await mls.core.signRetirement(person.key, identity.device)
          : await group.leave(person.key, group.self),
      )
    }
    const members = [...gone].map((device) => groupOf(device).self)
    await this.#commit(actor, await groupOf(actor).remove(members, statements))
    for (const device of gone) assert.equal(device.group, undefined)
  }

  async resync(actor: Device): Promise<void> {
    await this.#enter(actor, true)
  }

  async reload(actor: Device): Promise<void> {
    actor.group = mls.core.decodeGroup(actor.identity, groupOf(actor).encode())
  }

  /** Two commit at once: the server takes one, the other drops his, follows, and tries again after a crash. */
  async race(actor: Device): Promise<void> {
    const rival = this.#pick(this.#present().filter((device) => device !== actor))
    const lost = rival && (await groupOf(rival).update())
    await this.update(actor)
    if (rival === undefined || lost === undefined) return
    for (const outcome of (await deliver(this.#devices, lost.commit)).values()) assert.equal(outcome.kind, "refused")
    await this.reload(rival)
    await this.update(rival)
  }

  /** A damaged commit and a replayed message: everybody refuses both, and nothing changes. */
  async junk(actor: Device): Promise<void> {
    const sent = await groupOf(actor).encrypt(Uint8Array.of(1), new Uint8Array())
    actor.group = sent.group
    await deliver(
      this.#devices.filter((device) => device !== actor),
      sent.message,
    )
    const damaged = new Uint8Array((await groupOf(actor).update()).commit)
    const at = Math.floor(this.#random() * damaged.length)
    damaged[at] = (damaged[at] ?? 0) ^ (1 << Math.floor(this.#random() * 8))
    for (const bad of [sent.message, damaged])
      for (const outcome of (await deliver(this.#devices, bad)).values()) assert.equal(outcome.kind, "refused")
  }
}

const only = process.env["MLS_FUZZ_SEED"]
const seeds = only === undefined ? Array.from({ length: SEEDS }, (_, seed) => seed) : [Number(only)]

for (const seed of seeds)
  test(`all members agree after each of ${OPERATIONS} random operations (seed ${seed})`, async () => {
    const run = new Run(seed)
    await run.start()
    for (let operation = 0; operation < OPERATIONS; operation++) await run.step()
    await run.finish()
  })
