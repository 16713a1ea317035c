/**
 * What core relies on in a vault, whoever implements it: run against the one in memory, the one in a file, and, in a real
 * browser, the one in IndexedDB. `open` gives a handle on the vault of an account; several opened one after another see the same records.
 */
import assert from "node:assert/strict"
import type { Vault, VaultRange } from "../../src/client/core/platform.ts"

type Open = (account: string) => Promise<Vault>

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes)

async function keysOf(vault: Vault, range: Partial<VaultRange>): Promise<string[]> {
  const whole = { from: "", before: "\x7f", limit: 1_000, newest: false }
  return (await vault.range({ ...whole, ...range })).map(({ key }) => key)
}

/** Each rule by its name. */
export const VAULT_RULES: Readonly<Record<string, (open: Open) => Promise<void>>> = {
  "gives back what was written, and nothing for a key that was not": async (open) => {
    const vault = await open("anna")
    await vault.write([{ key: "a", value: utf8("one") }])
    assert.equal(text(await vault.get("a")), "one")
    assert.equal(await vault.get("b"), undefined)
  },
  "keeps the newest value and forgets what was deleted": async (open) => {
    const vault = await open("anna")
    await vault.write([{ key: "a", value: utf8("one") }])
    await vault.write([
      { key: "a", value: utf8("two") },
      { key: "b", value: utf8("three") },
    ])
    await vault.write([{ key: "b", value: undefined }])
    assert.equal(text(await vault.get("a")), "two")
    assert.equal(await vault.get("b"), undefined)
  },
  "keeps an empty value apart from none": async (open) => {
    const vault = await open("anna")
    await vault.write([{ key: "a", value: new Uint8Array() }])
    assert.equal((await vault.get("a"))?.length, 0)
  },
  "reads ranges in the order of the keys, from either end": async (open) => {
    const vault = await open("anna")
    const keys = ["item/2", "item/1", "item/~1", "item/3", "other/1", "item", "item/10"]
    await vault.write(keys.map((key) => ({ key, value: utf8(key) })))
    const items = { from: "item/", before: "item/\x7f" }
    assert.deepEqual(await keysOf(vault, items), ["item/1", "item/10", "item/2", "item/3", "item/~1"])
    assert.deepEqual(await keysOf(vault, { ...items, limit: 2 }), ["item/1", "item/10"])
    assert.deepEqual(await keysOf(vault, { ...items, limit: 2, newest: true }), ["item/3", "item/~1"])
    assert.deepEqual(await keysOf(vault, { ...items, before: "item/3", newest: true, limit: 1 }), ["item/2"])
    assert.deepEqual(await keysOf(vault, { from: "item/2", before: "item/2" }), [])
    assert.deepEqual(await keysOf(vault, { from: "z", before: "a" }), [])
  },
  "is not changed by whoever holds bytes that went in or came out": async (open) => {
    const vault = await open("anna")
    const given = utf8("one")
    await vault.write([{ key: "a", value: given }])
    given.fill(0)
    const got = await vault.get("a")
    got?.fill(0)
    assert.equal(text(await vault.get("a")), "one")
  },
  "shows its records to whoever opens it again": async (open) => {
    const vault = await open("anna")
    await vault.write([
      { key: "a", value: utf8("one") },
      { key: "b", value: new Uint8Array(100_000).fill(7) },
    ])
    vault.close()
    const again = await open("anna")
    assert.equal(text(await again.get("a")), "one")
    assert.equal((await again.get("b"))?.length, 100_000)
  },
  "keeps accounts apart": async (open) => {
    const anna = await open("anna")
    await anna.write([{ key: "a", value: utf8("one") }])
    const berta = await open("berta")
    assert.equal(await berta.get("a"), undefined)
  },
  "makes many writes at once in the order in which they were asked for": async (open) => {
    const vault = await open("anna")
    const numbers = [...Array(50).keys()]
    await Promise.all(numbers.map((number) => vault.write([{ key: "a", value: utf8(String(number)) }])))
    assert.equal(text(await vault.get("a")), "49")
  },
  "is empty after it was destroyed": async (open) => {
    const vault = await open("anna")
    await vault.write([{ key: "a", value: utf8("one") }])
    await vault.destroy()
    assert.deepEqual(await keysOf(await open("anna"), {}), [])
  },
}
