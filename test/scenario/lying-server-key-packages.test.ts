/**
 * A server that lies when somebody is to be added: it offers its own keys under a friend's name, other people's packages,
 * old ones, none, or the same one twice. Nobody gets in whose key the adding person does not know, the conversation says
 * that a wrong key was offered, and once the server tells the truth the friend can be added.
 */
import assert from "node:assert/strict"
import { test } from "node:test"
import type { AccountName, DeviceId, RoomId } from "../../src/client/node/index.ts"
import { type AnswerOf, API } from "../../src/shared/api.ts"
import { Person, startLocalServer } from "../helpers/core-people.ts"
import { keysOf } from "../helpers/lying-member.ts"
import { attacks, Liar, lines, refusing, shows, talk } from "../helpers/lying-server.ts"
import { loadMlsBundle } from "../helpers/mls-bundle.ts"

type Offers = AnswerOf<"claim">["devices"]

const NEVER_WHOLE = "a private chat that the server has kept its other person out of is whole when it is started again"
const DAY = 24 * 60 * 60 * 1000

test("a server that lies when people are added", async (t) => {
  const mls = await loadMlsBundle()
  const place = await startLocalServer(t)
  const server = new Liar()
  const anna = await Person.signUp(t, place, "anna", { around: server.around })
  const berta = await Person.signUp(t, place, "berta")
  const carla = await Person.signUp(t, place, "carla")
  for (const person of [anna, berta, carla]) await person.isWith(person.room.id, "anna", "berta", "carla")
  const name = berta.chat.account
  const evil = await mls.core.makeAccountKey()
  const bertas = await keysOf(mls, berta)
  const annas = await keysOf(mls, anna)

  const packageOf = async (identity: (typeof bertas)["identity"], now = Date.now()) =>
    new Uint8Array((await mls.core.makeKeyPackage(identity, now)).keyPackage)
  const forged = async (publicKey = evil.publicKey, device: string = berta.chat.device) => {
    const accountKeyPair = { publicKey, privateKey: evil.privateKey }
    return packageOf(await mls.core.makeIdentity({ name, device, accountKeyPair }))
  }

  const unnamed = async (group: RoomId) => (await lines(anna, group)).filter((line) => !line.includes("named it"))

  /** Anna adds berta to a group while the server's offers are these. */
  const adding = async (lie: (offers: Offers) => Offers | Promise<Offers>) => {
    const group = await anna.chat.startGroup({ name: "Books", people: [] })
    await anna.isIn(group)
    server.answers(API.claim, async ({ devices }) => ({ devices: await lie(devices) }))
    await anna.chat.addPeople(group, [name])
    return group
  }

  /** A wrong key is shown, nobody gets in; and when the server tells the truth, berta does. */
  const refused = async (lie: Parameters<typeof adding>[0], whose = "berta") => {
    const group = await adding(lie)
    await shows(anna, group, `wrong-key (${whose})`)
    assert.deepEqual(await unnamed(group), ["anna you-joined by anna", `wrong-key (${whose})`])
    assert.deepEqual(
      anna.view(group)?.people.map((person) => person.name),
      ["anna"],
    )
    server.tellTheTruth()
    await anna.chat.addPeople(group, [name])
    await berta.isWith(group, "anna", "berta")
    await talk(group, anna, berta)
  }
  const instead = (keyPackage: () => Promise<Uint8Array<ArrayBuffer>>) => async (offers: Offers) =>
    Promise.all(offers.map(async (offer) => ({ ...offer, keyPackage: await keyPackage() })))

  await attacks(t, [server], {
    "the server's own key under a friend's name is not added, and shown": () => refused(instead(forged)),
    "a friend's true account key over a leaf key that it never signed is not added, and shown": () =>
      refused(instead(() => forged(bertas.identity.accountKey))),
    "a friend's package under the id of another device is not added, and shown": () =>
      refused((offers) => offers.map((offer) => ({ ...offer, device: carla.chat.device }))),
    "somebody else's package under a friend's name is not added, and shown": () =>
      refused(instead(async () => packageOf((await keysOf(mls, carla)).identity))),
    "one's own package under a friend's name is not added, and shown": () =>
      refused(instead(() => packageOf(annas.identity))),
    "garbage in the place of a package is not added, and shown": () =>
      refused(instead(async () => new Uint8Array(100).fill(7))),
    "a package of somebody who was not asked for is not added, and shown": () =>
      refused(async (offers) => {
        const keyPackage = await packageOf((await keysOf(mls, carla)).identity)
        return [...offers, { account: carla.chat.account, device: carla.chat.device, keyPackage }].slice(1)
      }, "carla"),
    "a ghost beside a friend's devices keeps all of them out, and is shown": () =>
      refused(async (offers) => {
        const device = "Z2hvc3QgZ2hvc3QgZ2hvcw" as DeviceId
        const keyPackage = await forged(bertas.identity.accountKey, device)
        return [...offers, { account: name, device, keyPackage }]
      }),

    "a ghost of one's own account is not added when a group is started": async () => {
      server.answers(API.claim, async ({ devices }) => {
        const device = "Z2hvc3QgZ2hvc3QgZ2hvcw" as DeviceId
        const accountKeyPair = { publicKey: annas.identity.accountKey, privateKey: evil.privateKey }
        const keyPackage = await packageOf(await mls.core.makeIdentity({ name: "anna", device, accountKeyPair }))
        return { devices: [...devices, { account: anna.chat.account, device, keyPackage }] }
      })
      const group = await anna.chat.startGroup({ name: "Books", people: [name] })
      await berta.isWith(group, "anna", "berta")
      server.tellTheTruth()
      await talk(group, anna, berta)
      assert.deepEqual(
        anna.view(group)?.people.map(({ devices }) => devices),
        [1, 1],
      )
    },

    "an expired package adds nobody: the friend is still about to be added, and is once there is a good one":
      async () => {
        const group = await adding(instead(() => packageOf(bertas.identity, Date.now() - 60 * DAY)))
        await server.asksFor("/claim", 2)
        assert.deepEqual(anna.view(group)?.adding, ["berta"])
        assert.deepEqual(await unnamed(group), ["anna you-joined by anna"])
        server.tellTheTruth()
        await anna.chat.addPeople(group, [name])
        await berta.isWith(group, "anna", "berta")
        await talk(group, anna, berta)
      },

    "a claim that no such person exists is shown as the room's trouble": async () => {
      const group = await anna.chat.startGroup({ name: "Books", people: [] })
      await anna.isIn(group)
      server.instead(API.claim, () => refusing("not_found"))
      await anna.chat.addPeople(group, [name])
      await anna.until(() => anna.view(group)?.trouble === "not_found")
      assert.deepEqual(anna.view(group)?.adding, ["berta"])
      server.tellTheTruth()
      await anna.chat.addPeople(group, [name])
      await berta.isWith(group, "anna", "berta")
      assert.equal(anna.view(group)?.trouble, undefined)
    },

    "a device that is offered twice in one claim gets in once or not at all": async () => {
      const group = await adding((offers) => [...offers, ...offers])
      await anna.until(() => anna.view(group)?.trouble === "refused" || anna.view(group)?.people.length === 2)
      server.tellTheTruth()
      await anna.chat.addPeople(group, [name])
      await berta.isWith(group, "anna", "berta")
      await talk(group, anna, berta)
      assert.deepEqual(
        anna.view(group)?.people.map(({ devices }) => devices),
        [1, 1],
      )
    },

    "a package that is given out a second time: the friend comes in by herself, and a line says what she missed":
      async () => {
        let first: Offers = []
        await berta.isWith(
          await adding((offers) => {
            first = offers
            return offers
          }),
          "anna",
          "berta",
        )
        server.tellTheTruth()
        await berta.close()
        const group = await adding(() => first)
        await anna.isWith(group, "anna", "berta")
        await anna.say("said meanwhile", group)
        await anna.until(async () => anna.view(group)?.waiting === 0)
        server.tellTheTruth()
        await berta.open()
        await berta.isIn(group)
        await talk(group, anna, berta)
        const seen = await lines(berta, group)
        assert.ok(
          seen.some((line) => line === "anna: said meanwhile" || line.startsWith("rejoined")),
          seen.join(),
        )
      },

    "a server that leaves out a device shows the friend with the others, and the device comes in by itself":
      async () => {
        const laptop = await Person.logIn(t, place, "berta")
        await anna.until(() => anna.room.people.find((person) => person.name === name)?.devices === 2)
        const group = await adding((offers) => offers.filter(({ device }) => device === berta.chat.device))
        await anna.isWith(group, "anna", "berta")
        assert.equal(anna.view(group)?.people.find((person) => person.name === name)?.devices, 1)
        server.tellTheTruth()
        await laptop.close()
        await laptop.open()
        await laptop.isIn(group)
        await talk(group, anna, berta, laptop)
        assert.equal(anna.view(group)?.people.find((person) => person.name === name)?.devices, 2)
        await laptop.close()
      },

    "a wrong key for the other person of a private chat is shown, and nothing that is said there goes to it":
      async () => {
        server.answers(API.claim, async ({ devices }) => ({
          devices: await Promise.all(devices.map(async (offer) => ({ ...offer, keyPackage: await forged() }))),
        }))
        const chat = await anna.chat.startPrivate(name as AccountName)
        await shows(anna, chat, "wrong-key (berta)")
        assert.deepEqual(
          anna.view(chat)?.people.map((person) => person.name),
          ["anna"],
        )
        server.tellTheTruth()
      },

    [NEVER_WHOLE]: async () => {
      const chat = await anna.chat.startPrivate(name)
      const names = anna.view(chat)?.people.map((person) => person.name) ?? []
      assert.ok([...names, ...(anna.view(chat)?.adding ?? [])].includes(name), "berta is in or about to be")
      await berta.isWith(chat, "anna", "berta")
      await talk(chat, anna, berta)
    },
  })
})
