/**
 * A server that lies to somebody who was added to a room: it exchanges Welcomes, damages or withholds them, plays old ones
 * back, and invites to rooms that it made up together with one of the members. She gets into the room that was meant, or
 * into none; a room that is not what it seems is never shown.
 */
import assert from "node:assert/strict"
import { test } from "node:test"
import type { RoomId } from "../../src/client/node/index.ts"
import { API } from "../../src/shared/api.ts"
import { privateRoomId } from "../../src/shared/private-room.ts"
import { Person, startLocalServer } from "../helpers/core-people.ts"
import { keysOf } from "../helpers/lying-member.ts"
import { attacks, changing, Liar, lines, refusing, talk } from "../helpers/lying-server.ts"
import { Attacker } from "../helpers/mls-attacker.ts"
import { loadMlsBundle } from "../helpers/mls-bundle.ts"

const WITHHELD = "a Welcome that is withheld: she comes in by herself, and a line says what she missed"
const PLAYED_BACK = "a Welcome from before somebody was removed does not bring him back into her room unseen"
const MADE_UP = "bWFkZSB1cCBieSBzb21lYg" as RoomId

test("a server that lies to somebody who was added", async (t) => {
  const mls = await loadMlsBundle()
  const attacker = await Attacker.of(mls)
  const place = await startLocalServer(t)
  const [server, toAnna] = [new Liar(), new Liar()]
  let lastResort = new Uint8Array()
  server.instead(API.keyPackages, ({ body }) => {
    lastResort = API.keyPackages.body.parse(body, "body").lastResort ?? lastResort
    return undefined
  })
  const anna = await Person.signUp(t, place, "anna", { around: toAnna.around })
  const berta = await Person.signUp(t, place, "berta", { around: server.around })
  const mallory = await Person.signUp(t, place, "mallory")
  for (const person of [anna, berta, mallory]) await person.isWith(person.room.id, "anna", "berta", "mallory")
  const name = berta.chat.account
  const [bertas, mallorys] = [await keysOf(mls, berta), await keysOf(mls, mallory)]
  const evil = await mls.core.makeAccountKey()

  const at = (path: string, room: RoomId) => path.replace(":room", room)
  const realPackage = async () => {
    const asked = API.claim.body.write({ accounts: [name] })
    const { body } = await mallory.platform.request("POST", API.claim.path, asked)
    const keyPackage = API.claim.answer.parse(body, "answer").devices[0]?.keyPackage
    assert.ok(keyPackage)
    return keyPackage
  }

  /** Anna starts groups with berta while berta is away, and says something in each. */
  const startedWhileAway = async (count: number) => {
    await berta.close()
    const groups: RoomId[] = []
    for (let each = 0; each < count; each++) {
      const group = await anna.chat.startGroup({ name: `Group ${each}`, people: [name] })
      await anna.isWith(group, "anna", "berta")
      await anna.say("before you came", group)
      await anna.until(async () => anna.view(group)?.waiting === 0)
      groups.push(group)
    }
    return groups
  }
  const comesIn = async (groups: readonly RoomId[]) => {
    await berta.open()
    for (const group of groups) {
      await berta.isWith(group, "anna", "berta")
      await talk(group, anna, berta)
    }
  }

  /** Mallory and the server invite berta to a room of this kind. Nothing of it is shown; it is tried, and tried again. */
  const invitedToNothing = async (
    room: RoomId,
    kind: "private" | "group",
    welcome: Uint8Array,
    groupInfo: Uint8Array,
  ) => {
    const before = berta.chat.rooms().map(({ id }) => id)
    const answer = { seq: 0, at: 1, welcome: new Uint8Array(welcome) }
    server.instead({ ...API.welcome, path: at(API.welcome.path, room) }, () => ({
      status: 200,
      body: API.welcome.answer.write(answer),
    }))
    server.instead({ ...API.groupInfo, path: at(API.groupInfo.path, room) }, () => ({
      status: 200,
      body: API.groupInfo.answer.write({ seq: 0, groupInfo: new Uint8Array(groupInfo) }),
    }))
    const tried = server.asksFor(at(API.welcome.path, room))
    server.push({ type: "invited", room, kind, seq: 0 })
    await tried
    await talk(berta.room.id, anna, berta)
    assert.deepEqual(
      berta.chat.rooms().map(({ id }) => id),
      before,
    )
    assert.ok(!server.asked.includes(`POST ${at(API.commit.path, room)}`), "she sends nothing there")
  }
  const privateChat = async (room: RoomId, founder: typeof mallorys) => {
    const accounts = [founder.identity.accountKey, bertas.identity.accountKey] as const
    const charter = { kind: "private", founder: founder.identity.accountKey, accounts } as const
    return (await mls.core.createGroup(founder.identity, room, charter)).group
  }
  const invitedToPrivate = async (room: RoomId, founder: typeof mallorys, kind: "private" | "group" = "private") => {
    const alone = await privateChat(room, founder)
    const { welcome, groupInfo } = await alone.add([await realPackage()], Date.now())
    assert.ok(welcome)
    await invitedToNothing(room, kind, welcome, groupInfo)
  }

  await attacks(t, [server, toAnna], {
    "the Welcome of another room in the place of the right one: she gets into both": async () => {
      const [one, other] = await startedWhileAway(2)
      assert.ok(one && other)
      server.answers(API.welcome, async (_, room) => {
        const { body } = await berta.device.request("GET", at(API.welcome.path, room === one ? other : one))
        return API.welcome.answer.parse(body, "answer")
      })
      await comesIn([one, other])
    },
    "a Welcome with a changed byte: she comes in by herself": async () => {
      const groups = await startedWhileAway(1)
      server.answers(API.welcome, (truth) => {
        const welcome = truth.welcome.slice()
        welcome[welcome.length - 40] = (welcome.at(-40) ?? 0) ^ 1
        return { ...truth, welcome }
      })
      await comesIn(groups)
    },
    "garbage in the place of a Welcome: she comes in by herself": async () => {
      const groups = await startedWhileAway(1)
      server.answers(API.welcome, (truth) => ({ ...truth, welcome: new Uint8Array(500).fill(3) }))
      await comesIn(groups)
    },
    [WITHHELD]: async () => {
      const groups = await startedWhileAway(1)
      server.instead(API.welcome, () => refusing("not_found"))
      await comesIn(groups)
      const seen = await lines(berta, groups[0])
      assert.ok(
        seen.some((line) => line === "anna: before you came" || line.startsWith("rejoined")),
        seen.join(),
      )
    },
    "a Welcome under too high a number: with the next connection she joins again, and a line says so": async () => {
      const groups = await startedWhileAway(1)
      server.answers(API.welcome, (truth) => ({ ...truth, seq: truth.seq + 1_000 }))
      await berta.open()
      await berta.isIn(groups[0] as RoomId)
      server.tellTheTruth()
      const settled = new Promise<void>((resolve) => {
        server.answers(API.welcomed, () => {
          resolve()
          return undefined
        })
      })
      server.cut()
      await settled
      server.cut()
      await berta.until(async () => (await lines(berta, groups[0])).some((line) => line.startsWith("rejoined")))
      await talk(groups[0] as RoomId, anna, berta)
    },
    "a private chat under an id that its keys do not lead to is never shown": () => invitedToPrivate(MADE_UP, mallorys),
    "a private chat that is said to be a group is never shown": async () =>
      invitedToPrivate(
        await privateRoomId(mallorys.identity.accountKey, bertas.identity.accountKey),
        mallorys,
        "group",
      ),
    "a private chat with another key under a friend's name is never shown": async () => {
      const accountKeyPair = evil
      const identity = await mls.core.makeIdentity({ name: "anna", device: anna.chat.device, accountKeyPair })
      const room = await privateRoomId(identity.accountKey, bertas.identity.accountKey)
      await invitedToPrivate(room, { identity, account: evil })
    },
    "a private chat with somebody whom nobody knows is never shown": async () => {
      const identity = await mls.core.makeIdentity({ name: "zara", device: anna.chat.device, accountKeyPair: evil })
      const room = await privateRoomId(identity.accountKey, bertas.identity.accountKey)
      await invitedToPrivate(room, { identity, account: evil })
    },
    "a private chat with a third person in it is never shown": async () => {
      const room = await privateRoomId(mallorys.identity.accountKey, bertas.identity.accountKey)
      const state = attacker.stateOf(await privateChat(room, mallorys))
      const device = anna.chat.device
      const third = await mls.core.makeIdentity({ name: "zara", device, accountKeyPair: evil })
      const keyPackages = [mls.wire.readKeyPackage(await realPackage()), (await attacker.keyPackage(third)).keyPackage]
      const extraProposals = keyPackages.map((keyPackage) => ({ proposalType: "add" as const, add: { keyPackage } }))
      const made = await mls.createCommit.createCommit(
        { state, cipherSuite: attacker.suite },
        { extraProposals, ratchetTreeExtension: true },
      )
      assert.ok(made.welcome)
      const { encodeMlsMessage } = mls.messages
      const welcome = encodeMlsMessage({ version: "mls10", wireformat: "mls_welcome", welcome: made.welcome })
      const info = await mls.createCommit.createGroupInfoWithExternalPubAndRatchetTree(
        made.newState,
        [],
        attacker.suite,
      )
      const groupInfo = encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo: info })
      await invitedToNothing(room, "private", welcome, groupInfo)
    },
    "an invitation to a room that does not exist is tried, and never shown": async () => {
      const tried = server.asksFor(at(API.groupInfo.path, MADE_UP))
      server.push({ type: "invited", room: MADE_UP, kind: "group", seq: 0 })
      await tried
      assert.equal(berta.view(MADE_UP), undefined)
      await talk(berta.room.id, anna, berta)
    },
    "an invitation to a room that she is in, with no Welcome: she joins again, and a line says so": async () => {
      const group = await anna.chat.startGroup({ name: "Again", people: [name] })
      await berta.isWith(group, "anna", "berta")
      await talk(group, anna, berta)
      server.push({ type: "invited", room: group, kind: "group", seq: 1_000 })
      await berta.until(async () => (await lines(berta, group)).some((line) => line.startsWith("rejoined")))
      await berta.isIn(group)
      await talk(group, anna, berta)
    },
    [PLAYED_BACK]: async () => {
      toAnna.answers(API.claim, ({ devices }) => ({
        devices: devices.map((each) => (each.account === name ? { ...each, keyPackage: lastResort } : each)),
      }))
      let old: Uint8Array<ArrayBuffer> | undefined
      server.answers(API.welcome, (truth) => {
        old ??= truth.welcome
        return truth
      })
      const group = await anna.chat.startGroup({ name: "Played back", people: [name, mallory.chat.account] })
      for (const person of [anna, berta, mallory]) await person.isWith(group, "anna", "berta", "mallory")
      await anna.chat.removePerson(group, mallory.chat.account)
      for (const person of [anna, berta]) await person.isWith(group, "anna", "berta")
      await talk(group, anna, berta)
      assert.ok(old)
      const welcome = old
      server.tellTheTruth()
      server.instead(API.welcome, () => ({
        status: 200,
        body: API.welcome.answer.write({ seq: 100, at: 1, welcome }),
      }))
      const tried = server.asksFor(`GET ${at(API.welcome.path, group)}`)
      server.push({ type: "invited", room: group, kind: "group", seq: 100 })
      await tried
      await berta.isIn(group)
      const people: string[] = berta.view(group)?.people.map((person) => person.name) ?? []
      const seen = await lines(berta, group)
      const isShown = seen.some((line) => line.startsWith("mallory joined"))
      server.tellTheTruth()
      server.cut()
      await berta.isWith(group, "anna", "berta")
      await talk(group, anna, berta)
      assert.ok(!people.includes("mallory") || isShown, `${people} ${seen}`)
    },
    "a Welcome for a room without its kind: what the server calls it makes no difference": async () => {
      server.frames = changing("invited", (message) => [{ ...message, kind: "private" }])
      const group = await anna.chat.startGroup({ name: "Called private", people: [name] })
      await anna.isWith(group, "anna", "berta")
      await talk(berta.room.id, anna, berta)
      assert.equal(berta.view(group), undefined)
      server.tellTheTruth()
      await berta.close()
      await berta.open()
      await berta.isWith(group, "anna", "berta")
      assert.equal(berta.view(group)?.kind, "group")
      await talk(group, anna, berta)
    },
    "a Welcome under too low a number: she misses something, joins again, and a line says so": async () => {
      const group = await anna.chat.startGroup({ name: "Low", people: [] })
      await anna.isIn(group)
      server.answers(API.welcome, (truth) => ({ ...truth, seq: truth.seq - 1 }))
      await anna.chat.addPeople(group, [name])
      await berta.isWith(group, "anna", "berta")
      server.tellTheTruth()
      await anna.say("not for her", group)
      await berta.until(async () => (await lines(berta, group)).some((line) => line.startsWith("rejoined")))
      await berta.isIn(group)
      await talk(group, anna, berta)
    },
  })
})
