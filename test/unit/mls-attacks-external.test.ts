/**
 * Attacks by people who are not in the room, through external commits. Each is valid MLS; every member must refuse it
 * for the same reason, and the room must go on.
 */
import assert from "node:assert/strict"
import { before, beforeEach, test } from "node:test"
import type { Identity } from "../../src/client/core/mls/index.ts"
import { Attacker, assertRefusedByAll, assertStillWorks } from "../helpers/mls-attacker.ts"
import { loadMlsBundle, type MlsBundle } from "../helpers/mls-bundle.ts"
import { type Device, deliver, groupOf, makeDevice, makePerson, makeRoom } from "../helpers/mls-people.ts"

const GENERAL = { roomId: "general_chat", kind: "general" } as const
const GROUP_ID = "AAAAAAAAAAAAAAAAAAAAAA"

let mls: MlsBundle
let attacker: Attacker
let alice: Device
let bob: Device
let carol: Device
let room: Device[]
let mallory: Device
let groupInfo: Uint8Array

before(async () => {
  mls = await loadMlsBundle()
  attacker = await Attacker.of(mls)
})

beforeEach(async () => {
  const people = await Promise.all(["alice", "bob", "carol", "mallory"].map((name) => makePerson(mls, name)))
  const [a, b, c, m] = await Promise.all(people.map((person) => makeDevice(mls, person)))
  assert.ok(a && b && c && m)
  ;[alice, bob, carol, mallory] = [a, b, c, m]
  room = [alice, bob, carol]
  await makeRoom(mls, "general_chat", { kind: "general", founder: alice.identity.accountKey }, room)
  groupInfo = await groupOf(alice).groupInfo()
})

/** Mallory's leaf key and device under another name and account key, with the signature that is given. */
function disguised(credential: { name: string; accountKey: Uint8Array; signature: Uint8Array }): Identity {
  const { name, accountKey, signature } = credential
  const device = Buffer.from(mallory.identity.device, "base64url")
  const nameBytes = Buffer.from(name)
  const encoded = Buffer.concat([Uint8Array.of(1, nameBytes.length), nameBytes, device, accountKey, signature])
  return { ...mallory.identity, name, accountKey, credential: new Uint8Array(encoded) }
}

test("an external commit with Remove(1000) is refused at once by all, and by the library itself", async () => {
  const remove = {
    proposalOrRefType: "proposal",
    proposal: { proposalType: "remove", remove: { removed: 1000 } },
  } as const
  const proposals = (given: readonly unknown[]) => [...given, remove] as never
  const message = await attacker.resignedExternalCommit(mallory.identity, groupInfo, { proposals })
  const started = performance.now()
  await assertRefusedByAll(room, message, "removal_forbidden")
  const decoded = mls.wire.readMessage(message, message.length)
  assert.ok(decoded.wireformat === "mls_public_message")
  const state = attacker.stateOf(groupOf(bob))
  const raw = mls.processMessages.processMessage(
    decoded,
    state,
    mls.pskIndex.emptyPskIndex,
    () => "accept",
    attacker.suite,
  )
  await assert.rejects(raw, /outside the tree/)
  assert.ok(performance.now() - started < 500, "in milliseconds")
  await assertStillWorks(room)
})

test("an external commit that evicts somebody else is refused by all, the victim too", async () => {
  const isBob = (leaf: { signaturePublicKey: Uint8Array }) =>
    Buffer.from(leaf.signaturePublicKey).equals(bob.identity.signatureKey.publicKey)
  const { publicMessage } = await attacker.externalCommit(mallory.identity, groupInfo, isBob)
  await assertRefusedByAll(room, attacker.publicMessage(publicMessage), "evicts_another")
  await assertStillWorks(room)
})

test("a second account key under a taken name is refused by all, and by the joiner's own client", async () => {
  const impostor = await makeDevice(mls, await makePerson(mls, "bob"))
  const join = mls.core.joinExternal(impostor.identity, groupInfo, { resync: false, expected: GENERAL })
  await assert.rejects(join, { code: "name_under_second_key" })
  const { publicMessage } = await attacker.externalCommit(impostor.identity, groupInfo)
  await assertRefusedByAll(room, attacker.publicMessage(publicMessage), "name_under_second_key")
  await assertStillWorks(room)
})

test("a known name with its true account key but without its signature is refused by all", async () => {
  const forged = disguised({ name: "bob", accountKey: bob.identity.accountKey, signature: new Uint8Array(64).fill(7) })
  const { publicMessage } = await attacker.externalCommit(forged, groupInfo)
  await assertRefusedByAll(room, attacker.publicMessage(publicMessage), "bad_credential")
  await assertStillWorks(room)
})

test("a credential taken from another device's leaf is refused by all", async () => {
  const dave = await makeDevice(mls, await makePerson(mls, "dave"))
  const stolen = { ...mallory.identity, credential: dave.identity.credential }
  const { publicMessage } = await attacker.externalCommit(stolen, groupInfo)
  await assertRefusedByAll(room, attacker.publicMessage(publicMessage), "bad_credential")
  await assertStillWorks(room)
})

test("one account under two names is refused by all", async () => {
  const second = await makeDevice(mls, { name: "robert", key: bob.person.key })
  const { publicMessage } = await attacker.externalCommit(second.identity, groupInfo)
  await assertRefusedByAll(room, attacker.publicMessage(publicMessage), "key_under_second_name")
  await assertStillWorks(room)
})

test("a device that enters a second time without leaving its old leaf is refused by all", async () => {
  const again = await mls.core.makeIdentity({
    name: "bob",
    device: bob.identity.device,
    accountKeyPair: bob.person.key,
  })
  const { publicMessage } = await attacker.externalCommit(again, groupInfo)
  await assertRefusedByAll(room, attacker.publicMessage(publicMessage), "device_twice")
  await assertStillWorks(room)
})

test("a leaf key that is in the tree already is refused by all, and by the library itself", async () => {
  const device = Buffer.alloc(16, 9)
  const { publicKey } = bob.identity.signatureKey
  const label = Buffer.from("SecureChat device credential 1\0")
  const signed = Buffer.concat([label, device, publicKey, Buffer.from("bob")])
  const signature = await mls.suites.sign(bob.person.key.privateKey, signed)
  const nameBytes = Buffer.from("bob")
  const credential = Buffer.concat([Uint8Array.of(1, 3), nameBytes, device, bob.identity.accountKey, signature])
  const reused = { ...bob.identity, credential: new Uint8Array(credential) }
  const { publicMessage } = await attacker.externalCommit(reused, groupInfo)
  await assertRefusedByAll(room, attacker.publicMessage(publicMessage), "bad_tree")
  const state = attacker.stateOf(groupOf(alice))
  const { processPublicMessage } = mls.processMessages
  const raw = processPublicMessage(state, publicMessage, mls.pskIndex.emptyPskIndex, attacker.suite, () => "accept")
  await assert.rejects(raw, /signature keys not unique/)
  await assertStillWorks(room)
})

test("a joining leaf with a weak encryption key, or one swollen with capabilities, is refused by all", async () => {
  const weak = { leaf: { hpkePublicKey: new Uint8Array(32) } }
  const { publicMessage } = await attacker.externalCommit(mallory.identity, groupInfo)
  assert.ok(publicMessage.content.contentType === "commit")
  const leaf = publicMessage.content.commit.path?.leafNode
  assert.ok(leaf)
  const proposals = Array.from({ length: 33 }, (_, number) => number)
  const swollen = { leaf: { capabilities: { ...leaf.capabilities, proposals } } }
  for (const change of [weak, swollen])
    await assertRefusedByAll(
      room,
      await attacker.resignedExternalCommit(mallory.identity, groupInfo, change),
      "bad_leaf",
    )
  await assertStillWorks(room)
})

test("an external commit with an Add, two external_inits, or data beside it is refused by all", async () => {
  const { keyPackage } = await attacker.keyPackage((await makeDevice(mls, await makePerson(mls, "dave"))).identity)
  const add = { proposalOrRefType: "proposal", proposal: { proposalType: "add", add: { keyPackage } } } as const
  const reference = { proposalOrRefType: "reference", reference: new Uint8Array(32) } as const
  for (const extra of [[add], [reference]])
    await assertRefusedByAll(
      room,
      await attacker.resignedExternalCommit(mallory.identity, groupInfo, {
        proposals: (given) => [...given, ...extra],
      }),
      "forbidden_proposal",
    )
  const twice = { proposals: <T>(given: readonly T[]) => [...given, ...given] }
  await assertRefusedByAll(
    room,
    await attacker.resignedExternalCommit(mallory.identity, groupInfo, twice),
    "forbidden_proposal",
  )
  const data = { authenticatedData: Uint8Array.of(1) }
  const message = await attacker.resignedExternalCommit(mallory.identity, groupInfo, data)
  await assertRefusedByAll(room, message, "forbidden_message")
  await assertStillWorks(room)
})

test("a stranger can't enter a group, but a member's further device can", async () => {
  const devices = await Promise.all([alice, bob].map(({ person }) => makeDevice(mls, person)))
  const [founder] = devices
  assert.ok(founder)
  await makeRoom(mls, GROUP_ID, { kind: "group", founder: founder.identity.accountKey }, devices)
  const info = await groupOf(founder).groupInfo()
  const { publicMessage } = await attacker.externalCommit(mallory.identity, info)
  await assertRefusedByAll(devices, attacker.publicMessage(publicMessage), "join_forbidden")
  const phone = await makeDevice(mls, alice.person)
  const expected = { roomId: GROUP_ID, kind: "group" } as const
  const joined = await mls.core.joinExternal(phone.identity, info, { resync: false, expected })
  for (const outcome of (await deliver(devices, joined.commit)).values()) {
    assert.equal(outcome.kind, "commit")
    assert.deepEqual(
      outcome.changes.map(({ kind, member }) => [kind, member.name]),
      [["joined", "alice"]],
    )
  }
  phone.group = joined.group
  await assertStillWorks([...devices, phone])
})

test("a device that another copy of itself replaces learns that it is out", async () => {
  const joined = await mls.core.joinExternal(bob.identity, groupInfo, { resync: true, expected: GENERAL })
  const outcomes = await deliver(room, joined.commit)
  assert.equal(outcomes.get(bob)?.kind, "removed")
  const seen = outcomes.get(alice)
  assert.ok(seen?.kind === "commit")
  assert.deepEqual(
    seen.changes.map(({ kind, member }) => [kind, member.name]),
    [["resynced", "bob"]],
  )
  bob.group = joined.group
  await assertStillWorks(room)
})
