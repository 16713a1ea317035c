import assert from "node:assert/strict"
import path from "node:path"
import { test } from "node:test"
import { type Connection, connect, SqliteError } from "../../src/server/store/connection.ts"
import { Writer } from "../../src/server/store/writer.ts"
import { UserError } from "../../src/shared/errors.ts"
import { type Owner, temporaryFolder } from "../helpers/temp.ts"

/** A table of unique numbers, a writer for it, and every statement that went to SQLite, in order. */
async function openNumbers(owner: Owner) {
  const file = path.join(await temporaryFolder(owner), "numbers.db")
  const real = await connect(file, false)
  owner.after(() => real.close())
  await real.script("PRAGMA journal_mode = WAL; CREATE TABLE numbers (n INTEGER PRIMARY KEY, body BLOB) STRICT;")
  const statements: string[] = []
  const connection: Connection = {
    ...real,
    run: (sql, values) => {
      statements.push(sql)
      return real.run(sql, values)
    },
  }
  const writer = new Writer(connection)
  const stored = async () => (await real.all("SELECT n FROM numbers ORDER BY n")).map((row) => Object(row).n)
  const insert = (n: number) => (tx: Connection) => tx.run("INSERT INTO numbers VALUES (?, NULL)", [n])
  return { file, real, writer, statements, stored, insert }
}

const transactions = (statements: readonly string[]) => statements.filter((sql) => sql === "COMMIT").length

test("what arrives together is one transaction, and what arrives while it runs is the next", async (t) => {
  const { writer, statements, stored, insert } = await openNumbers(t)
  const late: Promise<number>[] = []
  const first = writer.write(async (tx) => {
    for (const n of [10, 11, 12]) late.push(writer.write(insert(n)))
    return insert(0)(tx)
  })
  await Promise.all([first, writer.write(insert(1)), writer.write(insert(2))])
  assert.equal(transactions(statements), 1)
  await Promise.all(late)
  assert.equal(transactions(statements), 2)
  assert.deepEqual(await stored(), [0, 1, 2, 10, 11, 12])
})

test("an answer comes after COMMIT, when another connection can see what was written", async (t) => {
  const { file, writer, insert } = await openNumbers(t)
  const other = await connect(file, true)
  t.after(() => other.close())
  await writer.write(insert(7))
  assert.deepEqual(await other.all("SELECT n FROM numbers"), [{ n: 7 }])
})

test("one that throws takes back its own changes only and gets its own error", async (t) => {
  const { writer, statements, stored, insert } = await openNumbers(t)
  const half = writer.write(async (tx) => {
    await insert(5)(tx)
    throw new UserError("too_many_devices")
  })
  const results = await Promise.allSettled([
    writer.write(insert(1)),
    half,
    writer.write(insert(1)),
    writer.write(insert(2)),
  ])
  assert.deepEqual(
    results.map((result) => (result.status === "fulfilled" ? "done" : result.reason.code)),
    ["done", "too_many_devices", "SQLITE_CONSTRAINT", "done"],
  )
  assert.deepEqual(await stored(), [1, 2])
  assert.equal(transactions(statements), 1)
})

test("neighbours that ask one batched question are put together, and each gets its own answer", async (t) => {
  const { writer, stored, insert } = await openNumbers(t)
  const groups: (readonly number[])[] = []
  const double = writer.batched(async (tx, numbers: readonly number[]) => {
    groups.push(numbers)
    for (const n of numbers) await insert(n)(tx)
    return numbers.map((n) => (n === 3 ? new UserError("stale", { seq: 9 }) : n * 2))
  })
  const results = await Promise.allSettled([double(1), double(2), double(3), writer.write(insert(50)), double(4)])
  assert.deepEqual(groups, [[1, 2, 3], [4]])
  assert.deepEqual(
    results.map((result) => (result.status === "fulfilled" ? result.value : result.reason.code)),
    [2, 4, "stale", 1, 8],
  )
  assert.deepEqual(await stored(), [1, 2, 3, 4, 50])
})

test("a batch that throws is tried input by input, so that only the impossible one fails", async (t) => {
  const { writer, stored, insert } = await openNumbers(t)
  await writer.write(insert(2))
  const add = writer.batched(async (tx, numbers: readonly number[]) => {
    for (const n of numbers) await insert(n)(tx)
    return numbers
  })
  const results = await Promise.allSettled([1, 2, 3].map((n) => add(n)))
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  )
  assert.deepEqual(await stored(), [1, 2, 3])
})

test("a statement that ends the whole transaction fails alone; the others are written", async (t) => {
  const { writer, stored, insert } = await openNumbers(t)
  const results = await Promise.allSettled([
    writer.write(insert(1)),
    writer.write(async (tx) => {
      await insert(2)(tx)
      await tx.run("INSERT OR ROLLBACK INTO numbers VALUES (2, NULL)")
    }),
    writer.write(insert(3)),
  ])
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  )
  assert.deepEqual(await stored(), [1, 3])
})

test("when there is no room only what does not fit fails, with storage_full, and what fits is written", async (t) => {
  const { real, writer, stored, insert } = await openNumbers(t)
  await real.script("PRAGMA max_page_count = 4")
  const large = (n: number) => (tx: Connection) => tx.run("INSERT INTO numbers VALUES (?, zeroblob(100000))", [n])
  const results = await Promise.allSettled([writer.write(insert(1)), writer.write(large(2)), writer.write(insert(3))])
  assert.deepEqual(
    results.map((result) => (result.status === "fulfilled" ? "done" : result.reason.code)),
    ["done", "storage_full", "done"],
  )
  await real.script("PRAGMA max_page_count = 1000")
  await writer.write(large(2))
  assert.deepEqual(await stored(), [1, 2, 3])
})

test("announcements come after COMMIT, in the order of the queue, before any answer", async (t) => {
  const { writer, statements, insert } = await openNumbers(t)
  const heard: string[] = []
  const add = writer.batched(async (tx, numbers: readonly number[]) => {
    for (const n of numbers) await insert(n)(tx)
    return numbers
  })
  const committed = (what: string) => () => {
    heard.push(`${what}, commits ${transactions(statements)}`)
  }
  await Promise.all([
    add(1, { committed: committed("one") }).then(() => heard.push("answer")),
    writer.write(insert(2), { committed: committed("two") }).then(() => heard.push("answer")),
    add(3, { committed: committed("three") }).then(() => heard.push("answer")),
  ])
  assert.deepEqual(heard.slice(0, 3), ["one, commits 1", "two, commits 1", "three, commits 1"])
})

test("a queue whose bytes are too many says busy, and takes more when it has written", async (t) => {
  const { writer, insert } = await openNumbers(t)
  const size = 32 * 1024 * 1024
  const taken = [writer.write(insert(1), { size }), writer.write(insert(2), { size })]
  await assert.rejects(writer.write(insert(3), { size: 1 }), { code: "busy", details: { seconds: 1 } })
  await Promise.all(taken)
  await writer.write(insert(4), { size })
})

test("a queue of 20,000 takes no more and says busy", async (t) => {
  const { writer } = await openNumbers(t)
  const count = writer.batched(async (_tx, numbers: readonly number[]) => numbers)
  const taken = Array.from({ length: 20_000 }, (_, n) => count(n))
  await assert.rejects(count(20_000), { code: "busy" })
  assert.equal((await Promise.all(taken)).length, 20_000)
})

test("waiting for idle includes what was asked meanwhile", async (t) => {
  const { writer, stored, insert } = await openNumbers(t)
  const chained = writer.write(insert(1)).then(() => writer.write(insert(2)))
  await writer.idle()
  await chained
  await writer.idle()
  assert.deepEqual(await stored(), [1, 2])
})

test("a batch that leaves a question unanswered fails whole, and writes nothing", async (t) => {
  const { writer, stored, insert } = await openNumbers(t)
  const forgetful = writer.batched(async (tx, numbers: readonly number[]): Promise<readonly number[]> => {
    for (const n of numbers) await insert(n)(tx)
    return []
  })
  await assert.rejects(forgetful(1), /unanswered/)
  assert.deepEqual(await stored(), [])
})

test("a refused input is not announced, its neighbours are", async (t) => {
  const { writer } = await openNumbers(t)
  const heard: unknown[] = []
  const odd = writer.batched(async (_tx, numbers: readonly number[]) =>
    numbers.map((n) => (n % 2 === 0 ? new UserError("stale", { seq: 9 }) : n)),
  )
  const committed = (answer: unknown) => {
    heard.push(answer)
  }
  await Promise.allSettled([1, 2, 3].map((n) => odd(n, { committed })))
  assert.deepEqual(heard, [1, 3])
})

test("one transaction takes 512 inputs, batched or not, and the next one the rest", async (t) => {
  const { writer, statements, insert } = await openNumbers(t)
  await Promise.all(Array.from({ length: 513 }, (_, n) => writer.write(insert(n))))
  assert.equal(transactions(statements), 2)
  const sizes: number[] = []
  const count = writer.batched(async (_tx, numbers: readonly number[]) => {
    sizes.push(numbers.length)
    return numbers
  })
  await Promise.all(Array.from({ length: 513 }, (_, n) => count(n)))
  assert.deepEqual(sizes, [512, 1])
  assert.equal(transactions(statements), 4)
})

test("a transaction that could not be committed is taken back, and the next one is not in its way", async (t) => {
  const { real, stored, insert } = await openNumbers(t)
  const failures = [new Error("no COMMIT today")]
  const run: Connection["run"] = async (sql, values) => {
    const failure = sql === "COMMIT" ? failures.pop() : undefined
    if (failure !== undefined) throw failure
    return real.run(sql, values)
  }
  const writer = new Writer({ ...real, run })
  await assert.rejects(writer.write(insert(1)), /no COMMIT today/)
  await writer.write(insert(2))
  assert.deepEqual(await stored(), [2])
})

test("what SQLite calls a disk I/O error, as it does when a write finds no room, is storage_full", async (t) => {
  const { writer } = await openNumbers(t)
  const failing = (code: string, message: string) => {
    const cause = Object.assign(new Error(`${code}: ${message}`), { code })
    return writer.write(() => Promise.reject(new SqliteError(cause)))
  }
  await assert.rejects(failing("SQLITE_IOERR", "disk I/O error"), { code: "storage_full" })
  await assert.rejects(failing("SQLITE_CORRUPT", "database disk image is malformed"), { code: "SQLITE_CORRUPT" })
})
