import assert from "node:assert/strict"
import { test } from "node:test"
import { stretch } from "../../src/client/core/stretch.ts"
import { core } from "../helpers/core.ts"

const bytes = (text: string) => new Uint8Array(Buffer.from(text))

/** PBKDF2-HMAC-SHA-256 of RFC 7914 section 11, as far as its first 32 bytes. */
const VECTORS = [
  ["passwd", "salt", 1, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"],
  ["Password", "NaCl", 80_000, "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"],
] as const

test("a password is stretched as RFC 7914 says, also by the platform for Node", async () => {
  const platform = core.nodePlatform({ url: "https://localhost:1", ca: "" })
  for (const [password, salt, iterations, expected] of VECTORS)
    for (const each of [stretch, platform.stretch])
      assert.equal(Buffer.from(await each(bytes(password), bytes(salt), iterations)).toString("hex"), expected)
  platform.close()
})
