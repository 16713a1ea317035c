import assert from "node:assert/strict"
import test from "node:test"
import { highestNext } from "../../src/server/progress.ts"
import { UserError } from "../../src/shared/errors.ts"
import { accountName, roomId } from "../../src/shared/ids.ts"
import { randomDevice } from "../helpers/ws-messages.ts"

const room = roomId.parse("general_chat", "room")
const session = () => ({ account: { id: 1, name: accountName.parse("ann", "name") }, device: randomDevice() })

/** Writes that end when the test says so. */
function start() {
  const written: number[] = []
  const ends: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = []
  const persist = highestNext((_session, _room, seq) => {
    written.push(seq)
    return new Promise<void>((resolve, reject) => ends.push({ resolve, reject }))
  })
  return { written, ends, persist }
}

test("of what is said while a write is under way only the highest is written", async () => {
  const { written, ends, persist } = start()
  const ann = session()
  const first = persist(ann, room, 1)
  await Promise.all([persist(ann, room, 2), persist(ann, room, 9), persist(ann, room, 5)])
  ends.shift()?.resolve()
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(written, [1, 9])
  ends.shift()?.resolve()
  await first
  void persist(ann, room, 10)
  assert.deepEqual(written, [1, 9, 10])
})

test("devices do not wait for one another", () => {
  const { written, persist } = start()
  for (const each of [session(), session()]) void persist(each, room, 3)
  assert.deepEqual(written, [3, 3])
})

test("a refusal is told to who began the write, and the next one starts afresh", async () => {
  const { written, ends, persist } = start()
  const ann = session()
  const first = persist(ann, room, 7)
  ends.shift()?.reject(new UserError("bad_request"))
  await assert.rejects(first, UserError)
  const second = persist(ann, room, 2)
  ends.shift()?.resolve()
  await second
  assert.deepEqual(written, [7, 2])
})
