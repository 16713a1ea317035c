import assert from "node:assert/strict"
import { pbkdf2Sync } from "node:crypto"
import { test } from "node:test"
import { safetyNumber, verificationText } from "../../src/client/core/safety-number.ts"

const key = (byte: number) => new Uint8Array(32).fill(byte)
const anna = { name: "anna", accountKey: key(1) }
const berta = { name: "berta", accountKey: key(2) }

test("both people see the same twelve groups of five digits", async () => {
  const digits = await safetyNumber(anna, berta)
  assert.deepEqual(await safetyNumber(berta, anna), digits)
  assert.equal(digits.length, 12)
  for (const group of digits) assert.match(group, /^\d{5}$/)
})

/** The same by Node's own PBKDF2: 30 bytes, each five of them a number, of which five digits are taken. */
function digitsOf({ name, accountKey }: typeof anna): string {
  const bytes = pbkdf2Sync(accountKey, `SecureChat safety number 1 ${name}`, 5_000, 30, "sha512")
  return [0, 5, 10, 15, 20, 25].map((at) => String(bytes.readUIntBE(at, 5) % 100_000).padStart(5, "0")).join(" ")
}

test("the number is what docs/encryption.md says, the smaller half first", async () => {
  const halves = [digitsOf(anna), digitsOf(berta)].sort()
  assert.equal((await safetyNumber(anna, berta)).join(" "), halves.join(" "))
})

test("another key of either person, or the same key under another name, gives another number", async () => {
  const right = (await safetyNumber(anna, berta)).join("")
  for (const [one, other] of [
    [anna, { ...berta, accountKey: key(3) }],
    [{ ...anna, accountKey: key(3) }, berta],
    [anna, { ...berta, name: "bertha" }],
  ] as const)
    assert.notEqual((await safetyNumber(one, other)).join(""), right)
})

test("the text of the QR code holds both names and keys, the own one first", () => {
  const [a, b] = [anna, berta].map(({ accountKey }) => Buffer.from(accountKey).toString("base64url"))
  assert.equal(verificationText(anna, berta), `securechat-verify-1:anna=${a}:berta=${b}`)
})
