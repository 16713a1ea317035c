import assert from "node:assert/strict"
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { test } from "node:test"
import { SessionLogs } from "../../src/server/session-log.ts"
import type { RoomId } from "../../src/shared/ids.ts"
import { openTestStore, privateRoomOf, somebody } from "../helpers/store.ts"
import { temporaryFolder } from "../helpers/temp.ts"
import {
  applicationMessage,
  changingBody,
  groupFounding,
  newGroupId,
  privateFounding,
  randomId,
} from "../helpers/ws-messages.ts"

test("private chats and groups have session logs of their own, which name their kind and hold what happens there", async (t) => {
  const { store, rooms, clock, ...place } = await openTestStore(t)
  const folder = await temporaryFolder(t)
  const options = { dir: folder, serverKey: "0".repeat(32), store, now: () => clock.now }
  const logs = await SessionLogs.open({ ...options, report: (line) => assert.fail(line) })
  rooms.on("committed", (entry) => logs.append(entry))
  const people = { store, rooms, clock, ...place }
  const [anna, ben] = [await somebody(people, "anna"), await somebody(people, "ben")]
  const [chat, group] = [await privateRoomOf(people, anna, ben), newGroupId()]
  await rooms.found(anna, chat, privateFounding(chat, ben.account.name, [ben.device]))
  await rooms.found(anna, group, groupFounding(group, [ben.device]))
  const say = (room: RoomId) =>
    rooms.send(ben, { id: randomId(), room, after: 0, message: applicationMessage(1, 200, room) })
  await say(chat)
  await say(group)
  await rooms.commit(anna, group, changingBody(group, 0, 2, { removed: [ben.device] }))
  await logs.idle()
  const files = await readdir(folder)
  const logOf = (room: RoomId) =>
    readFile(path.join(folder, files.find((name) => name.startsWith(`chat_${room}_`)) ?? "none"), "utf8")
  assert.equal(files.length, 2)
  const [ofChat, ofGroup] = [await logOf(chat), await logOf(group)]
  assert.match(ofChat, new RegExp(`^SecureChat session log 1\nroom: ${chat}\nkind: private\n`))
  assert.match(ofGroup, new RegExp(`^SecureChat session log 1\nroom: ${group}\nkind: group\n`))
  const events = (text: string) =>
    text
      .split("\n\n")[1]
      ?.trim()
      .split("\n")
      .map((line) => line.split("  ").slice(1, 4))
  assert.deepEqual(events(ofChat), [["1", "ben", "message"]])
  assert.deepEqual(events(ofGroup), [
    ["1", "ben", "message"],
    ["2", "anna", "commit"],
  ])
  await logs.close()
})
