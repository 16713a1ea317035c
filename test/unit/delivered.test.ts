import assert from "node:assert/strict"
import test from "node:test"
import fc from "fast-check"
import { Delivered, type DeliveredChange } from "../../src/server/delivered.ts"
import { type AccountName, accountName } from "../../src/shared/ids.ts"

const NAMES = ["ann", "bob", "cat", "dan"].map((name) => accountName.parse(name, "name"))
const account = fc.constantFrom(...NAMES)
const steps = fc.array(fc.tuple(account, fc.nat({ max: 30 })), { maxLength: 40 })

/** What it means, at the cost of looking at everybody. */
class Plain {
  readonly #seqs = new Map<AccountName, number>()

  advance(name: AccountName, seq: number): void {
    this.#seqs.set(name, Math.max(seq, this.#seqs.get(name) ?? 0))
  }

  seenBy(name: AccountName): number {
    return Math.max(0, ...[...this.#seqs].flatMap(([other, seq]) => (other === name ? [] : [seq])))
  }

  furthest() {
    return [...this.#seqs].map(([name, seq]) => ({ account: name, seq })).sort((a, b) => b.seq - a.seq)
  }
}

const concerns = (change: DeliveredChange, name: AccountName) =>
  "only" in change ? change.only === name : change.except !== name

test("two numbers tell each account as much as looking at everybody would", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const [delivered, plain] = [new Delivered(), new Plain()]
      for (const [name, seq] of all) {
        delivered.advance(name, seq)
        plain.advance(name, seq)
        for (const each of NAMES) assert.equal(delivered.seenBy(each), plain.seenBy(each))
      }
    }),
  )
})

test("what changes for an account is told to it whole and once, and nothing else is", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const delivered = new Delivered()
      for (const [name, seq] of all) {
        const before = new Map(NAMES.map((each) => [each, delivered.seenBy(each)]))
        const changes = delivered.advance(name, seq)
        assert(changes.length <= 2)
        for (const each of NAMES) {
          const pieces = changes.filter((change) => concerns(change, each)).sort((a, b) => a.from - b.from)
          let told = before.get(each)
          for (const { from, to } of pieces) {
            assert.equal(from, told)
            told = to
          }
          assert.equal(told, delivered.seenBy(each))
        }
      }
    }),
  )
})

test("after a restart it goes on from the two that are furthest", () => {
  fc.assert(
    fc.property(steps, steps, (earlier, later) => {
      const plain = new Plain()
      for (const [name, seq] of earlier) plain.advance(name, seq)
      const delivered = new Delivered(plain.furthest())
      for (const [name, seq] of later) {
        delivered.advance(name, seq)
        plain.advance(name, seq)
      }
      for (const each of NAMES) assert.equal(delivered.seenBy(each), plain.seenBy(each))
    }),
  )
})
