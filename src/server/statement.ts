/**
 * What the server reads of a departure (docs/encryption.md): whose device leaves, and how far. Whether it is signed by who
 * may say so is checked by every member of the room, who are the ones that act on it.
 *
 *     u8 scope | 16 bytes device id | 32 bytes account key | 64 bytes signature
 */
import { toBase64Url } from "../shared/bytes.ts"
import { UserError } from "../shared/errors.ts"
import { type DeviceId, deviceId } from "../shared/ids.ts"
import { LIMITS } from "../shared/limits.ts"

const SCOPES = ["device", "room", "notice"] as const

export interface Statement {
  readonly scope: (typeof SCOPES)[number]
  readonly device: DeviceId
  /** 32 bytes. */
  readonly accountKey: Uint8Array
}

const KEY_AT = 1 + LIMITS.idLength

/** Reads a statement of LIMITS.statementLength bytes. Throws UserError `bad_request`. */
export function readStatement(bytes: Uint8Array): Statement {
  const scope = SCOPES[bytes[0] ?? SCOPES.length]
  if (scope === undefined || bytes.length !== LIMITS.statementLength) throw new UserError("bad_request")
  return {
    scope,
    device: deviceId.parse(toBase64Url(bytes.subarray(1, KEY_AT)), "device"),
    accountKey: bytes.slice(KEY_AT, KEY_AT + LIMITS.accountKeyLength),
  }
}
