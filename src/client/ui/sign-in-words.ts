/** What the sign-in page says when something does not go through: what happened, what to do. */
import type { ClientErrorCode, PasswordFault } from "../core/sign-in.ts"

const PASSWORD_FAULTS: Readonly<Record<PasswordFault, string>> = {
  too_short: "That password is too short. Take at least 10 characters; a few words are easy to remember.",
  too_long: "That password is longer than 256 characters. Take a shorter one.",
  common: "Many people use that password, so it is tried first. Take a few words that nobody would guess.",
  like_name: "That password is mostly your name. Take one that has nothing to do with it.",
  too_simple: "That password is a simple pattern. Take a few words that nobody would guess.",
}

const OTHERS: Partial<Record<ClientErrorCode, string>> = {
  bad_name: "A name has 3 to 32 small letters, digits, dots, dashes or underscores, and begins with a letter or digit.",
  name_taken: "That name is taken. Choose another.",
  wrong_credentials: "That name and password don’t go together. Check both; capital letters count in the password.",
  bad_code: "That code was copied wrongly. Check each letter and digit.",
  registration_closed: "This server takes no new accounts. Ask the person who runs it.",
  too_many_devices: "This account is in use on as many devices as it may have. Log in on one of them.",
  device_taken:
    "This browser was used by another account of the same name. Forget this site’s data, then log in again.",
  weak_kdf: "This server asks for less protection of your password than SecureChat accepts. Nothing was sent.",
  wrong_key: "This server answered with a key that is not yours. Don’t go on; ask the person who runs it.",
  unreachable: "The server can’t be reached. Check your connection, then try again.",
  storage_full: "The server’s disk is full, so nothing was saved. Ask the person who runs it.",
}

/** The sentence for a code; waiting times are added by the caller. */
export function wordsFor(code: ClientErrorCode): string {
  return OTHERS[code] ?? "The server could not do this. Try again in a moment."
}

export const wordsForPassword = (fault: PasswordFault): string => PASSWORD_FAULTS[fault]

/** The sentence for a wait that gets shorter. */
export const wordsForWait = (seconds: number): string =>
  `That was tried too often. Wait ${seconds} ${seconds === 1 ? "second" : "seconds"}, then try again.`
