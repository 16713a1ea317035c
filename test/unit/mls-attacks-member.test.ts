/**
 * Attacks by members: commits that are valid MLS and break the room's rules. Every other member must refuse each for the
 * same reason, and the room must go on.
 */
import assert from "node:assert/strict"
import { before, beforeEach, test } from "node:test"
import type { Proposal } from "ts-mls/proposal.js"
import type { Charter } from "../../src/client/core/mls/index.ts"
import { Attacker, assertRefusedByAll, assertStillWorks } from "../helpers/mls-attacker.ts"
import { loadMlsBundle, type MlsBundle } from "../helpers/mls-bundle.ts"
import { type Device, deliver, groupOf, makeDevice, makePerson, makeRoom } from "../helpers/mls-people.ts"

const ROOM_ID = "AAAAAAAAAAAAAAAAAAAAAA"

let mls: MlsBundle
let attacker: Attacker
let alice: Device
let bob: Device
let mallory: Device
let dave: Device

before(async () => {
  mls = await loadMlsBundle()
  attacker = await Attacker.of(mls)
})

beforeEach(async () => {
  const people = await Promise.all(["alice", "bob", "mallory", "dave"].map((name) => makePerson(mls, name)))
  const [a, b, m, d] = await Promise.all(people.map((person) => makeDevice(mls, person)))
  assert.ok(a && b && m && d)
  ;[alice, bob, mallory, dave] = [a, b, m, d]
})

async function inRoom(kind: "general" | "group"): Promise<Device[]> {
  const devices = [alice, bob, mallory]
  const roomId = kind === "general" ? "general_chat" : ROOM_ID
  await makeRoom(mls, roomId, { kind, founder: alice.identity.accountKey }, devices)
  return devices
}

/** A private chat of Alice and Mallory with two devices each. */
async function inPrivateChat(): Promise<Device[]> {
  const [phone, tablet] = await Promise.all([alice, mallory].map(({ person }) => makeDevice(mls, person)))
  assert.ok(phone && tablet)
  const devices = [alice, mallory, phone, tablet]
  const accounts = [alice.identity.accountKey, mallory.identity.accountKey] as const
  await makeRoom(mls, ROOM_ID, { kind: "private", founder: accounts[0], accounts }, devices)
  return devices
}

const others = (devices: readonly Device[]): Device[] => devices.filter((device) => device !== mallory)

/** Mallory's commit of these proposals, refused by all the others. */
async function refused(
  devices: readonly Device[],
  proposals: Proposal[],
  reason: Parameters<typeof assertRefusedByAll>[2],
) {
  const state = attacker.stateOf(groupOf(mallory))
  const { message } = await attacker.commit(state, { extraProposals: proposals })
  await assertRefusedByAll(others(devices), message, reason)
  await assertStillWorks(devices)
}

const remove = (device: Device): Proposal => ({
  proposalType: "remove",
  remove: { removed: groupOf(device).self.leafIndex },
})

async function add(device: Device): Promise<Proposal> {
  const { keyPackage } = await attacker.keyPackage(device.identity)
  return { proposalType: "add", add: { keyPackage } }
}

test("a member's commit with Remove(1000) is refused at once", async () => {
  const devices = await inRoom("general")
  const proposal: Proposal = { proposalType: "remove", remove: { removed: 1000 } }
  const message = await attacker.forgedCommit(attacker.stateOf(groupOf(mallory)), [
    { proposalOrRefType: "proposal", proposal },
  ])
  const started = performance.now()
  await assertRefusedByAll(others(devices), message, "removal_forbidden")
  assert.ok(performance.now() - started < 500)
  await assertStillWorks(devices)
})

test("nobody may be added to the general room", async () => {
  await refused(await inRoom("general"), [await add(dave)], "add_forbidden")
  const made = await mls.core.makeKeyPackage(dave.identity, Date.now())
  await assert.rejects(groupOf(alice).add([made.keyPackage], Date.now()), { code: "add_forbidden" })
})

test("a member can't remove another from the general room, and not even by the founder's right", async () => {
  await refused(await inRoom("general"), [remove(bob)], "removal_forbidden")
  await assert.rejects(groupOf(alice).remove([groupOf(bob).self]), { code: "removal_forbidden" })
})

test("in a group the founder removes, others don't", async () => {
  const devices = await inRoom("group")
  await refused(devices, [remove(bob)], "removal_forbidden")
  const made = await groupOf(alice).remove([groupOf(bob).self])
  const outcomes = await deliver([bob, mallory], made.commit)
  assert.equal(outcomes.get(bob)?.kind, "removed")
  const seen = outcomes.get(mallory)
  assert.ok(seen?.kind === "commit")
  assert.deepEqual(
    seen.changes.map(({ kind, member }) => [kind, member.name]),
    [
      ["removed", "bob"],
      ["updated", "alice"],
    ],
  )
})

test("a private chat never gets a third account, by Add or by external commit", async () => {
  const devices = await inPrivateChat()
  await refused(devices, [await add(dave)], "not_in_charter")
  const { publicMessage } = await attacker.externalCommit(dave.identity, await groupOf(alice).groupInfo())
  await assertRefusedByAll(devices, attacker.publicMessage(publicMessage), "not_in_charter")
  await refused(devices, [remove(alice)], "removal_forbidden")
})

test("an added device with somebody's name, or a credential that isn't its own, is refused", async () => {
  const devices = await inRoom("group")
  const impostor = await makeDevice(mls, await makePerson(mls, "bob"))
  await refused(devices, [await add(impostor)], "name_under_second_key")
  const stolen = { ...impostor, identity: { ...impostor.identity, credential: dave.identity.credential } }
  await refused(devices, [await add(stolen)], "bad_credential")
})

test("an added device whose KeyPackage lives for ever is refused", async () => {
  const devices = await inRoom("group")
  const { keyPackage } = await attacker.keyPackage(dave.identity, { notBefore: 0n, notAfter: 2n ** 62n })
  await refused(devices, [{ proposalType: "add", add: { keyPackage } }], "bad_leaf")
})

test("nobody may change the charter, reinitialise the group, or use keys from elsewhere or unknown proposals", async () => {
  const devices = await inRoom("group")
  const { writeCharter } = mls.charter
  const charter: Charter = { kind: "group", founder: mallory.identity.accountKey }
  const proposals: Proposal[] = [
    { proposalType: "group_context_extensions", groupContextExtensions: { extensions: writeCharter(charter) } },
    {
      proposalType: "reinit",
      reinit: { groupId: Uint8Array.of(1), version: "mls10", cipherSuite: attacker.suite.name, extensions: [] },
    },
    {
      proposalType: "psk",
      psk: { preSharedKeyId: { psktype: "external", pskId: Uint8Array.of(1), pskNonce: new Uint8Array(32) } },
    },
    { proposalType: 0xf123, proposalData: Uint8Array.of(1) },
  ]
  for (const proposal of proposals) {
    const state = attacker.stateOf(groupOf(mallory))
    const message = await attacker.forgedCommit(state, [{ proposalOrRefType: "proposal", proposal }])
    await assertRefusedByAll(others(devices), message, "forbidden_proposal")
  }
  const byReference = [{ proposalOrRefType: "reference", reference: new Uint8Array(32) } as const]
  const message = await attacker.forgedCommit(attacker.stateOf(groupOf(mallory)), byReference)
  await assertRefusedByAll(others(devices), message, "forbidden_proposal")
  await assertStillWorks(devices)
})

test("a proposal by itself, and a member's commit in the open, are kinds of messages that don't exist", async () => {
  const devices = await inRoom("group")
  const state = attacker.stateOf(groupOf(mallory))
  const { createProposal } = mls.createMessage
  for (const inTheOpen of [true, false]) {
    const proposed = await createProposal(state, inTheOpen, remove(bob), attacker.suite)
    const message = mls.messages.encodeMlsMessage(proposed.message)
    await assertRefusedByAll(others(devices), message, "forbidden_message")
  }
  const { message } = await attacker.commit(state, { wireAsPublicMessage: true })
  await assertRefusedByAll(others(devices), message, "forbidden_message")
  await assertStillWorks(devices)
})

test("a member who becomes another person by his own commit is refused", async () => {
  const devices = await inRoom("group")
  const state = attacker.stateOf(groupOf(mallory))
  const { self } = groupOf(mallory)
  // The very leaf key, under a name and an account key that are nobody's yet: a valid credential in itself.
  const account = await mls.core.makeAccountKey()
  const label = Buffer.from("SecureChat device credential 1\0")
  const device = Buffer.from(self.device, "base64url")
  const signed = Buffer.concat([label, device, self.leafKey, Buffer.from("admin")])
  const signature = await mls.suites.sign(account.privateKey, signed)
  const head = Buffer.concat([Uint8Array.of(1, 5), Buffer.from("admin")])
  const identity = new Uint8Array(Buffer.concat([head, device, account.publicKey, signature]))
  const ratchetTree = state.ratchetTree.map((node, index) =>
    index === 2 * self.leafIndex && node?.nodeType === "leaf"
      ? { ...node, leaf: { ...node.leaf, credential: { credentialType: "basic" as const, identity } } }
      : node,
  )
  const { message } = await attacker.commit({ ...state, ratchetTree }, {})
  await assertRefusedByAll(others(devices), message, "committer_changed")
  await assertStillWorks(devices)
})

test("a member who changes his leaf key, though his account vouches for it, is refused", async () => {
  // A retirement could otherwise be outrun, and the credential that people verified would not be the one in use.
  const devices = await inRoom("group")
  const state = attacker.stateOf(groupOf(mallory))
  const { name, device } = mallory.identity
  const renewed = await mls.core.makeIdentity({ name, device, accountKeyPair: mallory.person.key })
  const ratchetTree = state.ratchetTree.map((node, index) =>
    index === 2 * groupOf(mallory).self.leafIndex && node?.nodeType === "leaf"
      ? {
          ...node,
          leaf: {
            ...node.leaf,
            signaturePublicKey: renewed.signatureKey.publicKey,
            credential: { credentialType: "basic" as const, identity: renewed.credential },
          },
        }
      : node,
  )
  const { sign } = attacker.suite.signature
  const isLeaf = (message: Uint8Array) => Buffer.from(message).includes("MLS 1.0 LeafNodeTBS")
  const signature = {
    ...attacker.suite.signature,
    sign: (key: Uint8Array, message: Uint8Array) =>
      sign(isLeaf(message) ? renewed.signatureKey.privateKey : key, message),
  }
  const { message } = await attacker.commit({ ...state, ratchetTree }, {}, { ...attacker.suite, signature })
  await assertRefusedByAll(others(devices), message, "committer_changed")
  await assertStillWorks(devices)
})

test("a commit whose public keys don't fit its secrets is followed, named, and healed by a resync", async () => {
  const devices = await inRoom("general")
  const expected = { roomId: "general_chat", kind: "general" } as const
  const joined = await mls.core.joinExternal(dave.identity, await groupOf(alice).groupInfo(), {
    resync: false,
    expected,
  })
  await deliver(devices, joined.commit)
  dave.group = joined.group
  const all = [...devices, dave]
  const state = attacker.stateOf(groupOf(mallory))
  let derived = 0
  const { hpke } = attacker.suite
  const suite = {
    ...attacker.suite,
    hpke: {
      ...hpke,
      // The third key pair that a commit derives is the root's: leaf, parent, root.
      deriveKeyPair: async (secret: Uint8Array) =>
        ++derived === 3 ? hpke.generateKeyPair() : hpke.deriveKeyPair(secret),
    },
  }
  const { message, newState } = await attacker.commit(state, {}, suite)
  for (const outcome of (await deliver(others(all), message)).values()) {
    assert.equal(outcome.kind, "commit")
    assert.equal(outcome.broken, true)
    assert.equal(outcome.committer.name, "mallory")
  }
  mallory.group = mls.core.decodeGroup(mallory.identity, stateBytes(newState))
  const groupInfo = await groupOf(alice).groupInfo()
  const resynced = await mls.core.joinExternal(alice.identity, groupInfo, { resync: true, expected })
  for (const outcome of (await deliver([bob, mallory, dave], resynced.commit)).values())
    assert.equal(outcome.kind, "commit")
  alice.group = resynced.group
  await assertStillWorks(all)
  assert.ok(await groupOf(bob).canFollow())
})

function stateBytes(state: Parameters<MlsBundle["clientState"]["encodeGroupState"]>[0]): Uint8Array {
  return new Uint8Array([1, ...mls.clientState.encodeGroupState(state)])
}
