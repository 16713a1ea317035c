import assert from "node:assert/strict"
import { test } from "node:test"
import { originCheck } from "../../src/server/origins.ts"

const own = originCheck([])
const HOST = "kitchen.local:5000"

test("the page that was loaded from this very address may ask, whatever the case of the host", () => {
  assert.equal(own(`https://${HOST}`, HOST), true)
  assert.equal(own(`https://${HOST}`, "Kitchen.LOCAL:5000"), true)
  assert.equal(own("https://[::1]:5000", "[::1]:5000"), true)
  assert.equal(own("https://kitchen.local", "kitchen.local"), true)
})

const FOREIGN = [
  undefined,
  "",
  "null",
  "https://evil.example",
  "http://kitchen.local:5000",
  "https://kitchen.local",
  "wss://kitchen.local:5000",
]
const NEARLY = [
  "https://kitchen.local:5000/",
  "https://kitchen.local:50001",
  "https://a.kitchen.local:5000",
  "https://kitchen.local:5000.evil.example",
  "https://a@kitchen.local:5000",
  " https://kitchen.local:5000",
]

for (const origin of [...FOREIGN, ...NEARLY])
  test(`the origin ${origin} may not`, () => assert.equal(own(origin, HOST), false))

test("without a Host header there is no own address; a public one still counts, and by the letter", () => {
  const check = originCheck(["https://chat.example"])
  assert.equal(own("https://undefined", undefined), false)
  assert.equal(check("https://chat.example", undefined), true)
  for (const origin of ["https://chat.example:443", "https://www.chat.example", "http://chat.example"])
    assert.equal(check(origin, HOST), false, origin)
})
