/**
 * What the functions of this part work on: one room's MLS state with the things that are read from it again and again.
 * Values are never changed; each step makes a new one, and the old one stays usable until its secrets are consumed.
 */
import type { ClientState } from "ts-mls/clientState.js"
import { CryptoError, CryptoVerificationError, MlsError, ValidationError } from "ts-mls/mlsError.js"
import { sameBytes } from "../../../shared/bytes.ts"
import { type Charter, readCharter } from "./charter.ts"
import type { Identity } from "./identity.ts"
import { Refusal, type RefusalCode, refuse } from "./refusal.ts"
import { checkRoster, type Member } from "./roster.ts"

export interface Room {
  readonly state: ClientState
  readonly identity: Identity
  readonly roomId: string
  readonly charter: Charter
  readonly members: readonly Member[]
}

/**
 * Checks a state that this device made or joined against the charter and its own identity. `broken` means that our own
 * leaf is not there. Throws Refusal.
 */
export function roomOf(state: ClientState, identity: Identity): Room {
  const charter = readCharter(state.groupContext.extensions)
  const members = checkRoster(state.ratchetTree, charter)
  const own = members.find((member) => member.leafIndex === state.privatePath.leafIndex)
  if (own === undefined || !isOwn(own, identity)) refuse("broken")
  checkEpoch(state.groupContext.epoch)
  if (Object.keys(state.unappliedProposals).length > 0) refuse("broken", "proposals")
  const roomId = new TextDecoder().decode(state.groupContext.groupId)
  return { state, identity, roomId, charter, members }
}

function isOwn(member: Member, identity: Identity): boolean {
  return (
    member.device === identity.device &&
    sameBytes(member.accountKey, identity.accountKey) &&
    sameBytes(member.leafKey, identity.signatureKey.publicKey)
  )
}

/** Epochs are whole numbers on the wire of ours; the protocol's 64 bits go further. */
export function checkEpoch(epoch: bigint): number {
  return epoch < BigInt(Number.MAX_SAFE_INTEGER) ? Number(epoch) : refuse("malformed", "epoch")
}

// The library tells its refusals apart by their text only.
const VALIDATION_ERRORS: readonly (readonly [string, RefusalCode])[] = [
  ["Desired gen in the past", "replayed"],
  ["too far in the future", "undecryptable"],
  ["Could not validate credential", "bad_credential"],
  ["keys not unique", "bad_tree"],
  ["ratchet tree:", "bad_tree"],
  ["outside the tree", "removal_forbidden"],
  ["remove empty leaf", "removal_forbidden"],
  ["same client", "device_twice"],
  ["already in the group", "already_member"],
  ["Lifetime", "key_package_expired"],
]

/** Turns whatever the library throws on bad input into a Refusal; `otherwise` is for errors that say nothing. */
export function toRefusal(error: unknown, otherwise: RefusalCode): Refusal {
  if (error instanceof Refusal) return error
  if (!(error instanceof MlsError)) return new Refusal(otherwise, undefined, error)
  const known = VALIDATION_ERRORS.find(([text]) => error.message.includes(text))
  return new Refusal(known?.[1] ?? codeOf(error, otherwise), error.message, error)
}

function codeOf(error: MlsError, otherwise: RefusalCode): RefusalCode {
  if (error instanceof CryptoVerificationError) return "bad_signature"
  if (error instanceof CryptoError) return "undecryptable"
  return error instanceof ValidationError ? "bad_tree" : otherwise
}

/** Runs a step of the library on input that may be bad. */
export async function refusing<T>(otherwise: RefusalCode, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    throw toRefusal(error, otherwise)
  }
}
