/** What a person has set on a device: kept, sealed, bounded, and never half lost. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { EMOJI_MAX, RECENT_EMOJI_MAX, SETTINGS } from "../../src/client/core/records.ts"
import { SealedVault } from "../../src/client/core/sealed-vault.ts"
import { Settings } from "../../src/client/core/settings.ts"
import { MemoryVaults } from "../../src/client/node/memory-vault.ts"

async function someSettings() {
  const raw = new MemoryVaults().open("anna")
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"])
  const vault = new SealedVault(raw, key)
  const store = (json: unknown) =>
    vault.write([{ key: SETTINGS, value: new TextEncoder().encode(JSON.stringify(json)) }])
  return { raw, store, load: () => Settings.load(vault), settings: await Settings.load(vault) }
}

describe("The emoji that were used last", () => {
  it("are remembered with the newest first, each once, and as many as their bound", async () => {
    const { settings, load } = await someSettings()
    assert.deepEqual(settings.emoji, { recent: [], tone: 0 })
    for (const emoji of ["👍", "❤️", "👍"]) await settings.usedEmoji(emoji)
    await settings.setTone(3)
    assert.deepEqual((await load()).emoji, { recent: ["👍", "❤️"], tone: 3 })
    const many = [..."😀😃😄😁😆😅🤣😂🙂🙃🫠😉😊😇🥰😍🤩😘"]
    for (const emoji of many) await settings.usedEmoji(emoji)
    assert.deepEqual((await load()).emoji.recent, many.reverse().slice(0, RECENT_EMOJI_MAX))
  })

  it("are stored sealed only", async () => {
    const { settings, raw } = await someSettings()
    await settings.usedEmoji("👍")
    const stored = Buffer.from((await raw.get(SETTINGS)) ?? new Uint8Array())
    assert.ok(stored.length > 0)
    assert.equal(stored.includes("👍"), false)
    assert.equal(stored.includes("recent"), false)
  })

  it("are strictly read: what is too many, too long or no tone is refused whole", async () => {
    const { store, load } = await someSettings()
    const emoji = { recent: ["👍"], tone: 5 }
    await store({ tellsRead: true, emoji: { ...emoji, recent: Array(RECENT_EMOJI_MAX).fill("x".repeat(EMOJI_MAX)) } })
    assert.equal((await load()).emoji.recent.length, RECENT_EMOJI_MAX)
    for (const wrong of [
      { ...emoji, tone: 6 },
      { ...emoji, tone: -1 },
      { ...emoji, recent: Array(RECENT_EMOJI_MAX + 1).fill("👍") },
      { ...emoji, recent: ["x".repeat(EMOJI_MAX + 1)] },
      { ...emoji, recent: [""] },
      { ...emoji, more: true },
      { tone: 1 },
    ]) {
      await store({ tellsRead: true, emoji: wrong })
      await assert.rejects(load(), { name: "ParseError" })
    }
  })

  it("were none in settings from before there were any", async () => {
    const { store, load } = await someSettings()
    await store({ tellsRead: false })
    const settings = await load()
    assert.deepEqual([settings.tellsRead, settings.emoji.recent], [false, []])
  })
})

describe("Settings that change at the same time", () => {
  it("do not undo one another", async () => {
    const { settings, load } = await someSettings()
    await Promise.all([
      settings.usedEmoji("👍"),
      settings.change({ tellsRead: false }),
      settings.setTone(2),
      settings.usedEmoji("❤️"),
    ])
    const { tellsRead, emoji } = await load()
    assert.deepEqual({ tellsRead, emoji }, { tellsRead: false, emoji: { recent: ["❤️", "👍"], tone: 2 } })
  })
})
