import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { roomId } from "../../src/shared/ids.ts"
import { GENERAL_ROOM, LIMITS } from "../../src/shared/limits.ts"
import { groupRoomId, isGroupRoomId, privateRoomId } from "../../src/shared/private-room.ts"

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const key = bytes(LIMITS.accountKeyLength)

test("the id of a private chat is the same from both sides, and differs with either key", async () => {
  await fc.assert(
    fc.asyncProperty(key, key, key, async (one, other, third) => {
      const id = await privateRoomId(one, other)
      assert.equal(id, await privateRoomId(other, one))
      if (String(third) !== String(other)) assert.notEqual(id, await privateRoomId(one, third))
    }),
  )
})

test("an id that comes from keys is never that of a group, a random one always, the general room's not", async () => {
  await fc.assert(
    fc.asyncProperty(key, key, bytes(LIMITS.idLength), async (one, other, random) => {
      assert.equal(isGroupRoomId(await privateRoomId(one, other)), false)
      assert.equal(isGroupRoomId(groupRoomId(random)), true)
    }),
  )
  assert.equal(isGroupRoomId(roomId.parse(GENERAL_ROOM, "room")), false)
})
