import assert from "node:assert/strict"
import { test } from "node:test"
import { News } from "../../src/client/ui/news.ts"

const news = (position: string, count: number) => ({ position, count })

test("what comes while nobody looks adds to what was new when the chat was opened", () => {
  const all = new News()
  all.open(news("5", 2), 1)
  all.add("7", 1)
  all.add("8", 2)
  assert.deepEqual(all.fresh, news("5", 4))
  assert.equal(all.isUnseen, true)
})

test("once it is seen, what comes in a later absence is new instead, and in the same one it is added", () => {
  const all = new News()
  all.open(undefined, 1)
  assert.deepEqual([all.fresh, all.isUnseen], [undefined, false])
  all.add("1", 2)
  all.seen()
  assert.deepEqual([all.fresh, all.isUnseen], [news("1", 1), false], "its line stays")
  all.add("2", 2)
  assert.deepEqual([all.fresh, all.isUnseen], [news("1", 2), true], "the connection brings what was missed bit by bit")
  all.seen()
  all.add("3", 3)
  assert.deepEqual(all.fresh, news("3", 1))
})

test("nothing is new to whoever has written", () => {
  const all = new News()
  all.open(news("5", 2), 1)
  all.end()
  assert.deepEqual([all.fresh, all.isUnseen], [undefined, false])
  all.add("9", 2)
  assert.deepEqual(all.fresh, news("9", 1))
})
