/**
 * What core relies on in a vault, whoever implements it: run against the one in memory, the one in a file, and, in a real
 * browser, the one in IndexedDB. Nothing here is Node's, so that the rules themselves run where the vault is.
 */
import type { Vault, VaultRange } from "../../src/client/core/platform.ts"

/** Gives a handle on the vault of an account; several opened one after another see the same records. */
type Open = (account: string) => Promise<Vault>

/** Throws when the two are not alike: numbers, texts, undefined, or lists of texts. */
export type Same = (actual: unknown, expected: unknown) => void

export type VaultRule = (open: Open, same: Same) => Promise<void>

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes)

async function keysOf(vault: Vault, range: Partial<VaultRange>): Promise<string[]> {
  const whole = { from: "", before: "\x7f", limit: 1_000, newest: false }
  return (await vault.range({ ...whole, ...range })).map(({ key }) => key)
}

/** Each rule by its name. */
export const VAULT_RULES: Readonly<Record<string, VaultRule>> = {
  "gives back what was written, and nothing for a key that was not": async (open, same) => {
    const vault = await open("anna")
    await vault.write([{ key: "a", value: utf8("one") }])
    same(text(await vault.get("a")), "one")
    same(await vault.get("b"), undefined)
  },
  "keeps the newest value and forgets what was deleted": async (open, same) => {
    const vault = await open("anna")
    await vault.write([{ key: "a", value: utf8("one") }])
    await vault.write([
      { key: "a", value: utf8("two") },
      { key: "b", value: utf8("three") },
    ])
    await vault.write([{ key: "b", value: undefined }])
    same(text(await vault.get("a")), "two")
    same(await vault.get("b"), undefined)
  },
  "keeps an empty value apart from none": async (open, same) => {
    const vault = await open("anna")
    await vault.write([{ key: "a", value: new Uint8Array() }])
    same((await vault.get("a"))?.length, 0)
  },
  "reads ranges in the order of the keys, from either end": async (open, same) => {
    const vault = await open("anna")
    const keys = ["item/2", "item/1", "item/~1", "item/3", "other/1", "item", "item/10"]
    await vault.write(keys.map((key) => ({ key, value: utf8(key) })))
    const items = { from: "item/", before: "item/\x7f" }
    same(await keysOf(vault, items), ["item/1", "item/10", "item/2", "item/3", "item/~1"])
    same(await keysOf(vault, { ...items, limit: 2 }), ["item/1", "item/10"])
    same(await keysOf(vault, { ...items, limit: 2, newest: true }), ["item/3", "item/~1"])
    same(await keysOf(vault, { ...items, before: "item/3", newest: true, limit: 1 }), ["item/2"])
    same(await keysOf(vault, { from: "item/2", before: "item/2" }), [])
    same(await keysOf(vault, { from: "z", before: "a" }), [])
  },
  "is not changed by whoever holds bytes that went in or came out": async (open, same) => {
    const vault = await open("anna")
    const given = utf8("one")
    await vault.write([{ key: "a", value: given }])
    given.fill(0)
    const got = await vault.get("a")
    got?.fill(0)
    same(text(await vault.get("a")), "one")
  },
  "is not changed by whoever holds bytes that came out after it was opened again": async (open, same) => {
    const vault = await open("anna")
    await vault.write([{ key: "a", value: utf8("one") }])
    vault.close()
    const again = await open("anna")
    const got = await again.get("a")
    got?.fill(0)
    const [listed] = await again.range({ from: "a", before: "b", limit: 1, newest: false })
    listed?.value.fill(0)
    same(text(await again.get("a")), "one")
  },
  "stores a value and not the buffer that it is a part of": async (open, same) => {
    const vault = await open("anna")
    await vault.write([{ key: "a", value: utf8("not this, one").subarray(10) }])
    const got = await vault.get("a")
    same(text(got), "one")
    same(got?.buffer.byteLength, 3)
  },
  "shows its records to whoever opens it again": async (open, same) => {
    const vault = await open("anna")
    await vault.write([
      { key: "a", value: utf8("one") },
      { key: "b", value: new Uint8Array(100_000).fill(7) },
    ])
    vault.close()
    const again = await open("anna")
    same(text(await again.get("a")), "one")
    same((await again.get("b"))?.length, 100_000)
  },
  "keeps accounts apart": async (open, same) => {
    const anna = await open("anna")
    await anna.write([{ key: "a", value: utf8("one") }])
    const berta = await open("berta")
    same(await berta.get("a"), undefined)
  },
  "makes many writes at once in the order in which they were asked for": async (open, same) => {
    const vault = await open("anna")
    const numbers = [...Array(50).keys()]
    await Promise.all(numbers.map((number) => vault.write([{ key: "a", value: utf8(String(number)) }])))
    same(text(await vault.get("a")), "49")
  },
  "is empty after it was destroyed": async (open, same) => {
    const vault = await open("anna")
    await vault.write([{ key: "a", value: utf8("one") }])
    await vault.destroy()
    same(await keysOf(await open("anna"), {}), [])
  },
  "can be destroyed while somebody else has it open": async (open, same) => {
    const other = await open("anna")
    await other.write([{ key: "a", value: utf8("one") }])
    await (await open("anna")).destroy()
    same(await keysOf(await open("anna"), {}), [])
  },
}
