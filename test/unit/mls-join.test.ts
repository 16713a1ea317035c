/**
 * Joining a room with what a lying server hands out, and this part's own bounds and saved forms. What is wrong is refused
 * with a code before anything is sent.
 */
import assert from "node:assert/strict"
import { before, beforeEach, test } from "node:test"
import { Attacker } from "../helpers/mls-attacker.ts"
import { loadMlsBundle, type MlsBundle } from "../helpers/mls-bundle.ts"
import {
  assertAgreement,
  type Device,
  deliver,
  groupOf,
  makeDevice,
  makePerson,
  makeRoom,
} from "../helpers/mls-people.ts"

const GENERAL = { roomId: "general_chat", kind: "general" } as const
const GROUP = { roomId: "AAAAAAAAAAAAAAAAAAAAAA", kind: "group" } as const
const DAY = 24 * 3600 * 1000

let mls: MlsBundle
let attacker: Attacker
let alice: Device
let bob: Device
let carol: Device

before(async () => {
  mls = await loadMlsBundle()
  attacker = await Attacker.of(mls)
})

beforeEach(async () => {
  const people = await Promise.all(["alice", "bob", "carol"].map((name) => makePerson(mls, name)))
  const [a, b, c] = await Promise.all(people.map((person) => makeDevice(mls, person)))
  assert.ok(a && b && c)
  ;[alice, bob, carol] = [a, b, c]
  await makeRoom(mls, "general_chat", { kind: "general", founder: alice.identity.accountKey }, [alice, bob])
})

const join = (
  device: Device,
  groupInfo: Uint8Array,
  resync = false,
  expected: typeof GENERAL | typeof GROUP = GENERAL,
) => mls.core.joinExternal(device.identity, groupInfo, { resync, expected })

test("a GroupInfo of another room, of another kind of room, or damaged in any byte is refused", async () => {
  const groupInfo = await groupOf(alice).groupInfo()
  await assert.rejects(join(carol, groupInfo, false, GROUP), { code: "wrong_room" })
  const elsewhere = { roomId: "general_chat", kind: "group" } as const
  const other = mls.core.joinExternal(carol.identity, groupInfo, { resync: false, expected: elsewhere })
  await assert.rejects(other, { code: "wrong_charter" })
  for (let at = 0; at < groupInfo.length; at += 37) {
    const damaged = new Uint8Array(groupInfo)
    damaged[at] = (damaged[at] ?? 0) ^ 1
    await assert.rejects(join(carol, damaged), { name: "Refusal" })
  }
  await assert.rejects(join(carol, new Uint8Array([...groupInfo, 0])), { code: "malformed" })
})

test("a GroupInfo signed by somebody outside the tree, or about a tree with a stranger's ghost, is refused", async () => {
  const state = attacker.stateOf(groupOf(alice))
  const forger = { ...state, signaturePrivateKey: carol.identity.signatureKey.privateKey }
  const { createGroupInfoWithExternalPubAndRatchetTree: create } = mls.createCommit
  const encode = async (from: typeof state) => {
    const groupInfo = await create(from, [], attacker.suite)
    return mls.messages.encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo })
  }
  await assert.rejects(join(carol, await encode(forger)), { code: "bad_signature" })
  const ghost = await attacker.keyPackage({ ...carol.identity, credential: bob.identity.credential })
  const [ratchetTree] = mls.ratchetTree.addLeafNode(state.ratchetTree, ghost.keyPackage.leafNode)
  const treeHash = await mls.treeHash.treeHashRoot(ratchetTree, attacker.suite.hash)
  const haunted = { ...state, ratchetTree, groupContext: { ...state.groupContext, treeHash } }
  await assert.rejects(join(carol, await encode(haunted)), { name: "Refusal" })
})

test("joining twice and resyncing from outside are told apart", async () => {
  const groupInfo = await groupOf(alice).groupInfo()
  await assert.rejects(join(bob, groupInfo), { code: "already_member" })
  await assert.rejects(join(carol, groupInfo, true), { code: "not_a_member" })
})

test("the only member of a room can resync, and others can join after that", async () => {
  await makeRoom(mls, "general_chat", { kind: "general", founder: alice.identity.accountKey }, [alice])
  const resynced = await join(alice, await groupOf(alice).groupInfo(), true)
  alice.group = resynced.group
  const joined = await join(bob, resynced.groupInfo)
  bob.group = undefined
  await deliver([alice], joined.commit)
  bob.group = joined.group
  await assertAgreement([alice, bob])
})

test("a KeyPackage serves for 30 days and no longer, and a Welcome only its own device", async () => {
  await makeRoom(mls, GROUP.roomId, { kind: "group", founder: alice.identity.accountKey }, [alice])
  const now = Date.now()
  const made = await mls.core.makeKeyPackage(bob.identity, now)
  await assert.rejects(groupOf(alice).add([made.keyPackage], now + 31 * DAY), { code: "key_package_expired" })
  await assert.rejects(groupOf(alice).add([made.keyPackage], now - DAY), { code: "key_package_expired" })
  const damaged = new Uint8Array(made.keyPackage)
  damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1
  await assert.rejects(groupOf(alice).add([damaged], now), { code: "bad_signature" })

  const added = await groupOf(alice).add([made.keyPackage], now)
  assert.ok(added.welcome)
  assert.deepEqual(mls.core.welcomeReferences(added.welcome), [made.reference])
  const accept = (device: Device, parts: Uint8Array, expected: typeof GROUP | typeof GENERAL) =>
    mls.core.joinWelcome(device.identity, added.welcome ?? new Uint8Array(), parts, expected)
  const foreign = await mls.core.makeKeyPackage(carol.identity, now)
  await assert.rejects(accept(carol, foreign.privateParts, GROUP), { name: "Refusal" })
  await assert.rejects(accept(bob, made.privateParts, GENERAL), { code: "wrong_room" })
  bob.group = await accept(bob, made.privateParts, GROUP)
  alice.group = added.group
  await assertAgreement([alice, bob])
})

test("a room is founded only by its founder, and a private chat only by one of its two accounts", async () => {
  const { accountKey } = alice.identity
  const foreign = mls.core.createGroup(bob.identity, "general_chat", { kind: "general", founder: accountKey })
  await assert.rejects(foreign, { code: "wrong_charter" })
  const accounts = [bob.identity.accountKey, carol.identity.accountKey] as const
  const outsider = mls.core.createGroup(alice.identity, GROUP.roomId, {
    kind: "private",
    founder: accountKey,
    accounts,
  })
  await assert.rejects(outsider, { name: "Refusal" })
  await assert.rejects(mls.core.createGroup(alice.identity, "x", { kind: "group", founder: accountKey }))
})

test("a saved group is read again by its own device only, and not when a byte is missing", async () => {
  const saved = groupOf(alice).encode()
  assert.equal(mls.core.decodeGroup(alice.identity, saved).epochAuthenticator, groupOf(alice).epochAuthenticator)
  assert.throws(() => mls.core.decodeGroup(bob.identity, saved), { code: "broken" })
  assert.throws(() => mls.core.decodeGroup(alice.identity, saved.slice(0, -1)), { code: "malformed" })
  assert.throws(() => mls.core.decodeGroup(alice.identity, new Uint8Array([9, ...saved.slice(1)])), {
    code: "malformed",
  })
})

test("a group is saved alike whether it was just decoded or has sent, received and followed", async () => {
  const sent = await groupOf(alice).encrypt(Uint8Array.of(1), new Uint8Array())
  alice.group = sent.group
  await deliver([bob], sent.message)
  const made = await groupOf(alice).update()
  await deliver([bob], made.commit)
  alice.group = made.group
  const later = await groupOf(alice).encrypt(Uint8Array.of(2), new Uint8Array())
  await deliver([bob], later.message)
  for (const [group, { identity }] of [
    [later.group, alice],
    [groupOf(bob), bob],
  ] as const) {
    const saved = group.encode()
    assert.deepEqual(mls.core.decodeGroup(identity, saved).encode(), saved)
    const state = attacker.stateOf(group)
    assert.deepEqual(mls.clientState.encodeGroupState(state), saved.slice(1))
  }
})

test("a saved identity is read again as it was", async () => {
  const { decodeIdentity, encodeIdentity } = mls.core
  assert.deepEqual(decodeIdentity(encodeIdentity(alice.identity)), alice.identity)
  assert.throws(() => decodeIdentity(encodeIdentity(alice.identity).slice(1)), { code: "malformed" })
})

test("messages are bounded: one byte over is refused on the way out and on the way in", async () => {
  const { MLS_BOUNDS } = mls.core
  const data = new Uint8Array(MLS_BOUNDS.authenticatedData)
  const longest = new Uint8Array(MLS_BOUNDS.plaintext)
  const sent = await groupOf(alice).encrypt(longest, data)
  assert.ok(sent.message.length <= MLS_BOUNDS.message)
  assert.equal((await groupOf(bob).process(sent.message)).kind, "message")
  await assert.rejects(groupOf(alice).encrypt(new Uint8Array(MLS_BOUNDS.plaintext + 1), data), { code: "too_large" })
  await assert.rejects(groupOf(alice).encrypt(longest, new Uint8Array(data.length + 1)), { code: "too_large" })
  const refused = await groupOf(bob).process(new Uint8Array(MLS_BOUNDS.commit + 1))
  assert.ok(refused.kind === "refused" && refused.reason === "too_large")
  await assert.rejects(join(carol, new Uint8Array(MLS_BOUNDS.groupInfo + 1)), { code: "too_large" })
  await assert.rejects(groupOf(alice).add([new Uint8Array(MLS_BOUNDS.keyPackage + 1)], 0), { code: "too_large" })
})

test("messages are padded, so that short ones can't be told apart by length", async () => {
  const lengths = new Set<number>()
  for (const length of [0, 1, 50, 150])
    lengths.add((await groupOf(alice).encrypt(new Uint8Array(length), new Uint8Array(34))).message.length)
  assert.equal(lengths.size, 1)
})

test("a message of the former epoch is still read, and named from that epoch's members", async () => {
  const late = await groupOf(bob).encrypt(Uint8Array.of(5), new Uint8Array())
  const joined = await join(carol, await groupOf(alice).groupInfo())
  await deliver([alice], joined.commit)
  const outcome = await groupOf(alice).process(late.message)
  assert.ok(outcome.kind === "message")
  assert.equal(outcome.sender.name, "bob")
  const again = await outcome.group.process(late.message)
  assert.ok(again.kind === "refused" && again.reason === "replayed")
})

test("a device knows its own messages and commits again", async () => {
  const sent = await groupOf(alice).encrypt(Uint8Array.of(5), new Uint8Array())
  for (const group of [groupOf(alice), sent.group]) {
    const outcome = await group.process(sent.message)
    assert.ok(outcome.kind === "refused" && outcome.reason === "own_message")
  }
  const made = await groupOf(alice).update()
  const outcome = await groupOf(alice).process(made.commit)
  assert.ok(outcome.kind === "refused" && outcome.reason === "own_message")
  assert.equal(mls.core.messageHash(made.commit), mls.core.messageHash(new Uint8Array(made.commit)))
})

test("the old group serves until its secrets are consumed, and not after", async () => {
  const before = groupOf(alice)
  const made = await before.update()
  const winner = await groupOf(bob).update()
  assert.equal((await before.process(winner.commit)).kind, "commit")
  made.consume()
  const outcome = await before.process(winner.commit)
  assert.ok(outcome.kind === "refused")
})
