/**
 * A member of a group who follows no rules: he speaks the protocol with his own code to the real server, and the others are
 * real clients. Whatever he posts, all of them decide alike, see the same lines, stay in one group and go on talking.
 */
import assert from "node:assert/strict"
import { test } from "node:test"
import type { Proposal } from "ts-mls/proposal.js"

import { writeLabel } from "../../src/shared/label.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { Person, startLocalServer } from "../helpers/core-people.ts"
import { assertOneGroup, keysOf, Rogue, storedIn } from "../helpers/lying-member.ts"
import { attacks, Liar, lines, shows, talk } from "../helpers/lying-server.ts"
import { loadMlsBundle } from "../helpers/mls-bundle.ts"

const utf8 = (text: string) => new TextEncoder().encode(text)

const CONTROL = "a name of control characters and reversed letters is not shown as it came"
const FORK = "a commit whose GroupInfo leads elsewhere: a device that joins by it finds the others in the end"
const SPEECHLESS = "the server is told that somebody is removed who is not: she hears of it before she speaks"

test("a member of a group who follows no rules", async (t) => {
  const mls = await loadMlsBundle()
  const place = await startLocalServer(t)
  const quick = () => ({ around: new Liar().around })
  const anna = await Person.signUp(t, place, "anna", quick())
  const berta = await Person.signUp(t, place, "berta", quick())
  const carla = await Person.signUp(t, place, "carla", quick())
  const mallory = await Person.signUp(t, place, "mallory", quick())
  const names = ["anna", "berta", "carla", "mallory"]
  for (const person of [anna, berta, carla, mallory]) await person.isWith(person.room.id, ...names)
  const honest = [anna, berta]
  const evil = await mls.core.makeAccountKey()
  const group = await anna.chat.startGroup({ name: "Books", people: [berta.chat.account, mallory.chat.account] })
  for (const person of [...honest, mallory]) await person.isWith(group, "anna", "berta", "mallory")
  for (const person of honest) await person.until(() => person.view(group)?.name === "Books")
  await talk(group, ...honest, mallory)

  const leafOf = (rogue: Rogue, name: string) =>
    rogue.group.members().find((member) => member.name === name)?.leafIndex ?? -1
  const remove = (removed: number): Proposal => ({ proposalType: "remove", remove: { removed } })
  const epoch = async (person: Person) => (await storedIn(mls, person, group))?.group.epoch ?? -1

  let isAway = false
  /** Mallory's own client stops, and his own code goes on. */
  const rogue = async () => {
    if (isAway) {
      await back()
      await talk(group, ...honest, mallory)
    }
    isAway = true
    return Rogue.of(mls, mallory, group)
  }
  /** Mallory's own client is there again, and has caught up with the others. */
  const back = async () => {
    const at = await epoch(anna)
    await mallory.open()
    await mallory.until(async () => (await epoch(mallory)) >= at)
    isAway = false
  }

  /**
   * Mallory does something. The honest members see the same new lines, are in one group with the same people, and talk
   * with each other and, once his own client is back, with him. Resolves to the lines.
   */
  async function alike(attack: (rogue: Rogue) => Promise<unknown>, settled: () => Promise<unknown>): Promise<string[]> {
    const taken = await rogue()
    const before = await Promise.all(honest.map((person) => lines(person, group)))
    await attack(taken)
    await settled()
    await talk(group, ...honest)
    const after = await Promise.all(honest.map((person) => lines(person, group)))
    const news = after.map((all, index) => all.slice(before[index]?.length).filter((line) => !/ says \d+$/.test(line)))
    assert.deepEqual(news[0], news[1])
    await assertOneGroup(mls, group, ...honest)
    for (const person of honest) await person.isWith(group, "anna", "berta", "mallory")
    await back()
    await talk(group, ...honest, mallory)
    await assertOneGroup(mls, group, ...honest, mallory)
    return news[0] ?? []
  }

  /** A commit that all refuse: each sees that, and one of them makes a good one. */
  async function refused(make: (rogue: Rogue) => Promise<Uint8Array>): Promise<void> {
    const at = await epoch(anna)
    const healed = (person: Person) => person.until(async () => (await epoch(person)) > at)
    const news = await alike(
      async (rogue) => assert.equal((await rogue.post({ commit: await make(rogue) })).status, 200),
      () => Promise.all(honest.map(healed)),
    )
    assert.deepEqual(news, ["refused (mallory)"])
  }
  const committing =
    (...extraProposals: Proposal[]) =>
    async (rogue: Rogue) =>
      (await rogue.attacker.commit(rogue.state, { extraProposals })).message
  const adding = (identity: Parameters<Rogue["attacker"]["keyPackage"]>[0]) => async (rogue: Rogue) => {
    const { keyPackage } = await rogue.attacker.keyPackage(identity)
    return committing({ proposalType: "add", add: { keyPackage } })(rogue)
  }
  const impostor = (name: string, publicKey: Uint8Array, device: string) =>
    mls.core.makeIdentity({ name, device, accountKeyPair: { publicKey, privateKey: evil.privateKey } })

  /** Messages of any content; what all see of them. */
  const said = (make: (rogue: Rogue) => Promise<Uint8Array[]>, answers: readonly string[]) =>
    alike(
      async (rogue) => {
        assert.deepEqual(await rogue.send(...(await make(rogue))), answers)
        // So that his own client, which knows nothing of these messages, finds that it has to join again.
        const { commit, groupInfo } = await rogue.group.update()
        await rogue.post({ commit, groupInfo })
      },
      async () => undefined,
    )
  const saying = (what: string, kind: "message" | "name") => async (rogue: Rogue) => [await rogue.say(what, kind)]
  const unchanged = () => Promise.all(honest.map((person) => person.isWith(group, "anna", "berta", "mallory")))

  await attacks(t, [], {
    "throwing somebody out without the right to is refused by all, and shown": () =>
      refused((rogue) => committing(remove(leafOf(rogue, "berta")))(rogue)),
    "throwing the founder out is refused by all, and shown": () =>
      refused((rogue) => committing(remove(leafOf(rogue, "anna")))(rogue)),
    "removing a leaf far outside the tree is refused by all, and shown": () =>
      refused((rogue) =>
        rogue.attacker.forgedCommit(rogue.state, [{ proposalOrRefType: "proposal", proposal: remove(1000) }]),
      ),
    "a second key under a member's name is refused by all, and shown": async () =>
      refused(adding(await impostor("berta", evil.publicKey, berta.chat.device))),
    "a ghost device under a member's name and key is refused by all, and shown": async () =>
      refused(
        adding(await impostor("berta", (await keysOf(mls, berta)).identity.accountKey, "Z2hvc3QgZ2hvc3QgZ2hvcw")),
      ),
    "a changed charter is refused by all, and shown": () =>
      refused((rogue) => {
        const extensions = mls.charter.writeCharter({ kind: "group", founder: rogue.keys.identity.accountKey })
        const proposal: Proposal = {
          proposalType: "group_context_extensions",
          groupContextExtensions: { extensions },
        }
        return rogue.attacker.forgedCommit(rogue.state, [{ proposalOrRefType: "proposal", proposal }])
      }),
    "a removal on a statement that its person did not sign is refused by all, and shown": () =>
      refused(async (rogue) => {
        const authenticatedData = mls.departure.writeCarried([
          { leafIndex: leafOf(rogue, "berta"), scope: "device", signature: new Uint8Array(64).fill(1) },
        ])
        const options = { extraProposals: [remove(leafOf(rogue, "berta"))], authenticatedData }
        return (await rogue.attacker.commit(rogue.state, options)).message
      }),

    "one's own message a second time is shown as damaged to all": async () =>
      assert.deepEqual(
        await said(
          async (rogue) => {
            const [message] = await saying('{"type":"text","text":"once"}', "message")(rogue)
            assert.ok(message)
            return [message, message]
          },
          ["sent", "sent"],
        ),
        ["mallory: once", "damaged (mallory)"],
      ),
    "words that do not fit their commitment are shown as damaged to all": async () =>
      assert.deepEqual(
        await said(
          async (rogue) => {
            const plaintext = new Uint8Array([...new Uint8Array(32), ...utf8('{"type":"text","text":"denied later"}')])
            const label = writeLabel({ kind: "message", commitment: new Uint8Array(32).fill(9) })
            return [(await rogue.group.encrypt(plaintext, label)).message]
          },
          ["sent"],
        ),
        ["damaged (mallory)"],
      ),
    "a name that is too long renames nothing, and is shown as unknown to all": async () => {
      const name = "n".repeat(LIMITS.roomNameMax + 1)
      assert.deepEqual(await said(saying(JSON.stringify({ type: "name", name }), "name"), ["sent"]), [
        "unknown (mallory)",
      ])
      for (const person of honest) assert.equal(person.view(group)?.name, "Books")
    },
    "content that is no content is shown as damaged or unknown to all": async () => {
      assert.deepEqual(await said(saying("[[[[", "message"), ["sent"]), ["damaged (mallory)"])
      assert.deepEqual(await said(saying('{"type":"text"}', "message"), ["sent"]), ["unknown (mallory)"])
    },
    [CONTROL]: async () => {
      const name = "Bo\u202eoks\n\u0000x"
      await said(saying(JSON.stringify({ type: "name", name }), "name"), ["sent"])
      const shown = honest.map((person) => person.view(group)?.name ?? "")
      await anna.chat.renameGroup(group, "Books")
      for (const person of honest) await person.until(() => person.view(group)?.name === "Books")
      for (const each of shown) assert.doesNotMatch(each, /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
    },
    "commits and group states that are too large are refused by the server": async () => {
      await alike(async (rogue) => {
        const [commit, groupInfo] = [LIMITS.commitMax + 1, LIMITS.groupInfoMax + 1].map((size) => new Uint8Array(size))
        const good = (await rogue.group.update()).commit
        for (const posted of [{ commit: commit ?? good }, { commit: good, groupInfo: groupInfo ?? good }])
          assert.ok([400, 413].includes((await rogue.post(posted)).status))
      }, unchanged)
    },

    "the server is told of somebody who was added and is not: nobody sees her, and she sees nothing": async () => {
      await alike(async (rogue) => {
        const { commit, groupInfo } = await rogue.group.update()
        const added = [carla.chat.device]
        assert.equal((await rogue.post({ commit, groupInfo, added, welcome: utf8("no welcome") })).status, 200)
      }, unchanged)
      assert.equal(carla.view(group), undefined)
      await talk(carla.room.id, carla, anna)
    },
    "the server is told that somebody is removed who is not: when she speaks she is back, and a line says so":
      async () => {
        const taken = await rogue()
        const { commit, groupInfo } = await taken.group.update()
        const removed = [berta.chat.device]
        assert.equal((await taken.post({ commit, groupInfo, removed })).status, 200)
        await anna.until(async () => (await epoch(anna)) === (await taken.group.update()).group.epoch)
        await berta.say("am I out?", group)
        await anna.sees("am I out?", group)
        await talk(group, anna, berta)
        assert.ok((await lines(berta, group)).some((line) => line.startsWith("rejoined")))
        await assertOneGroup(mls, group, anna, berta)
      },
    [SPEECHLESS]: async () => {
      const taken = await rogue()
      const before = (await lines(berta, group)).length
      const { commit, groupInfo, group: next } = await taken.group.update()
      const at = await epoch(anna)
      assert.equal((await taken.post({ commit, groupInfo, removed: [berta.chat.device] })).status, 200)
      assert.equal(next.epoch, at + 1)
      for (const person of honest) await person.until(async () => (await epoch(person)) > at)
      await anna.say("does she hear me?", group)
      await anna.until(() => anna.view(group)?.waiting === 0)
      await talk(anna.room.id, anna, berta)
      const hears = (await lines(berta, group)).slice(before).some((line) => /does she hear|rejoined/.test(line))
      await berta.say("back", group)
      await anna.sees("back", group)
      assert.ok(hears)
    },
    "a statement that somebody else leaves is refused by the server, or believed by nobody": async () => {
      await alike(async (rogue) => {
        const device = Buffer.from(berta.chat.device, "base64url")
        const keys = [(await keysOf(mls, berta)).identity.accountKey, rogue.keys.identity.accountKey]
        const [bertas, own] = keys.map((key) => Uint8Array.of(1, ...device, ...key, ...new Uint8Array(64)))
        assert.ok(bertas && own)
        assert.equal((await rogue.depart(bertas)).status, 400)
        await rogue.depart(own)
      }, unchanged)
    },
    "a commit whose keys don't fit its secrets: all join again, a line says so, and all are in one group": async () => {
      const taken = await rogue()
      const made = await taken.brokenCommit()
      const groupInfo = await taken.groupInfoOf(made.newState)
      assert.equal((await taken.post({ commit: made.message, groupInfo })).status, 200)
      for (const person of honest)
        await person.until(async () => (await lines(person, group)).some((line) => line === "rejoined (mallory)"))
      // The commit itself leads to one more epoch, and then each of the two joins again.
      for (const person of honest) await person.until(async () => (await epoch(person)) >= taken.group.epoch + 3)
      await talk(group, ...honest)
      await back()
      await talk(group, ...honest, mallory)
      await assertOneGroup(mls, group, ...honest, mallory)
    },
    // The last one, because the group does not come to rest any more.
    [FORK]: async () => {
      const taken = await rogue()
      const [followed, elsewhere] = [await taken.group.update(), await taken.group.update()]
      const { status } = await taken.post({ commit: followed.commit, groupInfo: elsewhere.groupInfo })
      assert.equal(status, 200)
      for (const person of honest) await person.until(async () => (await epoch(person)) === followed.group.epoch)
      const laptop = await Person.logIn(t, place, "berta", quick())
      await laptop.isIn(group)
      const heals = async () => (await lines(anna, group)).filter((line) => line.startsWith("refused (")).length
      const before = await heals()
      const never = anna
        .until(async () => (await heals()) > before + 6)
        .then(() => assert.fail("they refuse each other's commits for ever"))
      const meets = async () => {
        const entries = async () => (await lines(laptop, group)).filter((line) => line === "berta you-joined").length
        await laptop.until(async () => (await entries()) > 1)
        await shows(laptop, group, "rejoined")
        await talk(group, ...honest, laptop)
      }
      await Promise.race([meets(), never]).finally(() => laptop.close())
    },
  })
})
