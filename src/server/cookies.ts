/**
 * The two cookies: `__Host-session` says who is speaking, `__Host-browser` that somebody has logged in from this browser
 * before. The prefix ties them to this host over https (RFC 6265bis section 4.1.3.2); scripts cannot read them, other sites cannot
 * cause them to be sent. Each holds 32 random bytes; the server keeps their SHA-256 only, so a stolen database logs
 * nobody in. 256 bits need no slow hash.
 */
import { createHash, randomBytes } from "node:crypto"
import { toBase64Url } from "../shared/bytes.ts"
import { LIMITS } from "../shared/limits.ts"

export const SESSION_COOKIE = "__Host-session"
export const BROWSER_COOKIE = "__Host-browser"

const TOKEN = /^[A-Za-z0-9_-]{43}$/

/** The hash of the token in a cookie of this name; undefined when the header has none of the right form. */
export function tokenHashIn(header: string | undefined, name: string): Uint8Array | undefined {
  for (const pair of (header ?? "").split(";")) {
    const [key, ...value] = pair.trim().split("=")
    const token = value.join("=")
    if (key === name) return TOKEN.test(token) ? hashOf(token) : undefined
  }
  return undefined
}

/** A fresh token: its hash to keep, and the Set-Cookie value that hands it out for `lifetime` milliseconds. */
export function newToken(name: string, lifetime: number): { readonly hash: Uint8Array; readonly cookie: string } {
  const token = toBase64Url(randomBytes(LIMITS.tokenLength))
  return { hash: hashOf(token), cookie: cookie(name, token, lifetime) }
}

/** The Set-Cookie value that takes a cookie back. */
export const expired = (name: string): string => cookie(name, "", 0)

function cookie(name: string, value: string, lifetime: number): string {
  return `${name}=${value}; Path=/; Max-Age=${Math.floor(lifetime / 1000)}; Secure; HttpOnly; SameSite=Strict`
}

function hashOf(token: string): Uint8Array {
  return createHash("sha256").update(token).digest()
}
