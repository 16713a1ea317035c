/**
 * Strangers' bytes: whatever is given to the MLS part, it either is what it should be or is refused with a code. Nothing
 * else may be thrown, because nothing else is handled.
 */
import assert from "node:assert/strict"
import { before, test } from "node:test"
import fc from "fast-check"
import type { Charter } from "../../src/client/core/mls/index.ts"
import { loadMlsBundle, type MlsBundle } from "../helpers/mls-bundle.ts"
import { type Device, groupOf, makeDevice, makePerson, makeRoom } from "../helpers/mls-people.ts"

const GENERAL = { roomId: "general_chat", kind: "general" } as const

let mls: MlsBundle
let alice: Device
let bob: Device
/** One valid message of each kind, to be damaged. */
let samples: Uint8Array[]

before(async () => {
  mls = await loadMlsBundle()
  const people = await Promise.all(["alice", "bob", "carol"].map((name) => makePerson(mls, name)))
  const [a, b, carol] = await Promise.all(people.map((person) => makeDevice(mls, person)))
  assert.ok(a && b && carol)
  ;[alice, bob] = [a, b]
  await makeRoom(mls, "general_chat", { kind: "general", founder: alice.identity.accountKey }, [alice, bob])
  const groupInfo = await groupOf(alice).groupInfo()
  const joined = await mls.core.joinExternal(carol.identity, groupInfo, { resync: false, expected: GENERAL })
  const sent = await groupOf(alice).encrypt(Uint8Array.of(1, 2, 3), Uint8Array.of(4))
  const commit = await groupOf(alice).update()
  const { keyPackage } = await mls.core.makeKeyPackage(carol.identity, Date.now())
  samples = [groupInfo, joined.commit, sent.message, commit.commit, keyPackage]
})

/** Random bytes, random bytes after a plausible header, and valid messages with a few bytes changed. */
function hostileBytes(): fc.Arbitrary<Uint8Array> {
  const header = fc.constantFrom([0, 1, 0, 1], [0, 1, 0, 2], [0, 1, 0, 3], [0, 1, 0, 4], [0, 1, 0, 5])
  const headed = fc
    .tuple(header, fc.uint8Array({ maxLength: 300 }))
    .map(([head, rest]) => new Uint8Array([...head, ...rest]))
  const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }))
  const damaged = fc
    .tuple(fc.nat({ max: 4 }), fc.array(change, { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([which, changes, cut]) => {
      const bytes = new Uint8Array(samples[which] ?? [])
      for (const [at, by] of changes) {
        const index = at % bytes.length
        bytes[index] = (bytes[index] ?? 0) ^ by
      }
      return cut ? bytes.slice(0, (changes[0]?.[0] ?? 0) % bytes.length) : bytes
    })
  return fc.oneof(fc.uint8Array({ maxLength: 300 }), headed, damaged)
}

async function refusal(step: () => unknown): Promise<void> {
  try {
    await step()
  } catch (error) {
    assert.ok(error instanceof mls.core.Refusal, String(error))
  }
}

test("a group takes any bytes as a message without throwing, and changes for none that are not one", async () => {
  await fc.assert(
    fc.asyncProperty(hostileBytes(), async (bytes) => {
      const outcome = await groupOf(bob).process(bytes)
      const isSample = samples.some((sample) => Buffer.from(sample).equals(bytes))
      assert.ok(outcome.kind === "refused" || isSample, outcome.kind)
    }),
    { numRuns: 400 },
  )
})

test("GroupInfo, Welcome, KeyPackage, statements and saved forms are refused by code, never by another error", async () => {
  const { core, departure } = mls
  const { identity } = bob
  await fc.assert(
    fc.asyncProperty(hostileBytes(), async (bytes) => {
      await refusal(() => core.joinExternal(identity, bytes, { resync: true, expected: GENERAL }))
      await refusal(() => core.joinWelcome(identity, bytes, bytes, GENERAL))
      await refusal(() => core.welcomeReferences(bytes))
      await refusal(() => groupOf(alice).add([bytes], Date.now()))
      await refusal(() => groupOf(alice).remove([groupOf(bob).self], [bytes]))
      await refusal(() => core.decodeGroup(identity, bytes))
      await refusal(() => core.decodeIdentity(bytes))
      await refusal(() => departure.readCarried(bytes))
      await refusal(() => mls.identities.readCredential(bytes))
    }),
    { numRuns: 200 },
  )
})

test("a charter is read as it was written, and only in its one encoding", () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const charter: fc.Arbitrary<Charter> = fc
    .tuple(fc.constantFrom("general", "private", "group"), key, key, fc.option(key, { nil: undefined }))
    .filter(([, one, two]) => !Buffer.from(one).equals(two))
    .map(([kind, founder, other, noticeKey]) => {
      const common = noticeKey === undefined ? { founder } : { founder, noticeKey }
      if (kind === "private") return { kind, accounts: [founder, other] as const, ...common }
      return { kind: kind === "general" ? "general" : "group", ...common }
    })
  const { readCharter, writeCharter } = mls.charter
  fc.assert(
    fc.property(charter, fc.nat(), (written, at) => {
      const extensions = writeCharter(written)
      const read = readCharter(extensions)
      assert.deepEqual(writeCharter(read), extensions)
      assert.equal(read.kind, written.kind)
      const [extension] = extensions
      assert.ok(extension)
      const { extensionType, extensionData } = extension
      const cut = extensionData.slice(0, at % extensionData.length)
      const longer = new Uint8Array([...extensionData, 0])
      for (const bad of [cut, longer])
        assert.throws(() => readCharter([{ extensionType, extensionData: bad }]), { code: "bad_charter" })
      assert.throws(() => readCharter([...extensions, ...extensions]), { code: "bad_charter" })
    }),
  )
})

test("small-order and non-canonical keys are not keys", () => {
  const { isOrdinaryKey, isOrdinaryPoint } = mls.suites
  const ends = (first: number, rest: number, last: number) =>
    new Uint8Array(32).fill(rest, 1, 31).fill(first, 0, 1).fill(last, 31)
  const weak = [
    ends(0, 0, 0),
    ends(1, 0, 0),
    ends(1, 0, 128),
    ends(0xec, 255, 127),
    ends(0xed, 255, 127),
    ends(0xee, 255, 255),
  ]
  for (const key of weak) assert.equal(isOrdinaryPoint(key), false)
  for (const key of weak) assert.equal(isOrdinaryKey(key), false)
  assert.equal(isOrdinaryKey(new Uint8Array(31).fill(9)), false)
  assert.equal(isOrdinaryPoint(alice.identity.accountKey), true)
  const node = groupOf(alice).members()
  assert.ok(node.every(({ leafKey }) => isOrdinaryPoint(leafKey)))
})

test("a device's name and id have one form each", async () => {
  const accountKeyPair = alice.person.key
  const { device } = alice.identity
  const make = (name: string, id: string) => mls.core.makeIdentity({ name, device: id, accountKeyPair })
  for (const name of ["al", "Alice", "-alice", "a".repeat(33), "älice", "alice\0"])
    await assert.rejects(make(name, device), { code: "bad_credential" })
  for (const id of ["", device.slice(1), `${device}A`, `${device.slice(0, -1)}B`, "=".repeat(22)])
    await assert.rejects(make("alice", id), { code: "bad_credential" })
})
