import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { unknownRoom } from "../../src/client/core/about.ts"
import { type ItemRecord, positionOf } from "../../src/client/core/history.ts"
import { afterNames, type Entrance } from "../../src/client/core/naming.ts"
import { accountName, messageId } from "../../src/shared/ids.ts"

const anna = accountName.parse("anna", "name")
const id = messageId.parse("AAAAAAAAAAAAAAAAAAAAAA", "id")

const GROUP = unknownRoom("group")

function named(seq: number, text: string, since?: number): ItemRecord {
  const line = { type: "named", position: positionOf(seq, 0), at: 0, id, sender: anna, text } as const
  return since === undefined ? line : { ...line, since }
}

test("the name that was given last holds, and one that is told does not take its place", () => {
  const { about, lines } = afterNames(GROUP, [named(1, "Books"), named(2, "Films"), named(3, "Books", 1)], undefined)
  assert.equal(about.name, "Films")
  assert.deepEqual(lines, [named(2, "Films")], "the first name is no news, nor is what was told")
})

test("who knows no name, or an older one, takes the one that is told; who has another one of that place does not", () => {
  const newcomer = afterNames(GROUP, [named(9, "Films", 2)], undefined)
  assert.deepEqual([newcomer.about.name, newcomer.lines], ["Films", []])
  const returned = afterNames({ ...GROUP, name: "Books", namedAt: 1 }, [named(9, "Films", 2)], undefined)
  assert.deepEqual([returned.about.name, returned.lines], ["Films", [named(9, "Films", 2)]])
  const other = afterNames({ ...GROUP, name: "Books", namedAt: 2 }, [named(9, "Films", 2)], undefined)
  assert.deepEqual([other.about.name, other.lines], ["Books", []])
})

test("a place that lies ahead of the message that names it counts as its own", () => {
  const told = afterNames(GROUP, [named(5, "Books", 1_000_000)], undefined)
  assert.equal(told.about.namedAt, 5)
  assert.equal(afterNames(told.about, [named(6, "Films")], undefined).about.name, "Films")
})

test("a name is owed from an entrance until it is told, at once by the guide", () => {
  const books = { ...GROUP, name: "Books", namedAt: 1 }
  const owes = (items: readonly ItemRecord[], entrance: Entrance) => afterNames(books, items, entrance).about.owes
  assert.equal(owes([], { seq: 4, isGuide: true }), "now")
  assert.equal(owes([], { seq: 4, isGuide: false }), "later")
  assert.equal(owes([named(5, "Books", 1)], { seq: 4, isGuide: true }), undefined)
  assert.equal(owes([named(3, "Books", 1)], { seq: 4, isGuide: false }), "later")
  assert.equal(owes([named(5, "Cars", 0)], { seq: 4, isGuide: false }), "later", "who told it does not know the newest")
  assert.equal(afterNames(books, [named(5, "Cars", 0)], undefined).about.owes, "later")
})

test("the general room and private chats have no name that could be told", () => {
  for (const kind of ["general", "private"] as const) {
    const about = unknownRoom(kind)
    assert.deepEqual(afterNames(about, [named(1, "Books")], { seq: 0, isGuide: true }).about, about)
  }
})

interface Member {
  about: typeof GROUP
  /** The newest entry that it has read. */
  at: number
  /** What it is about to tell. */
  telling: ItemRecord | undefined
}

type Entry = { readonly line: ItemRecord } | { readonly guide: Member | undefined }

/** A log, and members who read it and say things whenever the test wants them to. */
class Group {
  readonly log: Entry[] = []
  readonly members: Member[] = []

  #add(entry: (seq: number) => Entry): void {
    this.log.push(entry(this.log.length + 1))
  }

  /** Somebody enters; who was here before at this number comes back, with what it knew. */
  enter(number: number, guide: number): void {
    const back = this.members[number]
    const others = this.members.filter((member) => member !== back)
    this.#add(() => ({ guide: others[guide % Math.max(1, others.length)] }))
    const at = this.log.length
    const { about } = afterNames(back?.about ?? GROUP, [], { seq: at, isGuide: false })
    const entered = { about, at, telling: undefined }
    if (back === undefined) this.members.push(entered)
    else Object.assign(back, entered)
  }

  /** Whoever gives a name knows of it, whatever it misses of what others say. */
  give(member: Member, name: string): void {
    this.#add((seq) => ({ line: named(seq, name) }))
    this.read(member)
  }

  read(member: Member): void {
    const entries = this.log.slice(member.at)
    const items = entries.flatMap((entry) => ("line" in entry ? [entry.line] : []))
    const entrances = entries.flatMap((entry, index) =>
      "guide" in entry ? [{ entry, seq: member.at + index + 1 }] : [],
    )
    const last = entrances.at(-1)
    const isGuide = entrances.some(({ entry }) => "guide" in entry && entry.guide === member)
    member.about = afterNames(member.about, items, last && { seq: last.seq, isGuide }).about
    member.at = this.log.length
  }

  prepare(member: Member): void {
    const { name, namedAt, owes } = member.about
    if (owes !== undefined && name !== "") member.telling = named(0, name, namedAt)
  }

  tell(member: Member): void {
    const { telling } = member
    member.telling = undefined
    if (telling?.type === "named") this.#add((seq) => ({ line: named(seq, telling.text, telling.since) }))
  }

  /** Everybody reads everything and tells what it owes, one after another, until nobody does any more. */
  settle(): void {
    for (let length = -1; length !== this.log.length; ) {
      length = this.log.length
      for (const member of this.members) {
        this.read(member)
        this.prepare(member)
        this.tell(member)
      }
      for (const member of this.members) this.read(member)
    }
  }
}

test("whoever enters, gives names and tells them in whatever order: in the end all hold the name that was given last", () => {
  const number = fc.nat({ max: 4 })
  const step = fc.oneof(
    fc.record({ what: fc.constant("enter" as const), number, guide: number }),
    fc.record({ what: fc.constantFrom("read" as const, "prepare" as const, "tell" as const), number }),
    fc.record({ what: fc.constant("give" as const), number, name: fc.constantFrom("Books", "Films", "Cars") }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const group = new Group()
      group.enter(0, 0)
      for (const member of group.members) group.give(member, "First")
      for (const each of steps) {
        const member = group.members[each.number % group.members.length]
        assert.ok(member)
        if (each.what === "enter") group.enter(each.number, each.guide)
        else if (each.what === "give") group.give(member, each.name)
        else group[each.what](member)
      }
      group.settle()
      const given = group.log.findLast(
        (entry) => "line" in entry && entry.line.type === "named" && entry.line.since === undefined,
      )
      assert.ok(given !== undefined && "line" in given && given.line.type === "named")
      for (const { about } of group.members) assert.equal(about.name, given.line.text)
    }),
    { numRuns: 500 },
  )
})
