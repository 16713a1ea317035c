/** What is written and not sent: kept, sealed, and bounded. And the pages in which a room's lines are read. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Drafts } from "../../src/client/core/drafts.ts"
import { DRAFT_MAX, draftKey } from "../../src/client/core/records.ts"
import type { RichText, Written } from "../../src/client/core/rich-text.ts"
import { SealedVault } from "../../src/client/core/sealed-vault.ts"
import { MemoryVaults } from "../../src/client/node/memory-vault.ts"
import { GENERAL, Person, startLocalServer } from "../helpers/core-people.ts"

const plain = (text: string): Written => ({ text, doc: undefined })

async function someDrafts() {
  const raw = new MemoryVaults().open("anna")
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"])
  const vault = new SealedVault(raw, key)
  const pauses: (() => void)[] = []
  const open = () => new Drafts(vault, () => new Promise((end) => pauses.push(end)))
  return { raw, vault, pauses, open, drafts: open() }
}

describe("A draft", () => {
  it("is there when the chat is opened again, once it was kept, and gone when it was emptied", async () => {
    const { drafts, open, raw } = await someDrafts()
    assert.equal((await drafts.get(GENERAL)).text, "")
    drafts.set(GENERAL, plain("half a sen"))
    drafts.set(GENERAL, plain("half a sentence"))
    assert.equal((await drafts.get(GENERAL)).text, "half a sentence")
    await drafts.keep()
    assert.equal((await open().get(GENERAL)).text, "half a sentence")
    drafts.set(GENERAL, plain(""))
    assert.equal((await drafts.get(GENERAL)).text, "")
    await drafts.keep()
    assert.equal(await raw.get(draftKey(GENERAL)), undefined)
  })

  it("is stored by itself after a pause, many keys by one write", async () => {
    const { drafts, open, pauses } = await someDrafts()
    for (const text of ["o", "on", "one"]) drafts.set(GENERAL, plain(text))
    assert.equal(pauses.length, 1)
    assert.equal((await open().get(GENERAL)).text, "")
    for (const end of pauses) end()
    await drafts.keep()
    assert.equal((await open().get(GENERAL)).text, "one")
  })

  it("keeps its form, when it has one", async () => {
    const { drafts, open } = await someDrafts()
    const doc: RichText = {
      type: "doc",
      content: [{ type: "paragraph", content: [{ type: "text", text: "a", marks: [{ type: "bold" }] }] }],
    }
    drafts.set(GENERAL, { text: "a", doc })
    assert.deepEqual(await drafts.get(GENERAL), { text: "a", doc })
    await drafts.keep()
    assert.deepEqual(await open().get(GENERAL), { text: "a", doc })
    drafts.set(GENERAL, plain("a"))
    await drafts.keep()
    assert.deepEqual(await open().get(GENERAL), { text: "a", doc: undefined })
  })

  it("is stored sealed only", async () => {
    const { drafts, raw } = await someDrafts()
    drafts.set(GENERAL, plain("between you and me"))
    await drafts.keep()
    const stored = Buffer.from((await raw.get(draftKey(GENERAL))) ?? new Uint8Array())
    assert.ok(stored.length > 0)
    assert.equal(stored.includes("between"), false)
  })

  it("is kept up to its bound, well-formed, and one that can't be read is none", async () => {
    const { drafts, open, vault } = await someDrafts()
    drafts.set(GENERAL, plain(`${"x".repeat(DRAFT_MAX - 1)}🌍`))
    await drafts.keep()
    assert.equal((await open().get(GENERAL)).text, `${"x".repeat(DRAFT_MAX - 1)}\uFFFD`)
    await vault.write([{ key: draftKey(GENERAL), value: Uint8Array.of(1) }])
    assert.equal((await open().get(GENERAL)).text, "")
  })

  it("goes over to the tab that takes over, without a pause", async (t) => {
    const anna = await Person.signUp(t, await startLocalServer(t), "anna")
    anna.chat.drafts.set(GENERAL, plain("not finished"))
    const next = await anna.open({ takeOver: true })
    assert.equal((await next.drafts.get(GENERAL)).text, "not finished")
  })
})

describe("A room's lines", () => {
  it("are read in pages both ways, each line once, waiting messages last", async (t) => {
    const server = await startLocalServer(t)
    const anna = await Person.signUp(t, server, "anna")
    for (const text of ["1", "2", "3"]) await anna.say(text)
    await anna.reaches("3", "sent")
    await anna.until(() => anna.room.waiting === 0)
    await server.close()
    for (const text of ["4", "5"]) await anna.say(text)
    const all = await anna.items()
    assert.deepEqual(await anna.texts(), ["1", "2", "3", "4", "5"])
    for (let limit = 1; limit <= all.length + 1; limit++)
      for (const [index, { position }] of all.entries()) {
        const after = await anna.chat.messages(GENERAL, { after: position, limit })
        assert.deepEqual(after, all.slice(index + 1, index + 1 + limit))
        const before = await anna.chat.messages(GENERAL, { before: position, limit })
        assert.deepEqual(before, all.slice(Math.max(0, index - limit), index))
        assert.deepEqual(await anna.chat.messages(GENERAL, { limit }), all.slice(-limit))
      }
  })
})
