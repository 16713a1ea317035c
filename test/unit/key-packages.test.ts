import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { test } from "node:test"
import type { Session } from "../../src/server/session.ts"
import { NEXT_PACKAGE } from "../../src/server/store/key-packages.ts"
import { accountName } from "../../src/shared/ids.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { anotherDevice, NOON, openTestStore, somebody, type TestStore } from "../helpers/store.ts"
import { departureOf } from "../helpers/ws-messages.ts"

const DAY = 24 * 60 * 60 * 1000
const bodies = (count: number) => Array.from({ length: count }, () => new Uint8Array(randomBytes(40)))
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")

async function begin(t: Parameters<typeof openTestStore>[0]) {
  const place = await openTestStore(t)
  const [anna, ben] = [await somebody(place, "anna"), await somebody(place, "ben")]
  const handIn = (session: Session, keyPackages: Uint8Array[], lastResort?: Uint8Array, now = NOON) =>
    place.store.keyPackages.handIn(session.device, { keyPackages, lastResort }, now)
  return { place, anna, ben, handIn, claim: claimer(place, anna) }
}

/** Claims for somebody; gives each package with the device that it is of. */
const claimer =
  ({ store }: TestStore, asking: Session) =>
  async (people: readonly Session[], now = NOON) => {
    const names = people.map(({ account }) => account.name)
    const claimed = await store.keyPackages.claim(names, asking.device, now)
    return claimed.map(({ device, keyPackage }) => `${device} ${hex(keyPackage)}`)
  }

test("each is given out once, the oldest first, and then the last resort again and again", async (t) => {
  const { ben, handIn, claim } = await begin(t)
  const [packages, [last]] = [bodies(3), bodies(1)]
  assert.equal(await handIn(ben, packages, last), 3)
  const wanted = [...packages, last, last].map((body) => `${ben.device} ${hex(body ?? new Uint8Array())}`)
  const got: string[] = []
  for (const _ of wanted) got.push(...(await claim([ben])))
  assert.deepEqual(got, wanted)
})

test("two that ask at the same time never get the same one", async (t) => {
  const { ben, handIn, claim } = await begin(t)
  await handIn(ben, bodies(LIMITS.keyPackagesPerDevice))
  const got = (await Promise.all(Array.from({ length: 60 }, () => claim([ben])))).flat()
  assert.equal(got.length, LIMITS.keyPackagesPerDevice)
  assert.equal(new Set(got).size, LIMITS.keyPackagesPerDevice)
})

test("every device of the accounts gives one, but not the one that asks", async (t) => {
  const { place, anna, ben, handIn, claim } = await begin(t)
  const others = [await anotherDevice(place, anna), ben, await anotherDevice(place, ben)]
  for (const session of [anna, ...others]) await handIn(session, bodies(1))
  const got = await claim([anna, ben])
  assert.deepEqual(got.map((each) => each.split(" ")[0]).sort(), others.map(({ device }) => device).sort())
})

test("a name that does not exist is told, and nothing is given out then", async (t) => {
  const { place, anna, ben, handIn } = await begin(t)
  await handIn(ben, bodies(1))
  const claimed = place.store.keyPackages.claim(
    [ben.account.name, accountName.parse("nobody", "name")],
    anna.device,
    NOON,
  )
  await assert.rejects(claimed, { code: "not_found" })
  assert.equal(await place.store.keyPackages.left(ben.device, NOON), 1)
})

test("devices that have ended, have none, or were not here for ninety days are left out", async (t) => {
  const { place, ben, handIn, claim } = await begin(t)
  const ended = await anotherDevice(place, ben)
  await anotherDevice(place, ben)
  for (const session of [ben, ended]) await handIn(session, [], bodies(1)[0])
  const statement = departureOf({ session: ended, accountKey: new Uint8Array(32) }, "device")
  await place.store.devices.retire(ben.account.id, ended.device, statement, NOON)
  assert.equal((await claim([ben], NOON + 90 * DAY)).length, 1)
  assert.equal((await claim([ben], NOON + 90 * DAY + 1)).length, 0)
})

test("what comes after a device has ended is given to nobody", async (t) => {
  const { place, ben, handIn, claim } = await begin(t)
  const statement = departureOf({ session: ben, accountKey: new Uint8Array(32) }, "device")
  await place.store.devices.retire(ben.account.id, ben.device, statement, NOON)
  await handIn(ben, bodies(1))
  assert.deepEqual(await claim([ben]), [])
})

test("fifty are kept, not one more; a new last resort replaces the old one", async (t) => {
  const { place, ben, handIn, claim } = await begin(t)
  const [old, fresh] = bodies(2)
  assert.equal(await handIn(ben, bodies(LIMITS.keyPackagesPerDevice - 1), old), LIMITS.keyPackagesPerDevice - 1)
  assert.equal(await handIn(ben, bodies(2), fresh), LIMITS.keyPackagesPerDevice)
  for (let count = 0; count < LIMITS.keyPackagesPerDevice; count++) await claim([ben])
  assert.deepEqual(await claim([ben]), [`${ben.device} ${hex(fresh ?? new Uint8Array())}`])
  assert.equal(await place.store.keyPackages.left(ben.device, NOON), 0)
})

test("after thirty days they go, the last resort stays", async (t) => {
  const { place, ben, handIn, claim } = await begin(t)
  await handIn(ben, bodies(2), bodies(1)[0])
  await place.store.keyPackages.sweep(NOON + LIMITS.retentionFor)
  assert.equal(await place.store.keyPackages.left(ben.device, NOON), 2)
  await place.store.keyPackages.sweep(NOON + LIMITS.retentionFor + 1)
  assert.equal(await place.store.keyPackages.left(ben.device, NOON), 0)
  assert.equal((await claim([ben])).length, 1)
})

test("the next package is found by its index", async (t) => {
  const { store } = await openTestStore(t)
  const plan = await store.plan(NEXT_PACKAGE, ["device"])
  assert.deepEqual(plan, ["SEARCH key_packages USING INDEX key_packages_of_device (device_id=?)"])
})

test("a KeyPackage that has not a day left is not given out, does not count, and makes room for a new one", async (t) => {
  const { place, ben, handIn, claim } = await begin(t)
  await handIn(ben, bodies(LIMITS.keyPackagesPerDevice))
  const later = NOON + LIMITS.retentionFor
  assert.equal(await place.store.keyPackages.left(ben.device, later), 0)
  assert.deepEqual(await claim([ben], later), [])
  await handIn(ben, bodies(LIMITS.keyPackagesPerDevice))
  const fresh = bodies(1)
  await handIn(ben, fresh, undefined, later)
  assert.equal(await place.store.keyPackages.left(ben.device, later), 1)
})
