import assert from "node:assert/strict"
import { test } from "node:test"
import { Pins } from "../../src/client/core/pins.ts"
import type { Vault, VaultChange } from "../../src/client/core/platform.ts"
import { SealedVault } from "../../src/client/core/sealed-vault.ts"
import { MemoryVaults } from "../../src/client/node/memory-vault.ts"
import { accountName, deviceId } from "../../src/shared/ids.ts"

const ANNA = accountName.parse("anna", "name")
const device = deviceId.parse("AAAAAAAAAAAAAAAAAAAAAA", "device")
const key = (byte: number) => new Uint8Array(32).fill(byte)
const person = (accountKey: Uint8Array) => [{ name: ANNA, accountKey, devices: 1, deviceIds: [device] }]

async function vault(): Promise<SealedVault> {
  const opened: Vault = new MemoryVaults().open("somebody")
  const secret = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"])
  return new SealedVault(opened, secret)
}

/** Does something to the pins and stores it; gives the pins as they are read again. */
async function after(store: SealedVault, ...steps: readonly ((pins: Pins) => readonly VaultChange[])[]): Promise<Pins> {
  const pins = await Pins.load(store)
  for (const step of steps) await store.write(step(pins))
  return Pins.load(store)
}

const seen = (accountKey: Uint8Array) => (pins: Pins) => pins.compare(person(accountKey)).changes

test("the first key of a name is taken, and nothing about it has to be accepted", async () => {
  const pins = await after(await vault(), seen(key(1)))
  assert.equal(pins.fits("anna", key(1)), true)
  assert.equal(pins.fits("anna", key(2)), false)
  assert.equal(pins.fits("berta", key(1)), false)
  assert.equal(pins.isUnaccepted("anna"), false)
  assert.equal(pins.nameOf(key(1)), "anna")
})

test("another key is noticed once, and waits for the person's word, also after a restart", async () => {
  const store = await vault()
  const pins = await after(store, seen(key(1)))
  assert.deepEqual(pins.compare(person(key(2))).changed, ["anna"])
  assert.deepEqual(pins.compare(person(key(2))).changed, [])
  const later = await after(store, seen(key(2)))
  assert.equal(later.isUnaccepted("anna"), true)
  assert.equal(later.fits("anna", key(2)), true)
  const accepted = await after(store, (found) => found.accept(ANNA))
  assert.equal(accepted.isUnaccepted("anna"), false)
})

test("a key that was compared is verified until it changes, and accepted by that", async () => {
  const store = await vault()
  const verified = await after(store, seen(key(1)), seen(key(2)), (pins) => pins.verify(ANNA, true))
  assert.equal(verified.isVerified("anna"), true)
  assert.equal(verified.isUnaccepted("anna"), false)
  const changed = await after(store, seen(key(3)))
  assert.equal(changed.isVerified("anna"), false)
  const unmarked = await after(
    store,
    (pins) => pins.verify(ANNA, true),
    (pins) => pins.verify(ANNA, false),
  )
  assert.equal(unmarked.isVerified("anna"), false)
})
