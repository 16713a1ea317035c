/** Searching rooms that only the test holds: the right messages, in order, kept up to date, within bounds. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import { fold } from "../../src/client/core/folding.ts"
import { ClosedVault } from "../../src/client/core/sealed-vault.ts"
import type { SearchProgress } from "../../src/client/core/search.ts"
import type { SearchPlace, SearchResult } from "../../src/client/core/search-index.ts"
import type { Item } from "../../src/client/core/types.ts"
import { accountName } from "../../src/shared/ids.ts"
import { randomness } from "../helpers/randomness.ts"
import { GARDEN, GENERAL, houseOf, many, message, positionOf, ROOMS, textsOf } from "../helpers/searched-rooms.ts"

describe("A search", () => {
  it("finds messages of all rooms, the newest first, and nothing that nobody said", async () => {
    const roster: Item = {
      ...{ kind: "joined", position: positionOf(4), at: 9, name: accountName.parse("carol", "name") },
      ...{ devices: 1, by: undefined },
    }
    const { search, found } = houseOf([
      [GENERAL, message(1, "Apples and pears", 1)],
      [GENERAL, roster],
      [GARDEN, message(1, "more apples", 5)],
      [GARDEN, message(2, "plums", 6)],
    ])
    assert.deepEqual(await found("apple"), ["more apples", "Apples and pears"])
    assert.deepEqual(await found("carol"), [])
    const { results, more, since } = await search.find("pears")
    const [result] = results
    assert.deepEqual([result?.room, result?.position, result?.at, result?.sender], [GENERAL, positionOf(1), 1, "berta"])
    assert.deepEqual(result?.marks, [{ from: 11, to: 16 }])
    assert.deepEqual([more, since], [undefined, undefined])
  })

  it("reads what is there once, page after page, says how far it is, and lets others run", async () => {
    const { house, search } = houseOf(many(3_200, (seq) => `number ${seq}`))
    house.rooms.set(GARDEN, [])
    const progress: SearchProgress[] = []
    let turns = 0
    const turn = (): void => {
      turns += 1
      if (house.reads < 10) setImmediate(turn)
    }
    house.gate = new Promise((open) => setImmediate(open))
    turn()
    const [first, second] = await Promise.all([
      search.find("number 3199", { progress: (each) => progress.push(each) }),
      search.find("3200"),
    ])
    assert.deepEqual([textsOf(first.results), textsOf(second.results)], [["number 3199"], ["number 3200"]])
    assert.equal(progress.length, 13)
    assert.deepEqual(progress.at(-1), { done: 3_199, total: 3_199 })
    for (const [index, { done }] of progress.entries()) assert.ok(done >= (progress[index - 1]?.done ?? 0))
    assert.ok(turns > 0)
    const { reads } = house
    await search.find("again")
    assert.equal(house.reads, reads)
  })

  it("finds what waits, also when more waits than is read at once", async () => {
    const { house, found } = houseOf(many(300, (seq) => `number ${seq}`))
    for (let number = 0; number < 600; number++)
      house.rooms.get(GENERAL)?.push(message(`~${String(number).padStart(9, "0")}`, `waits ${number}`, 1e9 + number))
    assert.deepEqual(await found('"number 1"', { limit: 1 }), ["number 199"])
    assert.deepEqual(await found('"waits 0"'), ["waits 0"])
    assert.deepEqual(await found('"waits 599"'), ["waits 599"])
    assert.deepEqual(await found('"number 300"'), ["number 300"])
  })

  it("gives as many as are asked for, at least one and at most two hundred", async () => {
    const { found } = houseOf(many(300, (seq) => `apple ${seq}`))
    const counts = [0, 1, 31, 200, 201, 1e9].map(async (limit) => (await found("apple", { limit })).length)
    assert.deepEqual(await Promise.all(counts), [1, 1, 31, 200, 200, 200])
    assert.equal((await found("apple")).length, 30)
  })

  it("goes on where it ended, without one twice or left out, also when something comes meanwhile", async () => {
    const { house, search } = houseOf(many(95, (seq) => `apple ${seq}`))
    const texts: string[] = []
    for (let after: SearchPlace | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
      const { results, more }: { readonly results: readonly SearchResult[]; readonly more: SearchPlace | undefined } =
        await search.find("apple", { limit: 10, ...(after === undefined ? {} : { after }) })
      texts.push(...textsOf(results))
      after = more
      await house.say(GENERAL, message(1_000 + texts.length, "apple new", 1e12))
    }
    assert.deepEqual(
      texts,
      Array.from({ length: 95 }, (_, index) => `apple ${95 - index}`),
    )
  })

  it("knows at once what is said, changed, sent and given up after the first one", async () => {
    const { house, found } = houseOf([[GENERAL, message(1, "apple", 1)]])
    await found("apple")
    await house.say(GENERAL, message(2, "pear", 2))
    await house.say(GENERAL, message("~000000001", "plum", 3))
    await house.say(GENERAL, message("~000000002", "fig", 4))
    assert.deepEqual(await found("pear"), ["pear"])
    await house.say(GENERAL, message(2, "peach", 2))
    assert.deepEqual([await found("pear"), await found("peach")], [[], ["peach"]])
    await house.say(GENERAL, message(3, "plum", 3), "~000000001")
    assert.deepEqual(await found("plum"), ["plum"])
    await house.discard(GENERAL, "~000000002")
    assert.deepEqual(await found("fig"), [])
    await house.say(GENERAL, message(1, "", 1))
    assert.deepEqual(await found("apple"), [])
  })

  it("believes events more than a page that was read before them", async () => {
    const { house, search } = houseOf([
      [GENERAL, message(1, "apple", 1)],
      [GENERAL, message(2, "pear", 2)],
      [GENERAL, message("~000000001", "plum", 3)],
    ])
    let open = (): void => undefined
    house.gate = new Promise((resolve) => {
      open = resolve
    })
    const asked = search.find("p")
    await Promise.resolve()
    const ends = house.reads
    open()
    house.gate = new Promise((resolve) => {
      open = resolve
    })
    while (house.reads === ends) await new Promise((resume) => setImmediate(resume))
    await house.say(GENERAL, message(1, "peach", 1))
    await house.say(GENERAL, message(3, "plum", 3), "~000000001")
    await house.discard(GENERAL, positionOf(2))
    open()
    assert.deepEqual(textsOf((await asked).results), ["plum", "peach"])
  })

  it("reads a room again that has got lines of the past, and rooms that are new", async () => {
    const { house, found } = houseOf([[GENERAL, message(5, "apple five", 5)]])
    assert.deepEqual(await found("apple"), ["apple five"])
    house.rooms.set(GENERAL, [message(1, "apple one", 1), message(5, "apple five", 5)])
    house.events.emit("history", GENERAL)
    house.rooms.set(GARDEN, [message(1, "apple tree", 3)])
    await Promise.resolve()
    assert.deepEqual(await found("apple"), ["apple five", "apple tree", "apple one"])
  })

  it("leaves the oldest away when they are too many, and says since when it knows", async () => {
    const count = 5_000
    const { house, search } = houseOf(
      many(count, (seq) => `number ${seq}`),
      100_000,
    )
    const { results, since } = await search.find("number", { limit: 200 })
    assert.equal(results[0]?.snippet, `number ${count}`)
    assert.ok(since !== undefined && since > 0)
    const oldest = Math.round(since / 60_000) + 1
    assert.deepEqual(textsOf((await search.find(`"number ${oldest + 1}"`)).results), [`number ${oldest + 1}`])
    assert.deepEqual((await search.find(`"number ${oldest}"`)).results, [])
    assert.ok(house.reads < 2 + 8, "what would not be kept is not read")
    for (const [, item] of many(count, (seq) => `more ${seq}`))
      house.events.emit("item", { room: GARDEN, item: { ...item, at: item.at + 1e9 }, was: undefined })
    await Promise.resolve()
    const later = await search.find("more", { limit: 200 })
    assert.ok((later.since ?? 0) > since)
    assert.equal(later.results[0]?.snippet, `more ${count}`)
  })

  it("has thousands in order that came in any order, and of which many are gone", async () => {
    const random = randomness(7)
    const { house, search } = houseOf([])
    await search.find("x")
    const there = new Map<string, { readonly at: number; readonly text: string }>()
    for (let step = 0; step < 6_000; step++) {
      const seq = 1 + Math.floor(random() * 3_000)
      const [text, at] = [`${seq % 7 === 0 ? "apple" : "pear"} ${step}`, Math.floor(random() * 10_000)]
      if (random() < 0.2) there.delete(positionOf(seq))
      else there.set(positionOf(seq), { at, text })
      const is = there.get(positionOf(seq))
      if (is === undefined) house.events.emit("gone", { room: GENERAL, position: positionOf(seq) })
      else house.events.emit("item", { room: GENERAL, item: message(seq, is.text, is.at), was: undefined })
      if (step % 1_000 === 999) {
        const { results } = await search.find("apple", { limit: 200 })
        const expected = [...there]
          .filter(([, each]) => each.text.includes("apple"))
          .sort(([a, one], [b, other]) => other.at - one.at || (a > b ? -1 : 1))
        assert.deepEqual(
          textsOf(results),
          expected.slice(0, 200).map(([, each]) => each.text),
        )
      }
    }
  })

  it("finds nothing more once the chat has ended, not even from memory", async () => {
    const { house, search } = houseOf([[GENERAL, message(1, "apple", 1)]])
    await search.find("apple")
    search.close()
    await house.say(GENERAL, message(2, "pear", 2))
    await assert.rejects(search.find("apple"), ClosedVault)
    const { search: other } = houseOf(many(2_000, () => "apple"))
    const asked = other.find("apple")
    other.close()
    await assert.rejects(asked, ClosedVault)
  })

  it("tries again after a read has failed", async () => {
    const { house, found } = houseOf([[GENERAL, message(1, "apple", 1)]])
    house.gate = Promise.reject(new Error("the disk is gone"))
    await assert.rejects(found("apple"), /the disk is gone/)
    house.gate = Promise.resolve()
    assert.deepEqual(await found("apple"), ["apple"])
  })

  it("finds what looking through all messages finds, whatever happened to them", async () => {
    const words = ["apple", "Äpfel", "pear", "PEAR tree", "tree", "straße", "Strasse 5"]
    const text = fc.array(fc.constantFrom(...words), { maxLength: 4 }).map((some) => some.join(" "))
    const step = fc.record({
      ...{ what: fc.constantFrom("say", "write", "log", "discard", "search"), room: fc.constantFrom(...ROOMS) },
      ...{ seq: fc.integer({ min: 1, max: 12 }), text, at: fc.integer({ min: 0, max: 5 }) },
    })
    const query = fc.array(fc.constantFrom("app", "apfel", "pear", '"pear tree"', "strasse", "5"), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), query, async (steps, asked) => {
        const { house, search } = houseOf([])
        for (const { what, room, seq, text: said, at } of steps) {
          const waiting = (house.rooms.get(room) ?? []).find(({ position }) => position.startsWith("~"))
          if (what === "say") await house.say(room, message(seq, said, at))
          else if (what === "write") await house.say(room, message(`~00000000${seq % 10}`, said, at))
          else if (what === "search") await search.find("x")
          else if (waiting?.kind === "text" && what === "log")
            await house.say(room, { ...waiting, position: positionOf(seq) }, waiting.position)
          else if (waiting !== undefined && what === "discard") await house.discard(room, waiting.position)
        }
        const terms = asked.map((each) => each.replaceAll('"', ""))
        const expected = [...house.rooms].flatMap(([room, items]) =>
          items
            .filter((item) => item.kind === "text" && terms.every((term) => fold(item.text).includes(term)))
            .filter((item) => terms.length > 0 && item.kind === "text" && item.text !== "")
            .map(({ position, at }) => ({ room, position, at })),
        )
        const { results } = await search.find(asked.join(" "), { limit: 200 })
        const places = results.map(({ room, position, at }) => ({ room, position, at }))
        const inOrder = (some: readonly SearchPlace[]) =>
          some.map(({ at, room, position }) => `${at} ${room} ${position}`)
        assert.deepEqual(inOrder(places).sort(), inOrder(expected).sort())
        for (const [index, { at }] of places.entries()) assert.ok(at <= (places[index - 1]?.at ?? at), "newest first")
      }),
    )
  })
})
