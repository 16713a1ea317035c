/**
 * MLS (RFC 9420) for the rest of core: the only module that others may import from here, and the only part of SecureChat
 * that knows the MLS library. See group.ts for how a Group is used, policy.ts for who may enter or leave, refusal.ts for
 * everything that can be refused.
 */
export { MLS_BOUNDS } from "./bounds.ts"
export type { Charter, RoomKind } from "./charter.ts"
export { readOffer } from "./commit.ts"
export { type DepartureScope, readDeparture, signNotice, signRetirement } from "./departure.ts"
export { Group, type Outcome, type OwnCommit } from "./group.ts"
export {
  type AccountKeyPair,
  decodeIdentity,
  encodeIdentity,
  type Identity,
  makeAccountKey,
  makeIdentity,
} from "./identity.ts"
export { type Expected, type MadeKeyPackage, makeKeyPackage, welcomeReferences } from "./join.ts"
export { type Change, changesBetween } from "./process.ts"
export { REFUSALS, Refusal, type RefusalCode } from "./refusal.ts"
export type { Member } from "./roster.ts"
export { messageHash } from "./wire.ts"

import type { Charter } from "./charter.ts"
import { Group } from "./group.ts"
import type { Identity } from "./identity.ts"
import type { Expected } from "./join.ts"

/** Makes a room with this device as its only member. Throws Refusal. */
export function createGroup(identity: Identity, roomId: string, charter: Charter, now: number = Date.now()) {
  return Group.create(identity, roomId, charter, now)
}

/** Joins a room by external commit, or with `resync` replaces this device's own leaf in it. Throws Refusal. */
export function joinExternal(
  identity: Identity,
  groupInfo: Uint8Array,
  {
    resync,
    expected,
    now = Date.now(),
  }: { readonly resync: boolean; readonly expected: Expected; readonly now?: number },
) {
  return Group.joinExternal(identity, groupInfo, { resync, expected, now })
}

/** Joins a room by a Welcome, with the private parts of the KeyPackage that it is for. Throws Refusal. */
export function joinWelcome(identity: Identity, welcome: Uint8Array, privateParts: Uint8Array, expected: Expected) {
  return Group.joinWelcome(identity, welcome, privateParts, expected)
}

/** Reads what `group.encode()` wrote. Throws Refusal. */
export function decodeGroup(identity: Identity, bytes: Uint8Array): Group {
  return Group.decode(identity, bytes)
}
