/**
 * A server that lies about what a room's log holds and how its group stands: forged commits, a fork, a hidden removal, old
 * and made-up group states. What is not true is refused and shown, and with the truth the room goes on.
 */
import assert from "node:assert/strict"
import { test } from "node:test"
import type { MessageId } from "../../src/client/node/index.ts"
import { API } from "../../src/shared/api.ts"

import type { Person } from "../helpers/core-people.ts"
import { storedIn } from "../helpers/lying-member.ts"
import { liedTo } from "../helpers/lying-room.ts"
import { attacks, changing, lines, shows, talk } from "../helpers/lying-server.ts"
import { Attacker } from "../helpers/mls-attacker.ts"

test("a server that lies about a room's commits", async (t) => {
  const room = await liedTo(t)
  const { mls, server, anna, berta, mallory, group, mallorys, evil, stored, news, truth, recovers, ofGroup } = room
  const attacker = await Attacker.of(mls)

  /** A commit that never was in the log: refused, shown, and changes nothing. */
  const forged = async (make: (groupInfo: Uint8Array) => Promise<Uint8Array>) => {
    const { group: current, cursor } = await stored(berta)
    const commit = await make(await current.groupInfo())
    const news0 = await news(async () => {
      const { account: sender, device } = mallory.chat
      const message = new Uint8Array(commit)
      const id = "AAAAAAAAAAAAAAAAAAAAAA" as MessageId
      server.push({ type: "entry", room: group, seq: cursor + 1, at: 1, kind: "commit", sender, device, id, message })
      await berta.until(async () => (await stored(berta)).cursor > cursor)
    })
    assert.deepEqual(news0, ["refused (mallory)"])
    assert.deepEqual(
      berta.view(group)?.people.map(({ name }) => name),
      ["anna", "berta"],
    )
    await recovers()
  }
  const external = async (identity: typeof mallorys.identity, groupInfo: Uint8Array, evict?: string) => {
    const { publicMessage } = await attacker.externalCommit(
      identity,
      groupInfo,
      evict === undefined
        ? undefined
        : ({ credential }) => credential.credentialType === "basic" && Buffer.from(credential.identity).includes(evict),
    )
    return attacker.publicMessage(publicMessage)
  }

  const charterOf = async () => (await stored(berta)).group.charter
  const packagesOf = async (...people: readonly Person[]) => {
    const accounts = people.map(({ chat }) => chat.account)
    const claimed = await mallory.platform.request("POST", API.claim.path, API.claim.body.write({ accounts }))
    return API.claim.answer.parse(claimed.body, "answer").devices.map(({ keyPackage }) => keyPackage)
  }
  /** The server says that berta has to join again, offers a group of its own, and takes whatever she posts. */
  const offers = async (groupInfo: Uint8Array) => {
    const { cursor } = await stored(berta)
    server.frames = changing("ready", (ready) => [ofGroup(ready, { behind: "behind" })])
    server.answers(API.groupInfo, () => ({ seq: cursor, groupInfo: new Uint8Array(groupInfo) }))
    server.instead({ ...API.commit, path: API.commit.path.replace(":room", group) }, () => ({
      status: 200,
      body: API.commit.answer.write({ seq: cursor + 1_000, at: 1 }),
    }))
    server.cut()
  }

  await attacks(t, [server], {
    "a forged external commit of a stranger is refused, and shown": () =>
      forged((groupInfo) => external(mallorys.identity, groupInfo)),
    "a forged external commit that throws a member out is refused, and shown": () =>
      forged((groupInfo) => external(mallorys.identity, groupInfo, "anna")),
    "a forged external commit under a member's name and another key is refused, and shown": () =>
      forged(async (groupInfo) => {
        const identity = await mls.core.makeIdentity({
          name: "anna",
          device: "Z2hvc3QgZ2hvc3QgZ2hvcw",
          accountKeyPair: evil,
        })
        return external(identity, groupInfo)
      }),
    "garbage in the place of a commit is refused, and shown": () => forged(async () => new Uint8Array(200).fill(1)),

    "hiding the commit that removes somebody: a line says that she joined again, and he is not in the room":
      async () => {
        await anna.chat.addPeople(group, [mallory.chat.account])
        for (const person of [anna, berta]) await person.isWith(group, "anna", "berta", "mallory")
        await talk(group, anna, berta)
        let hidden = 0
        server.frames = changing("entry", (entry) => {
          if (entry.room !== group) return [entry]
          if (entry.kind === "commit" && hidden === 0) hidden = entry.seq
          if (hidden === 0 || entry.seq < hidden) return [entry]
          return entry.seq === hidden ? [] : [{ ...entry, seq: entry.seq - 1 }]
        })
        await anna.chat.removePerson(group, mallory.chat.account)
        await anna.isWith(group, "anna", "berta")
        await anna.say("without him", group)
        await shows(berta, group, "rejoined")
        truth()
        await berta.isWith(group, "anna", "berta")
        await talk(group, anna, berta)
      },
    "the GroupInfo of another room is refused, and shown as trouble until the truth is told": async () => {
      const other = await anna.chat.startGroup({ name: "Other", people: [berta.chat.account] })
      await berta.isWith(other, "anna", "berta")
      server.frames = changing("ready", (ready) => [ofGroup(ready, { behind: "behind" })])
      const otherInfo = await (await storedIn(mls, anna, other))?.group.groupInfo()
      assert.ok(otherInfo)
      server.answers(API.groupInfo, (answer) => ({ ...answer, groupInfo: new Uint8Array(otherInfo) }))
      server.cut()
      await berta.until(() => berta.view(group)?.trouble === "refused")
      assert.equal(berta.view(group)?.joined, false)
      await recovers()
    },
    "garbage in the place of a GroupInfo is refused, and shown as trouble until the truth is told": async () => {
      server.frames = changing("ready", (ready) => [ofGroup(ready, { behind: "behind" })])
      server.answers(API.groupInfo, (answer) => ({ ...answer, groupInfo: new Uint8Array(300).fill(2) }))
      server.cut()
      await berta.until(() => berta.view(group)?.trouble === "refused")
      await recovers()
    },
    "a group that the server made up under another charter is not entered": async () => {
      const founder = mallorys.identity.accountKey
      const alone = await mls.core.createGroup(mallorys.identity, group, { ...(await charterOf()), founder })
      const made = await alone.group.add(await packagesOf(anna, berta), Date.now())
      await offers(made.groupInfo)
      await berta.until(() => berta.view(group)?.trouble === "refused")
      assert.equal(berta.view(group)?.joined, false)
      await recovers()
    },
    "a group that the server made up under the true charter shows who is in it that was not": async () => {
      const packages = await packagesOf(anna, berta)
      const made = await attacker.madeUpGroup(mallorys.identity, group, await charterOf(), packages)
      const shown = await news(async () => {
        await offers(made)
        await berta.isWith(group, "anna", "berta", "mallory")
      })
      assert.deepEqual(shown, ["rejoined", "berta you-joined", "mallory joined"])
      await recovers()
    },

    "a removal by the server's word alone, over and over: she joins again, and waits longer each time": async () => {
      const again = async () => {
        const { cursor } = await stored(berta)
        const before = (await lines(berta, group)).length
        server.push({ type: "removed", room: group, seq: cursor })
        await berta.until(async () => (await lines(berta, group)).slice(before).some((line) => /rejoined/.test(line)))
        await berta.isIn(group)
      }
      await again()
      server.waits.length = 0
      for (let time = 0; time < 3; time++) await again()
      assert.ok(server.waits.length >= 3, String(server.waits))
      await recovers()
    },
    "a fork, in which two members get different commits: neither reads the other, and both are shown that":
      async () => {
        const { cursor } = await stored(berta)
        server.instead({ ...API.commit, path: API.commit.path.replace(":room", group) }, ({ body }) => {
          const { id, commit: message } = API.commit.body.parse(body, "body")
          const { account: sender, device } = berta.chat
          const placed = { seq: cursor + 1, at: 1 }
          server.push({ type: "entry", room: group, kind: "commit", sender, device, id, message, ...placed })
          return { status: 200, body: API.commit.answer.write(placed) }
        })
        await berta.chat.addPeople(group, [mallory.chat.account])
        await berta.isWith(group, "anna", "berta", "mallory")
        await anna.chat.addPeople(group, [mallory.chat.account])
        await anna.isWith(group, "anna", "berta", "mallory")
        await anna.say("on one side", group)
        await shows(berta, group, "damaged (anna)")
        await berta.say("on the other", group)
        await shows(anna, group, "damaged (berta)")
      },
  })
})
