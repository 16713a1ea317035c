/**
 * The charter: what a room is and by whose leave people enter it. It stands in the group context as the only extension,
 * so every member signs and hashes it with every commit; it is set when the room is made and never changes. The commits
 * that would change it are refused (policy.ts).
 */
import type { Extension } from "ts-mls/extension.js"
import { concatBytes, sameBytes, toHex } from "../../../shared/bytes.ts"
import { Reader, u8 } from "./bytes.ts"
import { refuse } from "./refusal.ts"
import { KEY_LENGTH } from "./suite.ts"

/** Account keys are Ed25519 public keys of 32 bytes. */
export type Charter = (
  | { readonly kind: "general"; readonly founder: Uint8Array }
  | { readonly kind: "private"; readonly founder: Uint8Array; readonly accounts: readonly [Uint8Array, Uint8Array] }
  | { readonly kind: "group"; readonly founder: Uint8Array }
) & {
  /** The server's Ed25519 key for notices that an account is gone (departure.ts); without it there are no notices. */
  readonly noticeKey?: Uint8Array
}
export type RoomKind = Charter["kind"]

/** The extension type, from the range for private use (RFC 9420 section 17.3). */
export const CHARTER_EXTENSION = 0xf0c1

const VERSION = 1
const KINDS: readonly RoomKind[] = ["general", "private", "group"]

/** Writes the charter as the one extension of a group context. Throws Refusal `wrong_charter`. */
export function writeCharter(charter: Charter): Extension[] {
  return [{ extensionType: CHARTER_EXTENSION, extensionData: charterBytes(charter) }]
}

/** The charter as the bytes that all members sign and hash. Throws Refusal `wrong_charter`. */
export function charterBytes(charter: Charter): Uint8Array {
  check(charter)
  return concatBytes(
    u8(VERSION),
    u8(KINDS.indexOf(charter.kind)),
    charter.founder,
    ...(charter.kind === "private" ? sorted(charter.accounts) : []),
    u8(charter.noticeKey === undefined ? 0 : 1),
    charter.noticeKey ?? new Uint8Array(),
  )
}

/** Reads the charter from a group context's extensions, of which it must be the only one. Throws Refusal `bad_charter`. */
export function readCharter(extensions: readonly Extension[]): Charter {
  const [extension, ...others] = extensions
  if (extension?.extensionType !== CHARTER_EXTENSION || others.length > 0) return refuse("bad_charter")
  const reader = new Reader(extension.extensionData, "bad_charter")
  if (reader.u8() !== VERSION) refuse("bad_charter", "unknown version")
  const kind = KINDS[reader.u8()] ?? refuse("bad_charter", "unknown kind")
  const founder = reader.take(KEY_LENGTH)
  const accounts = kind === "private" ? ([reader.take(KEY_LENGTH), reader.take(KEY_LENGTH)] as const) : undefined
  const noticeKey = readOptional(reader)
  reader.end()
  if (accounts !== undefined && toHex(accounts[0]) > toHex(accounts[1])) refuse("bad_charter", "order of accounts")
  const common = noticeKey === undefined ? { founder } : { founder, noticeKey }
  if (kind !== "private") return check({ kind, ...common })
  return accounts === undefined ? refuse("bad_charter") : check({ kind, accounts, ...common })
}

/** Whether an account may be in the room at all. */
export function mayHold(charter: Charter, accountKey: Uint8Array): boolean {
  return charter.kind !== "private" || charter.accounts.some((account) => sameBytes(account, accountKey))
}

function readOptional(reader: Reader): Uint8Array | undefined {
  const present = reader.u8()
  if (present > 1) refuse("bad_charter")
  return present === 1 ? reader.take(KEY_LENGTH) : undefined
}

function check(charter: Charter): Charter {
  const keys = [charter.founder, ...(charter.kind === "private" ? charter.accounts : []), charter.noticeKey]
  if (keys.some((key) => key !== undefined && key.length !== KEY_LENGTH)) refuse("bad_charter", "length of a key")
  if (charter.kind === "private") {
    if (sameBytes(charter.accounts[0], charter.accounts[1])) refuse("bad_charter", "one account twice")
    if (!mayHold(charter, charter.founder)) refuse("bad_charter", "founder is not in the chat")
  }
  return charter
}

function sorted(accounts: readonly [Uint8Array, Uint8Array]): readonly Uint8Array[] {
  return toHex(accounts[0]) < toHex(accounts[1]) ? accounts : [accounts[1], accounts[0]]
}
