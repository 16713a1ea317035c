/**
 * Berta, to whom the server lies, and anna, to whom it does not, in one group, with somebody beside them who works with the
 * server: what tests of such lies share.
 */
import assert from "node:assert/strict"
import type { ServerMessageOf } from "../../src/shared/protocol.ts"
import { Person, startLocalServer } from "./core-people.ts"
import { assertOneGroup, keysOf, storedIn } from "./lying-member.ts"
import { changing, Liar, lines, talk } from "./lying-server.ts"
import { loadMlsBundle } from "./mls-bundle.ts"
import type { Owner } from "./temp.ts"

type Ready = ServerMessageOf<"ready">

/** Makes them; `recovers` and `rejoins` tell the truth again, and fail unless both are in one group then and talk. */
export async function liedTo(t: Owner) {
  const mls = await loadMlsBundle()
  const place = await startLocalServer(t)
  const server = new Liar()
  const anna = await Person.signUp(t, place, "anna", { around: new Liar().around })
  const berta = await Person.signUp(t, place, "berta", { around: server.around })
  const mallory = await Person.signUp(t, place, "mallory", { around: new Liar().around })
  for (const person of [anna, berta, mallory]) await person.isWith(person.room.id, "anna", "berta", "mallory")
  const group = await anna.chat.startGroup({ name: "Books", people: [berta.chat.account] })
  for (const person of [anna, berta]) await person.isWith(group, "anna", "berta")
  await berta.until(() => berta.view(group)?.name === "Books")
  await talk(group, anna, berta)
  const mallorys = await keysOf(mls, mallory)
  const evil = await mls.core.makeAccountKey()

  const stored = async (person: Person) => {
    const found = await storedIn(mls, person, group)
    assert.ok(found)
    return found
  }
  const news = async (during: () => Promise<unknown>) => {
    const before = (await lines(berta, group)).length
    await during()
    return (await lines(berta, group)).slice(before).filter((line) => !/ says \d+$/.test(line))
  }
  const truth = () => server.tellTheTruth()
  /** Berta connects anew and hears the truth; both talk, and are in one group. */
  const recovers = async (by = 1) => {
    truth()
    server.cut()
    const at = (await stored(anna)).group.epoch
    await berta.until(async () => ((await storedIn(mls, berta, group))?.group.epoch ?? -1) >= at + by)
    await berta.until(() => berta.chat.state.kind === "online")
    // Anna tells somebody who is back the group's name: what is said after she has seen her comes after that.
    const reached = (await stored(berta)).group.epoch
    await anna.until(async () => (await stored(anna)).group.epoch >= reached)
    await talk(group, anna, berta)
    await assertOneGroup(mls, group, anna, berta)
  }
  const rejoins = async (lie: (ready: Ready) => Ready) => {
    const before = (await lines(berta, group)).length
    server.frames = changing("ready", (ready) => {
      truth()
      return [lie(ready)]
    })
    server.cut()
    await berta.until(async () => (await lines(berta, group)).slice(before).some((line) => line.startsWith("rejoined")))
    await berta.isIn(group)
    await talk(group, anna, berta)
    await assertOneGroup(mls, group, anna, berta)
  }
  const ofGroup = (ready: Ready, change: Partial<Ready["rooms"][number]>): Ready => ({
    ...ready,
    rooms: ready.rooms.map((room) => (room.room === group ? { ...room, ...change } : room)),
  })
  return { mls, server, anna, berta, mallory, group, mallorys, evil, stored, news, truth, recovers, rejoins, ofGroup }
}
