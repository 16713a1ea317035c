/** What counts as a password, and the recovery code as people write it down. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import { type PasswordFault, passwordFault } from "../../src/client/core/passwords.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { readRecoveryCode, writeRecoveryCode } from "../../src/shared/recovery-code.ts"

const REFUSED: Readonly<Record<PasswordFault, readonly string[]>> = {
  too_short: ["", "tree1!xQz", "ä".repeat(9)],
  too_long: ["the quick brown fox ".repeat(13)],
  common: [
    "password123",
    "Passw0rd2024!",
    "iloveyou1234",
    "letmein12345",
    "welcome2024!",
    "Sunshine2023",
    "football1999",
    "P@ssword1234",
  ],
  like_name: ["annabella1", "ANNABELLA12", "12annabella", "annabellaannabella"],
  too_simple: [
    "aaaaaaaaaaaa",
    "abcabcabcabc",
    "1234567890",
    "0987654321",
    "abcdefghij",
    "qwertyuiop12345",
    "1111122222",
  ],
}

const TAKEN = [
  "a row of nine tall poplars",
  "correct horse battery staple",
  "Tr0ub4dor&3xyz",
  "kQ7#vm2pXw",
  "ünïcödé wörds",
  "密码很长很长很长很长很难猜",
]

describe("A password", () => {
  for (const [fault, passwords] of Object.entries(REFUSED))
    for (const password of passwords)
      it(`is refused as ${fault}: ${password.slice(0, 30) || "nothing"}`, () => {
        assert.equal(passwordFault(password, "annabella"), fault)
      })

  for (const password of TAKEN)
    it(`is taken: ${password}`, () => {
      assert.equal(passwordFault(password, "annabella"), undefined)
    })

  it("may have exactly as many characters as the limits say, counted as people count", () => {
    const letters = "kQ7#vm2pXwZb9!uR"
    const ofLength = (length: number) => letters.repeat(Math.ceil(length / letters.length)).slice(0, length)
    assert.equal(passwordFault(ofLength(LIMITS.passwordMinCharacters), "anna"), undefined)
    assert.equal(passwordFault(ofLength(LIMITS.passwordMinCharacters - 1), "anna"), "too_short")
    assert.notEqual(passwordFault(ofLength(LIMITS.passwordMaxCharacters), "anna"), "too_long")
    assert.equal(passwordFault(ofLength(LIMITS.passwordMaxCharacters + 1), "anna"), "too_long")
    assert.equal(passwordFault("🌳".repeat(9), "anna"), "too_short")
  })

  it("is judged for every text there is, in no time", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.string({ maxLength: 32 }), (password, name) => {
        passwordFault(password, name)
      }),
    )
  })
})

describe("A recovery code", () => {
  it("reads what it wrote, whatever case, spaces and dashes people use, and with letters for digits", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 16, maxLength: 16 }), async (bytes) => {
        const code = await writeRecoveryCode(new Uint8Array(bytes))
        assert.match(code, /^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/)
        const typed = [code, code.toLowerCase(), code.replaceAll("-", " "), ` ${code.replaceAll("-", "")} `]
        typed.push(code.replaceAll("0", "o").replaceAll("1", "l"))
        for (const text of typed) assert.deepEqual(await readRecoveryCode(text), new Uint8Array(bytes), text)
      }),
      { numRuns: 50 },
    )
  })

  it("notices a letter that was copied wrongly, one too few and one too many", async () => {
    const code = await writeRecoveryCode(new Uint8Array(16).fill(0xa5))
    let noticed = 0
    for (let at = 0; at < code.length; at++) {
      if (code[at] === "-") continue
      const other = code[at] === "Z" ? "Y" : "Z"
      if ((await readRecoveryCode(code.slice(0, at) + other + code.slice(at + 1))) === undefined) noticed += 1
    }
    assert.equal(noticed, 28)
    assert.equal(await readRecoveryCode(code.slice(1)), undefined)
    assert.equal(await readRecoveryCode(`${code}0`), undefined)
  })

  it("is nothing for any other text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 60 }), async (text) => {
        const read = await readRecoveryCode(text)
        assert.ok(read === undefined || read.length === 16)
      }),
    )
  })
})
