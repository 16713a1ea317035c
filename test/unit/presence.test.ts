import assert from "node:assert/strict"
import test from "node:test"
import { Presence } from "../../src/server/presence.ts"
import { accountName } from "../../src/shared/ids.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { ManualTime } from "../helpers/manual-time.ts"

const [ann, bob] = [accountName.parse("ann", "name"), accountName.parse("bob", "name")]

function start() {
  const time = new ManualTime()
  const said: string[] = []
  const announce = (account: string, online: boolean) => said.push(`${account} ${online ? "came" : "went"}`)
  return { time, said, presence: new Presence({ after: time.after, announce }) }
}

test("an account comes with its first connection and goes with its last", () => {
  const { time, said, presence } = start()
  presence.enter(bob)
  presence.enter(ann)
  presence.enter(ann)
  assert.deepEqual(presence.online(), [ann, bob])
  presence.leave(ann)
  time.pass(LIMITS.presenceGrace)
  assert.deepEqual(said, ["bob came", "ann came"])
  presence.leave(ann)
  time.pass(LIMITS.presenceGrace)
  assert.deepEqual(said, ["bob came", "ann came", "ann went"])
  assert.deepEqual(presence.online(), [bob])
})

test("who is back within the grace time never went", () => {
  const { time, said, presence } = start()
  presence.enter(ann)
  presence.leave(ann)
  time.pass(LIMITS.presenceGrace - 1)
  assert.deepEqual(presence.online(), [ann])
  presence.enter(ann)
  time.pass(LIMITS.presenceGrace)
  assert.deepEqual(said, ["ann came"])
  assert.deepEqual(presence.online(), [ann])
})

test("who logs out goes at once", () => {
  const { said, presence } = start()
  presence.enter(ann)
  presence.leave(ann, true)
  assert.deepEqual(said, ["ann came", "ann went"])
  assert.deepEqual(presence.online(), [])
})

test("who was not there can't go", () => {
  const { time, said, presence } = start()
  presence.leave(ann)
  time.pass(LIMITS.presenceGrace)
  assert.deepEqual(said, [])
})

test("at the server's end nobody is announced any more", () => {
  const { time, said, presence } = start()
  presence.enter(ann)
  presence.leave(ann)
  presence.close()
  assert.equal(time.waiting, 0)
  assert.deepEqual(said, ["ann came"])
})
