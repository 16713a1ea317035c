/** The slow step from a password to its keys, by WebCrypto; a platform brings it along, as it does the clock. */

/** PBKDF2-SHA-256 (RFC 8018 section 5.2) of a password, to 32 bytes. */
export type Stretch = (
  password: Uint8Array<ArrayBuffer>,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
) => Promise<Uint8Array<ArrayBuffer>>

const BITS = 256

export const stretch: Stretch = async (password, salt, iterations) => {
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"])
  return new Uint8Array(
    await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, BITS),
  )
}
