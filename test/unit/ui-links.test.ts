/** Where a bare address in a sentence ends. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { withoutEnd } from "../../src/client/ui/links.ts"

test("an address ends before the sentence does, and keeps what is its own", () => {
  for (const [found, address] of [
    ["https://example.org", "https://example.org"],
    ["https://example.org/.", "https://example.org/"],
    ["https://example.org/a?b=c!?", "https://example.org/a?b=c"],
    ["https://example.org/a_(b)", "https://example.org/a_(b)"],
    ["https://example.org/a)", "https://example.org/a"],
    ["https://example.org/a_(b)).", "https://example.org/a_(b)"],
    ["https://example.org/a],", "https://example.org/a"],
    ["https://example.org/a…", "https://example.org/a"],
  ] as const)
    assert.equal(withoutEnd(found), address)
})
