import assert from "node:assert/strict"
import { test } from "node:test"
import { deviceNameOf } from "../../src/client/browser/device-name.ts"

const GECKO = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
const CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0"

const NAMES: readonly (readonly [string, string])[] = [
  [GECKO, "Firefox on Linux"],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Safari/537.36`, "Chrome on Windows"],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Safari/537.36 Edg/147.0.0.0`, "Edge on Windows"],
  [`Mozilla/5.0 (Linux; Android 10; K) ${CHROME} Mobile Safari/537.36`, "Chrome on Android"],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
    "Safari on macOS",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
    "Safari on iPhone",
  ],
  ["", "A browser"],
  [`x${"y".repeat(5000)}`, "A browser"],
]

test("a device is called by its browser and its system, whatever the user agent is", () => {
  for (const [userAgent, name] of NAMES) assert.equal(deviceNameOf(userAgent), name)
})
