/**
 * Statements that a device is gone (departure.ts): what they allow, and that nothing else passes for one. Every refusal
 * is by all other members alike.
 */
import assert from "node:assert/strict"
import { before, beforeEach, test } from "node:test"
import { Attacker, assertRefusedByAll, assertStillWorks } from "../helpers/mls-attacker.ts"
import { loadMlsBundle, type MlsBundle } from "../helpers/mls-bundle.ts"
import { type Device, deliver, groupOf, makeDevice, makePerson, makeRoom } from "../helpers/mls-people.ts"

const ROOM_ID = "AAAAAAAAAAAAAAAAAAAAAA"

let mls: MlsBundle
let attacker: Attacker
let alice: Device
let bob: Device
let mallory: Device
let devices: Device[]

before(async () => {
  mls = await loadMlsBundle()
  attacker = await Attacker.of(mls)
})

beforeEach(async () => {
  const people = await Promise.all(["alice", "bob", "mallory"].map((name) => makePerson(mls, name)))
  const [a, b, m] = await Promise.all(people.map((person) => makeDevice(mls, person)))
  assert.ok(a && b && m)
  ;[alice, bob, mallory] = [a, b, m]
  devices = [alice, bob, mallory]
})

const general = () => makeRoom(mls, "general_chat", { kind: "general", founder: alice.identity.accountKey }, devices)
const group = () => makeRoom(mls, ROOM_ID, { kind: "group", founder: alice.identity.accountKey }, devices)

/** Mallory commits Bob's removal with these statements, without our rules; all the others must refuse. */
async function assertRemovalRefused(statements: readonly Uint8Array[], reason: "bad_statement" | "removal_forbidden") {
  const { self } = groupOf(bob)
  const { readDeparture, writeCarried } = mls.departure
  const carried = statements.map((each) => ({ ...readDeparture(each), leafIndex: self.leafIndex }))
  const { message } = await attacker.commit(attacker.stateOf(groupOf(mallory)), {
    extraProposals: [{ proposalType: "remove", remove: { removed: self.leafIndex } }],
    authenticatedData: writeCarried(carried),
  })
  await assertRefusedByAll([alice, bob], message, reason)
  await assertStillWorks(devices)
}

test("a retired device is removed by whoever commits next, in any room", async () => {
  for (const make of [general, group]) {
    await make()
    const retirement = await mls.core.signRetirement(bob.person.key, bob.identity.device)
    const made = await groupOf(mallory).remove([groupOf(bob).self], [retirement])
    const outcomes = await deliver([alice, bob], made.commit)
    assert.equal(outcomes.get(alice)?.kind, "commit")
    const out = outcomes.get(bob)
    assert.ok(out?.kind === "removed")
    assert.equal(out.by.name, "mallory")
    mallory.group = made.group
    await assertStillWorks([alice, mallory])
    const { message } = await groupOf(alice).encrypt(Uint8Array.of(1), new Uint8Array())
    assert.equal((await groupOf(mallory).process(message)).kind, "message")
  }
})

test("a removed device reads nothing newer", async () => {
  await general()
  const stale = groupOf(bob)
  const retirement = await mls.core.signRetirement(bob.person.key, bob.identity.device)
  const made = await groupOf(mallory).remove([stale.self], [retirement])
  await deliver([alice, bob], made.commit)
  const { message } = await groupOf(alice).encrypt(Uint8Array.of(1), new Uint8Array())
  const outcome = await stale.process(message)
  assert.ok(outcome.kind === "refused")
  assert.equal(outcome.reason, "future_epoch")
})

test("a statement signed by another account, or about another device, removes nobody", async () => {
  await general()
  const { signNotice, signRetirement } = mls.core
  const own = await signRetirement(mallory.person.key, bob.identity.device)
  const aboutAnother = await signRetirement(bob.person.key, mallory.identity.device)
  const notice = await signNotice(mallory.person.key, bob.identity)
  for (const statement of [own, aboutAnother, notice]) await assertRemovalRefused([statement], "bad_statement")
  await assertRemovalRefused([], "removal_forbidden")
})

test("a leave counts in its own room only, and only until the leaf has changed", async () => {
  await group()
  const node = attacker.stateOf(groupOf(bob)).ratchetTree[2 * groupOf(bob).self.leafIndex]
  assert.ok(node?.nodeType === "leaf")
  const elsewhere = { roomId: "BBBBBBBBBBBBBBBBBBBBBA", encryptionKey: node.leaf.hpkePublicKey }
  const elsewhereOnly = await mls.departure.signLeave(bob.person.key, bob.identity.device, elsewhere)
  await assertRemovalRefused([elsewhereOnly], "bad_statement")
  const leave = await groupOf(bob).leave(bob.person.key, groupOf(bob).self)
  const renewed = await groupOf(bob).update()
  await deliver([alice, mallory], renewed.commit)
  bob.group = renewed.group
  await assertRemovalRefused([leave], "bad_statement")
  const again = await groupOf(bob).leave(bob.person.key, groupOf(bob).self)
  const made = await groupOf(mallory).remove([groupOf(bob).self], [again])
  assert.equal((await deliver([alice, bob], made.commit)).get(bob)?.kind, "removed")
})

test("a notice counts if the charter names its key", async () => {
  const server = await mls.core.makeAccountKey()
  const charter = { kind: "general", founder: alice.identity.accountKey, noticeKey: server.publicKey } as const
  await makeRoom(mls, "general_chat", charter, devices)
  await assertRemovalRefused([await mls.core.signNotice(mallory.person.key, bob.identity)], "bad_statement")
  const notice = await mls.core.signNotice(server, bob.identity)
  const made = await groupOf(mallory).remove([groupOf(bob).self], [notice])
  assert.equal((await deliver([alice, bob], made.commit)).get(bob)?.kind, "removed")
})

test("statements beside a commit that removes nobody, and data that are no statements, are refused", async () => {
  await group()
  const leave = mls.departure.readDeparture(await groupOf(bob).leave(bob.person.key, groupOf(bob).self))
  const carried = mls.departure.writeCarried([{ ...leave, leafIndex: groupOf(bob).self.leafIndex }])
  for (const authenticatedData of [carried, Uint8Array.of(1), Uint8Array.of(9, 9), new Uint8Array([...carried, 0])]) {
    const { message } = await attacker.commit(attacker.stateOf(groupOf(mallory)), { authenticatedData })
    await assertRefusedByAll([alice, bob], message, "bad_statement")
  }
  await assertStillWorks(devices)
})
