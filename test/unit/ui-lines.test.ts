import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import type { Item, Page, TextItem } from "../../src/client/core/types.ts"
import { keyOf, Lines } from "../../src/client/ui/lines.ts"
import { toBase64Url } from "../../src/shared/bytes.ts"
import { accountName, messageId } from "../../src/shared/ids.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { UNTOUCHED } from "../helpers/untouched.ts"

const SIZES = { page: 10, most: 40 }

const positionOf = (seq: number): string => `${String(seq).padStart(12, "0")}.000`
const waitingAt = (number: number): string => `~${String(number).padStart(9, "0")}`
const idOf = (number: number) => messageId.parse(toBase64Url(new Uint8Array(LIMITS.idLength).fill(number)), "id")

function text(position: string, { mine = false, id = idOf(0), state = "sent" as TextItem["state"] } = {}): TextItem {
  const sender = accountName.parse(mine ? "anna" : "berta", "name")
  const accountKey = new Uint8Array(32)
  return {
    kind: "text",
    position,
    at: 1,
    id,
    sender,
    accountKey,
    mine,
    text: "",
    ...UNTOUCHED,
    state,
    reason: undefined,
  }
}

/** A conversation whose reads end when the test says so. */
class Conversation {
  items: Item[] = []
  readonly #open: (() => void)[] = []

  constructor(count: number) {
    for (let seq = 1; seq <= count; seq++) this.items.push(text(positionOf(seq)))
  }

  /** Sees what is there now; answers at `answer`. */
  readonly read = async ({ before, after, limit }: Page): Promise<Item[]> => {
    const asked = this.items.filter(
      ({ position }) => position > (after ?? "") && (before === undefined || position < before),
    )
    const answer = after === undefined ? asked.slice(-limit) : asked.slice(0, limit)
    await new Promise<void>((open) => this.#open.push(open))
    return answer
  }

  answer(): void {
    for (const open of this.#open.splice(0)) open()
  }

  /** Waits for a read of the window, with nothing happening meanwhile. */
  async with<T>(reading: Promise<T>): Promise<T> {
    this.answer()
    // A read of two pages asks for the second when it has the first.
    void new Promise(setImmediate).then(() => this.answer())
    return reading
  }

  take(lines: Lines, item: Item, was?: string): void {
    this.items = [...this.items.filter(({ position }) => position !== item.position && position !== was), item]
    this.items.sort((a, b) => (a.position < b.position ? -1 : 1))
    lines.take(item, was, "newest")
  }
}

async function opened(count: number) {
  const all = new Conversation(count)
  const lines = new Lines(all.read, SIZES)
  await all.with(lines.toNewest())
  return { all, lines }
}

const positions = (items: readonly Item[]): string[] => items.map(({ position }) => position)

test("the window slides to the first line and back to the newest, bounded and without gaps", async () => {
  const { all, lines } = await opened(95)
  for (const end of ["oldest", "newest"] as const) {
    for (let steps = 0; !lines.has(end) && steps < 20; steps++) {
      assert.equal(await all.with(lines.slide(end)), true)
      const from = positions(all.items).indexOf(lines.items[0]?.position ?? "")
      assert.deepEqual(lines.items, all.items.slice(from, from + lines.items.length))
      assert.ok(lines.items.length <= SIZES.most)
    }
    const [one, other] = end === "oldest" ? [lines.items[0], all.items[0]] : [lines.items.at(-1), all.items.at(-1)]
    assert.equal(one, other, `it reaches the ${end}`)
  }
})

test("an empty window does not slide: it would begin at the wrong end", async () => {
  const lines = new Lines(new Conversation(95).read, SIZES)
  assert.deepEqual([await lines.slide("oldest"), await lines.slide("newest")], [false, false])
  assert.deepEqual([lines.has("oldest"), lines.has("newest")], [false, false])
})

test("what comes, changes and goes while a page is read is there when the page is", async () => {
  const { all, lines } = await opened(0)
  all.take(lines, text(waitingAt(0), { mine: true, id: idOf(1), state: "sending" }))
  all.take(lines, text(waitingAt(1), { mine: true, id: idOf(2), state: "failed" }))
  const reading = lines.toNewest()
  all.take(lines, text(positionOf(1)))
  all.take(lines, text(positionOf(2), { mine: true, id: idOf(1) }), waitingAt(0))
  lines.remove(waitingAt(1))
  all.items.pop()
  await all.with(reading)
  assert.deepEqual(positions(lines.items), [positionOf(1), positionOf(2)])
})

test("a jump to the newest lines makes an older page that is still being read idle", async () => {
  const { all, lines } = await opened(95)
  const older = lines.slide("oldest")
  const newest = lines.toNewest()
  assert.equal(await lines.slide("newest"), false, "one read at a time")
  all.answer()
  assert.deepEqual([await older, await newest], [false, undefined])
  assert.deepEqual(lines.items, all.items.slice(-SIZES.page))
})

test("a jump to a line shows it with what is before and after it, wherever it is", async () => {
  const { all, lines } = await opened(95)
  for (const [seq, from, to] of [
    [1, 1, 10],
    [40, 30, 49],
    [95, 85, 95],
  ] as const) {
    await all.with(lines.toPlace(positionOf(seq)))
    assert.deepEqual(lines.items, all.items.slice(from - 1, to))
    assert.deepEqual([lines.has("oldest"), lines.has("newest")], [seq === 1, seq === 95])
  }
})

test("what comes while a jump to a line reads is there when the window reaches so far", async () => {
  const { all, lines } = await opened(25)
  const jump = lines.toPlace(positionOf(20))
  all.take(lines, text(positionOf(26)))
  await all.with(jump)
  assert.deepEqual(positions(lines.items), positions(all.items.slice(9)))
})

test("a page that no longer fits, because lines were let go of meanwhile, is thrown away", async () => {
  const { all, lines } = await opened(95)
  for (let seq = 96; seq <= 125; seq++) all.take(lines, text(positionOf(seq)))
  const older = lines.slide("oldest")
  all.take(lines, text(positionOf(126)))
  assert.equal(await all.with(older), true)
  assert.deepEqual(lines.items, all.items.slice(-SIZES.most))
})

test("a reader far from the newest lines keeps what is read, and new lines come when the window slides there", async () => {
  const { all, lines } = await opened(60)
  while (!lines.has("oldest")) await all.with(lines.slide("oldest"))
  const first = lines.items[0]
  assert.equal(lines.take(text(positionOf(61)), undefined, "oldest"), "outside")
  all.items.push(text(positionOf(61)))
  assert.equal(lines.items[0], first)
  while (!lines.has("newest")) await all.with(lines.slide("newest"))
  assert.equal(lines.items.at(-1)?.position, positionOf(61))
})

test("at rest a window keeps its newest lines, and slides from there; one that is elsewhere stays", async () => {
  const { all, lines } = await opened(95)
  for (let step = 0; step < 3; step++) await all.with(lines.slide("oldest"))
  lines.rest()
  assert.deepEqual(lines.items, all.items.slice(-20))
  await all.with(lines.slide("oldest"))
  assert.deepEqual(lines.items, all.items.slice(-30))
  await all.with(lines.toPlace(positionOf(40)))
  lines.rest()
  assert.deepEqual(lines.items, all.items.slice(29, 49))
})

test("two messages of others with one id are two lines; an own one is one line on its way into the log", async () => {
  const { all, lines } = await opened(0)
  all.take(lines, text(positionOf(1), { id: idOf(1) }))
  all.take(lines, text(positionOf(2), { id: idOf(1) }))
  all.take(lines, text(positionOf(3), { mine: true, id: idOf(1) }))
  lines.take(text(waitingAt(0), { mine: true, id: idOf(1) }), undefined, "newest")
  assert.deepEqual(positions(lines.items), [1, 2, 3].map(positionOf))
  assert.equal(new Set(lines.items.map(keyOf)).size, 3)
})

test("after any sequence of steps the window shows a part of the conversation without gaps, each line once", async () => {
  const step = fc.constantFrom(
    "answer",
    "oldest",
    "newest",
    "jump",
    "place",
    "rest",
    "theirs",
    "write",
    "log",
    "discard",
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 120 }), fc.integer({ min: 0, max: 70 }), async (steps, count) => {
      const { all, lines } = await opened(count)
      let seq = count
      let written = 0
      const reads: Promise<unknown>[] = []
      for (const what of steps) {
        const waiting = all.items.find(({ position }) => position.startsWith("~"))
        if (what === "answer") {
          await all.with(Promise.all(reads.splice(0)))
        } else if (what === "oldest" || what === "newest") reads.push(lines.slide(what))
        else if (what === "jump") reads.push(lines.toNewest())
        else if (what === "rest") lines.rest()
        else if (what === "place") reads.push(lines.toPlace(positionOf(1 + ((seq * 7) >> 4))))
        else if (what === "theirs") all.take(lines, text(positionOf(++seq)))
        else if (what === "write") all.take(lines, text(waitingAt(written), { mine: true, id: idOf(++written) }))
        else if (waiting?.kind === "text" && what === "log")
          all.take(lines, { ...waiting, position: positionOf(++seq) }, waiting.position)
        else if (waiting !== undefined && what === "discard") {
          all.items = all.items.filter((each) => each !== waiting)
          lines.remove(waiting.position)
        }
      }
      while (reads.length > 0) await all.with(Promise.all(reads.splice(0)))
      const shown = positions(lines.items)
      const from = positions(all.items).indexOf(shown[0] ?? "")
      if (shown.length > 0) assert.deepEqual(shown, positions(all.items).slice(from, from + shown.length))
      if (lines.has("newest")) assert.equal(shown.at(-1), all.items.at(-1)?.position)
      assert.ok(shown.length <= SIZES.most)
    }),
  )
})
