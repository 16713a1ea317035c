/** What this browser is called in the list of one's devices, told from what it says of itself: "Firefox on Linux". */

// The first that fits: every browser names its forerunners too.
const BROWSERS = [
  [/\bEdg/, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/\bChrome\/|\bCriOS\//, "Chrome"],
  [/\bSafari\//, "Safari"],
] as const

const SYSTEMS = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
] as const

type Names = readonly (readonly [RegExp, string])[]

/** `userAgent` as navigator.userAgent. */
export function deviceNameOf(userAgent: string): string {
  const find = (names: Names) => names.find(([pattern]) => pattern.test(userAgent))?.[1]
  const browser = find(BROWSERS) ?? "A browser"
  const system = find(SYSTEMS)
  return system === undefined ? browser : `${browser} on ${system}`
}
