/**
 * What can break a room for a device, and how it goes on: nonsense in the log, a commit that everybody refuses, a state
 * that was lost, a log that no longer reaches back far enough. Nothing of it is silent, and none of it stops the talk.
 */
import assert from "node:assert/strict"
import { cp, rm } from "node:fs/promises"
import path from "node:path"
import { describe, it } from "node:test"
import { openStore } from "../../src/server/store/index.ts"
import { API } from "../../src/shared/api.ts"
import { toBase64Url } from "../../src/shared/bytes.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { core } from "../helpers/core.ts"
import { GENERAL, PASSWORD, Person, startLocalServer } from "../helpers/core-people.ts"
import { eagerly } from "../helpers/fleet.ts"
import { temporaryFolder } from "../helpers/temp.ts"
import { externalCommit, groupInfo, memberCommit, randomId } from "../helpers/ws-messages.ts"

const problemsOf = async (person: Person) =>
  (await person.items()).flatMap((item) => (item.kind === "problem" ? [item.problem] : []))

/** Posts bytes as a commit, as a program of somebody's own could. */
async function postCommit({ platform }: Person, make: typeof externalCommit, epoch: number): Promise<void> {
  const { seq } = API.groupInfo.answer.parse(
    (await platform.request("GET", `/api/rooms/${GENERAL}/group-info`)).body,
    "answer",
  )
  const [commit, info] = [toBase64Url(make(epoch)), toBase64Url(groupInfo(epoch + 1))]
  const body = { id: randomId(), after: seq, commit, groupInfo: info, added: [], removed: [] }
  const { status } = await platform.request("POST", `/api/rooms/${GENERAL}/commits`, body)
  assert.equal(status, 200)
}

describe("A commit that is nonsense", () => {
  for (const [what, make] of [
    ["an external one", externalCommit],
    ["a member's", memberCommit],
  ] as const)
    it(`(${what}) is refused by all alike, shown, and the room is mended for those who come later`, async (t) => {
      const place = await startLocalServer(t)
      const anna = await Person.signUp(t, place, "anna", { around: eagerly })
      const berta = await Person.signUp(t, place, "berta", { around: eagerly })
      await anna.until(() => anna.room.people.length === 2)
      await postCommit(berta, make, 1)
      await anna.until(async () => (await problemsOf(anna)).includes("refused"))
      await anna.say("and yet we talk")
      await anna.reaches("and yet we talk", "sent", "delivered")
      const carla = await Person.signUp(t, place, "carla", { around: eagerly })
      await carla.say("and I came in")
      await anna.sees("and I came in")
      assert.deepEqual(await problemsOf(anna), ["refused"])
    })
})

describe("A device that has lost its place", () => {
  it("(its keys of the room) joins again by itself and says so; the conversation before it stays", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const berta = await Person.signUp(t, place, "berta")
    await anna.say("before")
    await berta.sees("before")
    await berta.close()
    const vault = await berta.platform.openVault("berta")
    await vault.write([{ key: `group/${GENERAL}`, value: Uint8Array.of(1, 2, 3) }])
    await anna.say("while berta has no keys")
    await anna.reaches("while berta has no keys", "sent")
    await berta.open()
    await berta.joined()
    await anna.say("after")
    await berta.sees("after")
    assert.deepEqual(
      (await berta.items()).map((item) => (item.kind === "text" ? item.text : item.kind)),
      ["you-joined", "before", "problem", "you-joined", "after"],
    )
    assert.deepEqual(await problemsOf(berta), ["rejoined"])
    assert.deepEqual(
      anna.room.people.map(({ name, devices }) => `${name} ${devices}`),
      ["anna 1", "berta 1"],
    )
  })

  it("(being an older copy of itself) joins again, says so, and uses no key for sending twice", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const folder = await temporaryFolder(t)
    const berta = await Person.signUp(t, place, "berta", { folder })
    const backup = await temporaryFolder(t)
    await berta.close()
    await cp(folder, backup, { recursive: true })
    await berta.open()
    await berta.say("after the backup was made")
    await anna.sees("after the backup was made")
    await berta.reaches("after the backup was made", "delivered")
    await berta.close()
    await rm(folder, { recursive: true })
    await cp(backup, folder, { recursive: true })
    await berta.open()
    await berta.until(async () => (await problemsOf(berta)).includes("rejoined"))
    await berta.joined()
    await berta.say("back from the backup")
    await anna.sees("back from the backup")
    assert.deepEqual(await anna.texts(), ["after the backup was made", "back from the backup"])
    assert.deepEqual(await problemsOf(anna), [])
  })

  it("(everything that it had stored) is a new device after logging in", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const berta = await Person.signUp(t, place, "berta")
    await berta.close()
    await (await berta.platform.openVault("berta")).destroy()
    await core.logIn(berta.platform, { name: "berta", password: PASSWORD })
    await berta.open()
    await berta.joined()
    await anna.say("welcome back")
    await berta.sees("welcome back")
    assert.deepEqual(
      anna.room.people.map(({ name, devices }) => `${name} ${devices}`),
      ["anna 1", "berta 2"],
    )
    const news = (await anna.items()).filter((item) => item.kind === "joined" && item.name === "berta")
    assert.deepEqual(
      news.map((item) => item.kind === "joined" && item.devices),
      [1, 2],
    )
  })

  it("(more than the log keeps) joins again, says so, and what it had not sent goes out once", async (t) => {
    const first = await startLocalServer(t)
    const anna = await Person.signUp(t, first, "anna", { around: eagerly })
    const berta = await Person.signUp(t, first, "berta", { around: eagerly })
    await berta.close()
    await anna.say("long ago")
    await anna.reaches("long ago", "sent")
    await berta.open()
    await berta.close()
    for (const text of ["missed 1", "missed 2"]) await anna.say(text)
    await anna.reaches("missed 2", "sent")
    await first.close()
    const store = await openStore({ dir: path.join(first.folder, "data") })
    await store.log.sweep(Date.now() + LIMITS.retentionFor + 1)
    await store.close()
    await berta.open()
    await berta.say("written meanwhile")
    const second = await startLocalServer(t, {}, {}, first)
    berta.chat.reconnect()
    anna.chat.reconnect()
    await anna.sees("written meanwhile")
    await berta.reaches("written meanwhile", "delivered")
    assert.ok((await problemsOf(berta)).includes("rejoined"))
    assert.deepEqual((await anna.texts()).slice(-1), ["written meanwhile"])
    assert.equal(second.server.port, first.server.port)
  })
})
