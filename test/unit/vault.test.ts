/** The vaults of Node, and what core makes of them: sealed records that can be neither read nor exchanged. */
import assert from "node:assert/strict"
import { appendFile, readFile, stat, writeFile } from "node:fs/promises"
import path from "node:path"
import { describe, it } from "node:test"
import type { Vault } from "../../src/client/core/platform.ts"
import { SealedVault } from "../../src/client/core/sealed-vault.ts"
import { openFileVault } from "../../src/client/node/file-vault.ts"
import { MemoryVaults } from "../../src/client/node/memory-vault.ts"
import { temporaryFolder } from "../helpers/temp.ts"
import { VAULT_RULES } from "../helpers/vault-conformance.ts"

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

describe("A vault in memory", () => {
  for (const [name, rule] of Object.entries(VAULT_RULES))
    it(name, async () => {
      const vaults = new MemoryVaults()
      await rule(async (account) => vaults.open(account), assert.deepEqual)
    })
})

describe("A vault in a file", () => {
  for (const [name, rule] of Object.entries(VAULT_RULES))
    it(name, async (t) => {
      const folder = await temporaryFolder(t)
      await rule((account) => openFileVault(folder, account), assert.deepEqual)
    })

  it("drops a write that a crash cut off, wherever it was cut, and keeps those before it", async (t) => {
    const folder = await temporaryFolder(t)
    const vault = await openFileVault(folder, "anna")
    await vault.write([{ key: "a", value: utf8("whole") }])
    const file = path.join(folder, "anna.vault")
    const { size: whole } = await stat(file)
    await vault.write([
      { key: "a", value: utf8("half") },
      { key: "b", value: utf8("half") },
    ])
    vault.close()
    const bytes = await readFile(file)
    for (let length = whole; length < bytes.length; length++) {
      await writeFile(file, bytes.subarray(0, length))
      const again = await openFileVault(folder, "anna")
      assert.equal(String(Buffer.from((await again.get("a")) ?? [])), "whole", `cut at ${length}`)
      assert.equal(await again.get("b"), undefined)
      await again.write([{ key: "c", value: utf8("goes on") }])
      assert.ok(await again.get("c"))
      again.close()
    }
  })

  it("drops what stands behind the last whole write", async (t) => {
    const folder = await temporaryFolder(t)
    const vault = await openFileVault(folder, "anna")
    await vault.write([{ key: "a", value: utf8("one") }])
    vault.close()
    await appendFile(path.join(folder, "anna.vault"), Buffer.alloc(40, 1))
    const again = await openFileVault(folder, "anna")
    await again.write([{ key: "b", value: utf8("two") }])
    again.close()
    const third = await openFileVault(folder, "anna")
    assert.ok(await third.get("a"))
    assert.ok(await third.get("b"))
  })

  it("refuses a file that is something else, and leaves it as it is", async (t) => {
    const folder = await temporaryFolder(t)
    const file = path.join(folder, "anna.vault")
    await writeFile(file, "a letter to Berta")
    await assert.rejects(openFileVault(folder, "anna"), /not a vault/)
    assert.equal(await readFile(file, "utf8"), "a letter to Berta")
  })

  it("is readable by its owner only", async (t) => {
    const folder = await temporaryFolder(t)
    await openFileVault(folder, "anna")
    assert.equal((await stat(path.join(folder, "anna.vault"))).mode & 0o777, 0o600)
  })

  it("does not grow for ever when records are overwritten", async (t) => {
    const folder = await temporaryFolder(t)
    const vault = await openFileVault(folder, "anna")
    await vault.write([{ key: "kept", value: utf8("from the beginning") }])
    const value = new Uint8Array(512 * 1024).fill(9)
    for (let round = 0; round < 40; round++) await vault.write([{ key: "a", value }])
    assert.ok((await stat(path.join(folder, "anna.vault"))).size < 6 * 1024 * 1024)
    vault.close()
    const again = await openFileVault(folder, "anna")
    assert.ok(await again.get("kept"))
    assert.equal((await again.get("a"))?.length, value.length)
  })
})

describe("A sealed vault", () => {
  const newKey = () => crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"])

  async function sealed() {
    const raw = new MemoryVaults().open("anna")
    const key = await newKey()
    return { raw, key, vault: new SealedVault(raw, key) }
  }

  it("gives the storage nothing that could be read", async () => {
    const { raw, vault } = await sealed()
    await vault.write([{ key: "item/1", value: utf8("a secret text") }])
    const stored = Buffer.from((await raw.get("item/1")) ?? [])
    assert.ok(stored.length > 0)
    assert.ok(!stored.includes("secret"))
    assert.equal(String(Buffer.from((await vault.get("item/1")) ?? [])), "a secret text")
  })

  it("encrypts equal values differently each time", async () => {
    const { raw, vault } = await sealed()
    await vault.write([{ key: "a", value: utf8("equal") }])
    const first = await raw.get("a")
    await vault.write([{ key: "a", value: utf8("equal") }])
    assert.notDeepEqual(await raw.get("a"), first)
  })

  it("refuses a record that was moved to another place", async () => {
    const { raw, vault } = await sealed()
    await vault.write([{ key: "item/1", value: utf8("one") }])
    await raw.write([{ key: "item/2", value: await raw.get("item/1") }])
    await assert.rejects(vault.get("item/2"), { name: "DamagedRecord" })
  })

  it("refuses a record of which one bit was changed, and one that is too short", async () => {
    const { raw, vault } = await sealed()
    await vault.write([{ key: "a", value: utf8("one") }])
    const stored = (await raw.get("a")) ?? new Uint8Array()
    stored[stored.length - 1] = (stored.at(-1) ?? 0) ^ 1
    await raw.write([
      { key: "a", value: stored },
      { key: "b", value: Uint8Array.of(1, 2, 3) },
    ])
    await assert.rejects(vault.get("a"), { name: "DamagedRecord" })
    await assert.rejects(vault.get("b"), { name: "DamagedRecord" })
  })

  it("opens under its own key only", async () => {
    const { raw, vault } = await sealed()
    await vault.write([{ key: "a", value: utf8("one") }])
    await assert.rejects(new SealedVault(raw, await newKey()).get("a"), { name: "DamagedRecord" })
  })

  it("lists by prefix, oldest first, and the newest before a place", async () => {
    const { vault } = await sealed()
    await vault.write(["p/1", "p/2", "p/3", "q/1"].map((key) => ({ key, value: utf8(key) })))
    const keys = (found: readonly { readonly key: string }[]) => found.map(({ key }) => key)
    assert.deepEqual(keys(await vault.list("p/", { limit: 2 })), ["p/1", "p/2"])
    assert.deepEqual(keys(await vault.list("p/", { before: "p/3", limit: 1 })), ["p/2"])
  })

  it("lists from behind a place, and nothing that was moved", async () => {
    const { raw, vault } = await sealed()
    await vault.write(["p/1", "p/2", "p/3", "q/1"].map((key) => ({ key, value: utf8(key) })))
    const after = await vault.list("p/", { after: "p/1", limit: 9 })
    assert.deepEqual(
      after.map(({ key, value }) => [key, Buffer.from(value).toString()]),
      [
        ["p/2", "p/2"],
        ["p/3", "p/3"],
      ],
    )
    await raw.write([{ key: "p/2", value: await raw.get("p/3") }])
    await assert.rejects(vault.list("p/", { limit: 9 }), { name: "DamagedRecord" })
  })

  it("writes nothing once it is being closed, not even what was asked for just before", async () => {
    const { raw, vault } = await sealed()
    const before = vault.write([{ key: "a", value: utf8("one") }])
    const closing = vault.close()
    await assert.rejects(before, { name: "ClosedVault" })
    await closing
    await assert.rejects(vault.write([{ key: "b", value: undefined }]), { name: "ClosedVault" })
    assert.equal(await raw.get("a"), undefined)
  })

  it("closes the storage once, after what was being written is written", async () => {
    const { raw, key } = await sealed()
    const events: string[] = []
    let finish = (): void => undefined
    let begun = (): void => undefined
    const writing = new Promise<void>((resolve) => {
      begun = resolve
    })
    const slow: Vault = {
      ...raw,
      write: () =>
        new Promise((resolve) => {
          finish = () => {
            events.push("written")
            resolve()
          }
          begun()
        }),
      close: () => events.push("closed"),
    }
    const vault = new SealedVault(slow, key)
    const written = vault.write([{ key: "a", value: utf8("one") }])
    await writing
    const closed = vault.close()
    await new Promise(setImmediate)
    finish()
    await Promise.all([written, closed])
    assert.deepEqual(events, ["written", "closed"])
  })
})
