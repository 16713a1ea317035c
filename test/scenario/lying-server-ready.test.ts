/**
 * A server that lies in what it tells at once: where a device stands, which rooms there are, who leaves, what was taken and
 * delivered, who is there. Nothing of it changes who is in a room; messages are delayed at most, and with the truth all goes on.
 */
import assert from "node:assert/strict"
import { test } from "node:test"

import { API } from "../../src/shared/api.ts"
import { accountName, roomId } from "../../src/shared/ids.ts"
import { keysOf } from "../helpers/lying-member.ts"
import { liedTo } from "../helpers/lying-room.ts"
import { attacks, changing, lines, refusing, talk } from "../helpers/lying-server.ts"

const OVERWRITES = "a message that was never taken does not take the place of what somebody else said"
const TYPING = "somebody who is not in the room is not shown as typing there"
const MARK = "a delivery mark beyond the log is not believed"
const GHOST = accountName.parse("ghost", "name")

test("a server that lies in what it tells", async (t) => {
  const room = await liedTo(t)
  const { mls, server, anna, berta, group, evil, stored, news, truth, recovers, rejoins, ofGroup } = room

  await attacks(t, [server], {
    "a claim that she needs what is not kept any more: she joins again, and a line says so": () =>
      rejoins((ready) => ofGroup(ready, { behind: "behind" })),
    "a claim that the log is shorter than it is: she joins again, and a line says so": () =>
      rejoins((ready) => ofGroup(ready, { head: 0 })),
    "a claim that she is not in the room: she joins again, and a line says so": () =>
      rejoins((ready) => ({ ...ready, rooms: ready.rooms.filter(({ room }) => room !== group) })),
    "a claim that the log is longer than it is: nothing is sent until it is withdrawn, and then it is": async () => {
      server.frames = changing("ready", (ready) => [ofGroup(ready, { head: 1_000_000 })])
      server.cut()
      await berta.until(() => berta.chat.state.kind !== "online")
      await berta.until(() => berta.chat.state.kind === "online")
      await berta.say("held back", group)
      await talk(berta.room.id, anna, berta)
      assert.equal(berta.view(group)?.waiting, 1)
      await recovers(0)
      await anna.sees("held back", group)
    },
    "two hundred made-up rooms are tried and never shown": async () => {
      const rooms = Array.from({ length: 200 }, (_, index) => ({
        room: roomId.parse(Buffer.from(`made up ${String(index).padStart(8, "0")}`).toString("base64url"), "room"),
        kind: "group" as const,
      }))
      const known = berta.chat.rooms().length
      const known404 = new Set<string>(rooms.map(({ room }) => `/api/rooms/${room}/group-info`))
      server.instead(API.groupInfo, ({ path }) => (known404.has(path) ? refusing("not_found") : undefined))
      server.frames = changing("ready", (ready) => [{ ...ready, elsewhere: rooms }])
      server.cut()
      await server.asksFor(`${rooms[199]?.room}/group-info`)
      await talk(group, anna, berta)
      assert.equal(berta.chat.rooms().length, known)
      await berta.close()
      truth()
      await berta.open()
      await berta.until(() => berta.chat.state.kind === "online")
    },

    "a departure that nobody signed removes nobody": async () => {
      const { identity } = await keysOf(mls, anna)
      const device = Buffer.from(anna.chat.device, "base64url")
      const statement = Uint8Array.of(0, ...device, ...identity.accountKey, ...new Uint8Array(64))
      const shown = await news(async () => {
        server.push({ type: "departure", room: group, statement })
        await talk(group, anna, berta)
      })
      assert.deepEqual(shown, [])
      await berta.isWith(group, "anna", "berta")
    },
    "a leave of her own that she never signed does not make her leave": async () => {
      const { identity } = await keysOf(mls, berta)
      const device = Buffer.from(berta.chat.device, "base64url")
      const statement = Uint8Array.of(1, ...device, ...identity.accountKey, ...new Uint8Array(64))
      const shown = await news(async () => {
        server.push({ type: "departure", room: group, statement })
        await talk(group, anna, berta)
      })
      assert.deepEqual(shown, [])
      await berta.isWith(group, "anna", "berta")
      assert.equal(server.asked.filter((asked) => asked.endsWith("/departures")).length, 0)
    },
    "a departure that somebody else signed removes nobody": async () => {
      const { identity } = await keysOf(mls, anna)
      const key = { publicKey: identity.accountKey, privateKey: evil.privateKey }
      const statement = new Uint8Array(await mls.core.signRetirement(key, anna.chat.device))
      server.push({ type: "departure", room: group, statement })
      await talk(group, anna, berta)
      await berta.isWith(group, "anna", "berta")
      await anna.isWith(group, "anna", "berta")
    },
    "an answer that the room takes nothing from her: she joins again, and a line says so": async () => {
      const before = (await lines(berta, group)).length
      server.sends = (message) => {
        if (message.type !== "send") return true
        truth()
        server.push({ type: "refused", id: message.id, room: group, code: "not_a_member" })
        return false
      }
      await berta.say("still here", group)
      await anna.sees("still here", group)
      assert.ok((await lines(berta, group)).slice(before).some((line) => line.startsWith("rejoined")))
      await talk(group, anna, berta)
    },
    [OVERWRITES]: async () => {
      const seq = (await stored(berta)).cursor
      const before = await lines(berta, group)
      server.sends = (message) => {
        if (message.type !== "send") return true
        server.push({ type: "sent", id: message.id, room: group, seq: seq - 1, at: 1 })
        return false
      }
      await berta.say("never taken", group)
      await berta.sees("never taken", group)
      await talk(berta.room.id, anna)
      await berta.until(async () => (await lines(berta, group)).some((line) => line === "berta: never taken"))
      await anna.say("look", group)
      await berta.sees("look", group)
      const after = await lines(berta, group)
      await recovers(0)
      assert.deepEqual(
        before.filter((line) => !after.includes(line)),
        [],
      )
    },
    [MARK]: async () => {
      await talk(group, anna, berta)
      server.push({ type: "delivered", room: group, seq: 1_000_000 })
      server.sends = (message) => message.type !== "send"
      await berta.say("nobody has this", group)
      const item = await berta.sees("nobody has this", group)
      assert.equal(item.state, "sending")
      truth()
      await anna.close()
      server.cut()
      await berta.until(() => berta.view(group)?.waiting === 0)
      const { state } = await berta.sees("nobody has this", group)
      await anna.open()
      await anna.sees("nobody has this", group)
      assert.equal(state, "sent")
    },
    "people who are online by the server's word are in no room by it": async () => {
      server.push({ type: "presence", account: GHOST, online: true })
      await talk(group, anna, berta)
      assert.ok(!berta.view(group)?.people.some(({ name }) => name === GHOST))
      assert.ok(!berta.room.people.some(({ name }) => name === GHOST))
    },
    [TYPING]: async () => {
      server.push({ type: "typing", room: group, account: GHOST })
      const shown = berta.chat.typing(group).includes(GHOST)
      await talk(group, anna, berta)
      assert.ok(!shown)
    },
  })
})
