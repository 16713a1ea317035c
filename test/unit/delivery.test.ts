import assert from "node:assert/strict"
import test from "node:test"
import fc from "fast-check"
import { Delivery, type Reader, startOf } from "../../src/server/delivery.ts"
import type { Entry } from "../../src/server/rooms.ts"
import type { CloseReason } from "../../src/shared/errors.ts"
import { accountName, messageId, roomId } from "../../src/shared/ids.ts"
import { GENERAL_ROOM, LIMITS } from "../../src/shared/limits.ts"
import { parseFrame, serverMessage } from "../../src/shared/protocol.ts"
import { randomDevice } from "../helpers/ws-messages.ts"

const room = roomId.parse(GENERAL_ROOM, "room")
const device = randomDevice()
const entry = (seq: number, size = 50): Entry => ({
  ...{ room, seq, at: 0, kind: "message", sender: accountName.parse("ann", "name"), device },
  ...{ id: messageId.parse("A".repeat(22), "id"), message: new Uint8Array(size) },
})
const from = (first: number, last: number): number[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)

/** A socket that holds what it was given until it is drained. */
class FakeReader implements Reader {
  ended = false
  waiting = 0
  mostWaiting = 0
  closedWith: CloseReason | undefined
  readonly seqs: number[] = []
  readonly frames: Buffer[] = []
  #drained: (() => void)[] = []

  get isFull(): boolean {
    return this.waiting >= LIMITS.bufferedPause
  }

  sendFrame(frame: Buffer): void {
    // A frame's payload begins after 2, 4 or 10 bytes, and always with a brace.
    const message = parseFrame(serverMessage, frame.subarray(frame.indexOf("{")).toString())
    if (message.type === "entry") this.seqs.push(message.seq)
    this.frames.push(frame)
    this.waiting += frame.length
    this.mostWaiting = Math.max(this.mostWaiting, this.waiting)
  }

  drained(): Promise<void> {
    return this.isFull && !this.ended ? new Promise((resolve) => this.#drained.push(resolve)) : Promise.resolve()
  }

  drain(): void {
    this.waiting = 0
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  close(reason: CloseReason): void {
    this.ended = true
    this.closedWith = reason
    this.drain()
  }
}

/** A log in memory that notes how it is read. */
class FakeLog {
  readonly entries: Entry[] = []
  readonly limits: number[] = []
  running = 0
  mostRunning = 0

  readonly read = async (_: string, after: number, limit: number): Promise<Entry[]> => {
    this.limits.push(limit)
    this.running += 1
    this.mostRunning = Math.max(this.mostRunning, this.running)
    await turn()
    this.running -= 1
    return this.entries.filter(({ seq }) => seq > after).slice(0, limit)
  }

  add(count: number, size?: number): Entry[] {
    const added = from(this.head + 1, this.head + count).map((seq) => entry(seq, size))
    this.entries.push(...added)
    return added
  }

  get head(): number {
    return this.entries.at(-1)?.seq ?? 0
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))
const unexpected = (line: string) => assert.fail(line)

/** Turns until something is so; fails when it does not come about. */
async function until(isSo: () => boolean, step: () => void = () => undefined): Promise<void> {
  for (let count = 0; count < 10_000; count++) {
    if (isSo()) return
    step()
    await turn()
  }
  assert.fail("it did not come about")
}

test("everybody at the head gets the very same frame, and the log is not read", () => {
  const log = new FakeLog()
  const delivery = new Delivery<FakeReader>(log.read, unexpected)
  const readers = [new FakeReader(), new FakeReader(), new FakeReader()]
  for (const reader of readers) delivery.start(reader, room, 0, 0)
  for (const each of log.add(3)) delivery.publish(each)
  for (const { seqs, frames } of readers) {
    assert.deepEqual(seqs, [1, 2, 3])
    assert(frames.every((frame, index) => frame === readers[0]?.frames[index]))
  }
  assert.deepEqual(log.limits, [])
})

test("entries that came between a look into the store and the start of delivery are not missed", async () => {
  const log = new FakeLog()
  const delivery = new Delivery<FakeReader>(log.read, unexpected)
  for (const each of log.add(5)) delivery.publish(each)
  const reader = new FakeReader()
  // The look into the store had seen one, and nothing comes after it that would tell.
  delivery.start(reader, room, 1, 1)
  await until(() => reader.seqs.length === 4)
  assert.deepEqual(reader.seqs, [2, 3, 4, 5])
})

test("a full socket gets nothing more until it has drained, and no more rows are read than fit", async () => {
  const log = new FakeLog()
  const delivery = new Delivery<FakeReader>(log.read, unexpected)
  const size = 10_000
  log.add(500, size)
  const reader = new FakeReader()
  delivery.start(reader, room, 0, 500)
  await until(() => reader.isFull)
  const [given, reads] = [reader.seqs.length, log.limits.length]
  for (const each of log.add(5, size)) delivery.publish(each)
  for (let count = 0; count < 20; count++) await turn()
  assert.deepEqual([reader.seqs.length, log.limits.length], [given, reads])
  await until(
    () => reader.seqs.length === 505,
    () => reader.drain(),
  )
  assert.deepEqual(reader.seqs, from(1, 505))
  assert(reader.mostWaiting < LIMITS.bufferedPause + 2 * size)
  assert(log.limits.every((limit) => limit >= 1 && limit <= LIMITS.pullRows))
  // Once the usual size is known, hardly a row is read twice.
  assert(
    log.limits.slice(10).every((limit) => limit < 40),
    String(log.limits),
  )
})

test("at most four reads of the log run at a time, however many come back at once", async () => {
  const log = new FakeLog()
  const delivery = new Delivery<FakeReader>(log.read, unexpected)
  log.add(300)
  const readers = Array.from({ length: 50 }, () => new FakeReader())
  for (const reader of readers) delivery.start(reader, room, 0, 300)
  await until(() => readers.every(({ seqs }) => seqs.length === 300))
  assert.equal(log.mostRunning, 4)
})

test("an entry that retention took ends the connection instead of leaving a hole", async () => {
  const log = new FakeLog()
  const delivery = new Delivery<FakeReader>(log.read, unexpected)
  log.add(300)
  log.entries.splice(0, 10)
  const reader = new FakeReader()
  delivery.start(reader, room, 5, 300)
  await until(() => reader.ended)
  assert.deepEqual([reader.closedWith, reader.seqs], ["too_slow", []])
})

test("a log that can't be read ends the connection and says so once", async () => {
  const reports: string[] = []
  const fail = () => Promise.reject(new Error("disk"))
  const delivery = new Delivery<FakeReader>(fail, (line) => reports.push(line))
  const reader = new FakeReader()
  delivery.start(reader, room, 0, 3)
  await until(() => reader.ended)
  assert.equal(reader.closedWith, "internal")
  assert.equal(reports.length, 1)
})

test("who has left or ended gets nothing more, even of what was being read", async () => {
  const log = new FakeLog()
  const delivery = new Delivery<FakeReader>(log.read, unexpected)
  log.add(10)
  const reader = new FakeReader()
  delivery.start(reader, room, 0, 10)
  delivery.stop(reader)
  for (const each of log.add(1)) delivery.publish(each)
  for (let count = 0; count < 10; count++) await turn()
  assert.deepEqual(reader.seqs, [])
  assert(!delivery.has(reader, room))
  assert.deepEqual([...delivery.audience(room)], [])
})

test("a device that enters anew while it is being served goes on from its new place", async () => {
  const log = new FakeLog()
  const delivery = new Delivery<FakeReader>(log.read, unexpected)
  log.add(10)
  const reader = new FakeReader()
  delivery.start(reader, room, 0, 10)
  delivery.start(reader, room, 10, 10)
  for (const each of log.add(2)) delivery.publish(each)
  await until(() => reader.seqs.length === 2)
  for (let count = 0; count < 10; count++) await turn()
  assert.deepEqual(reader.seqs, [11, 12])
})

test("whatever happens in whatever order, a device gets each entry once and in order", async () => {
  const step = fc.oneof(
    fc.record({ what: fc.constant("publish" as const), count: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ what: fc.constant("drain" as const), count: fc.constant(1) }),
    fc.record({ what: fc.constant("wait" as const), count: fc.integer({ min: 1, max: 3 }) }),
  )
  const sizes = fc.constantFrom(10, 5_000, 30_000)
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), sizes, fc.nat({ max: 50 }), async (steps, size, missed) => {
      const log = new FakeLog()
      const delivery = new Delivery<FakeReader>(log.read, unexpected)
      log.add(missed, size)
      const reader = new FakeReader()
      delivery.start(reader, room, 0, missed)
      for (const { what, count } of steps) {
        if (what === "publish") for (const each of log.add(count, size)) delivery.publish(each)
        else if (what === "drain") reader.drain()
        else for (let turns = 0; turns < count; turns++) await turn()
        assert(reader.mostWaiting <= LIMITS.bufferedMax)
      }
      await until(
        () => reader.seqs.length >= log.head,
        () => reader.drain(),
      )
      assert.deepEqual(reader.seqs, from(1, log.head))
    }),
    { numRuns: 60 },
  )
})

test("delivery begins where the device says it is, within its membership and the log", () => {
  const place = { joinedSeq: 10, seq: 10, head: 50, oldest: 20 }
  assert.deepEqual(startOf(place, 30), { after: 30 })
  assert.deepEqual(startOf(place, 60), { after: 50 })
  assert.deepEqual(startOf(place, 19), { after: 19 })
  assert.equal(startOf(place, 18), "behind")
  assert.equal(startOf(place, 0), "behind")
  assert.deepEqual(startOf({ ...place, oldest: 11 }, 10), { after: 10 })
  assert.deepEqual(startOf({ ...place, seq: 0, oldest: 11 }, 0), { after: 10 })
  assert.deepEqual(startOf({ joinedSeq: 50, seq: 50, head: 50, oldest: 51 }, 50), { after: 50 })
})

test("a device that says less than it has said before has gone back to an older state, and joins again", () => {
  const place = { joinedSeq: 10, seq: 30, head: 50, oldest: 1 }
  assert.deepEqual(startOf(place, 30), { after: 30 })
  assert.equal(startOf(place, 29), "behind")
})
