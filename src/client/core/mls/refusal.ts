/**
 * Everything this part can refuse, once: a code for the program and a sentence for a person. A refused message or commit
 * leaves the state as it was. Codes under "shared" are decided from data that all members share, so every honest client
 * refuses alike and the room goes on as if the commit had not been there; the others concern this device alone.
 */

export const REFUSALS = {
  // This message, at this moment, on this device
  malformed: "This is not a message that SecureChat can read.",
  too_large: "This message is larger than a message may be.",
  wrong_room: "This message belongs to another room.",
  past_epoch: "This message is older than the keys that are still kept.",
  /** We missed a commit that others followed: take the newest GroupInfo and resync. */
  future_epoch: "The room has gone on without this device. It has to join again.",
  own_message: "This device sent this message itself.",
  replayed: "This message was delivered before.",
  /** Decryption failed. For a commit: either it is nonsense for all, or it was made so that we cannot follow. */
  undecryptable: "This message was damaged, or not meant for this device.",
  removed: "This device is no longer in the room.",

  // Shared: what a commit may not do
  bad_signature: "A signature is not valid.",
  bad_tree: "The list of this room's members is not consistent.",
  bad_leaf: "A device's entry in the room is not as it must be.",
  bad_credential: "A device could not prove whose it is.",
  bad_charter: "The room's charter is missing or unreadable.",
  wrong_charter: "The room is not what it was said to be.",
  forbidden_message: "A kind of message came that this room does not use.",
  forbidden_proposal: "Somebody tried to change what nobody may change.",
  name_under_second_key: "Somebody tried to use a name that belongs to another account.",
  key_under_second_name: "An account tried to be in the room under two names.",
  device_twice: "A device tried to be in the room twice.",
  too_many_members: "The room has as many devices as it can hold.",
  not_in_charter: "Somebody tried to bring a third person into a private chat.",
  join_forbidden: "Somebody tried to enter a room without an invitation.",
  add_forbidden: "Somebody tried to add people to the general room.",
  removal_forbidden: "Somebody tried to remove a person without the right to.",
  evicts_another: "Somebody tried to throw another person out while entering.",
  bad_statement: "A removal came with a statement that is not valid.",
  committer_changed: "A device tried to become another one.",
  key_package_expired: "An invitation for a device is too old.",

  // What we were asked to do ourselves
  not_a_member: "That device is not in this room.",
  already_member: "This device is in the room already.",
  broken: "This device's keys don't fit the room's. It has to join again.",
} as const

export type RefusalCode = keyof typeof REFUSALS

/**
 * Thrown when the caller asked for what the rules forbid, or gave bytes that are not what they should be. `process`
 * returns its refusals instead of throwing them.
 */
export class Refusal extends Error {
  override readonly name = "Refusal"
  readonly code: RefusalCode

  /** `detail` is for whoever reads a log; `cause` is what the library threw. */
  constructor(code: RefusalCode, detail?: string, cause?: unknown) {
    super(detail === undefined ? REFUSALS[code] : `${REFUSALS[code]} (${detail})`, { cause })
    this.code = code
  }
}

export function refuse(code: RefusalCode, detail?: string): never {
  throw new Refusal(code, detail)
}
