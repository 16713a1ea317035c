/**
 * MLS messages as the server sees them: a true cleartext header (RFC 9420 section 6) around bytes that mean nothing. The
 * server does no cryptography, so its tests need none either, and ten thousand messages cost nothing to make.
 */
import { randomBytes } from "node:crypto"
import type { Session } from "../../src/server/session.ts"
import { concatBytes, toBase64Url } from "../../src/shared/bytes.ts"
import {
  type AccountName,
  type DeviceId,
  deviceId,
  type MessageId,
  messageId,
  type RoomId,
} from "../../src/shared/ids.ts"
import { writeLabel } from "../../src/shared/label.ts"
import { GENERAL_ROOM } from "../../src/shared/limits.ts"
import { groupRoomId } from "../../src/shared/private-room.ts"

export const randomId = (): MessageId => messageId.parse(toBase64Url(randomBytes(16)), "id")
export const randomDevice = (): DeviceId => deviceId.parse(toBase64Url(randomBytes(16)), "device")

/** A number of `length` bytes, the highest first. */
function number(length: number, value: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => Math.floor(value / 256 ** (length - 1 - index)) % 256)
}

/** A vector with its length before it, in the shortest form (RFC 9420 section 2.1.2). */
function vector(bytes: Uint8Array): Uint8Array {
  const { length } = bytes
  if (length < 64) return concatBytes(number(1, length), bytes)
  if (length < 16_384) return concatBytes(number(2, 0x4000 + length), bytes)
  return concatBytes(number(4, 0x8000_0000 + length), bytes)
}

const VERSION = number(2, 1)
const [PUBLIC, PRIVATE, GROUP_INFO] = [number(2, 1), number(2, 2), number(2, 4)]
const [APPLICATION, COMMIT] = [number(1, 1), number(1, 3)]
const NEW_MEMBER_COMMIT = number(1, 4)
const group = (room: string) => vector(new TextEncoder().encode(room))

/** A PrivateMessage of content type application with a right label, of about `size` bytes. */
export function applicationMessage(epoch: number, size = 200, room: string = GENERAL_ROOM): Uint8Array<ArrayBuffer> {
  const label = writeLabel({ kind: "message", commitment: randomBytes(32) })
  const head = concatBytes(VERSION, PRIVATE, group(room), number(8, epoch), APPLICATION, vector(label))
  return concatBytes(head, vector(randomBytes(20)), vector(randomBytes(Math.max(1, size - head.length - 25))))
}

/** A PublicMessage that is an external commit: whoever sends it joins. */
export function externalCommit(epoch: number, size = 400, room: string = GENERAL_ROOM): Uint8Array<ArrayBuffer> {
  const head = [VERSION, PUBLIC, group(room), number(8, epoch), NEW_MEMBER_COMMIT, vector(new Uint8Array()), COMMIT]
  return concatBytes(...head, randomBytes(size))
}

/** A commit of a member, encrypted. */
export function memberCommit(epoch: number, size = 400, room: string = GENERAL_ROOM): Uint8Array<ArrayBuffer> {
  const head = [VERSION, PRIVATE, group(room), number(8, epoch), COMMIT, vector(new Uint8Array())]
  return concatBytes(...head, vector(randomBytes(20)), vector(randomBytes(size)))
}

/** A GroupInfo of this epoch. */
export function groupInfo(epoch: number, room: string = GENERAL_ROOM): Uint8Array<ArrayBuffer> {
  const suite = number(2, 1)
  return concatBytes(VERSION, GROUP_INFO, VERSION, suite, group(room), number(8, epoch), randomBytes(300))
}

/** The founding of the general room, with nobody else in it. */
export const founding = (info = groupInfo(0)) => ({ kind: "general" as const, groupInfo: info, added: [] })

const NO_CHANGES: { readonly added: DeviceId[]; readonly removed: DeviceId[] } = { added: [], removed: [] }

/** What is posted with a commit that leads to this epoch, and by which nobody else comes or goes. */
export function commitBody(after: number, commit: Uint8Array<ArrayBuffer>, epoch: number, room: string = GENERAL_ROOM) {
  return { id: randomId(), after, commit, groupInfo: groupInfo(epoch, room), ...NO_CHANGES }
}

const SCOPES = ["device", "room"] as const

/** A departure of a device as the server reads it, with a signature that is none. */
export function departureOf(
  { session, accountKey }: { readonly session: Pick<Session, "device">; readonly accountKey: Uint8Array },
  scope: (typeof SCOPES)[number],
): Uint8Array<ArrayBuffer> {
  const device = Buffer.from(session.device, "base64url")
  return concatBytes(number(1, SCOPES.indexOf(scope)), device, accountKey, randomBytes(64))
}

export const newGroupId = (): RoomId => groupRoomId(randomBytes(16))

/** What goes with devices that are added: a Welcome that opens nothing, and nothing at all when there are none. */
const adding = (added: readonly DeviceId[]) => ({
  added: [...added],
  ...(added.length === 0 ? {} : { welcome: new Uint8Array(randomBytes(300)) }),
})

/** The founding of a group, with these devices in it. */
export const groupFounding = (room: RoomId, added: readonly DeviceId[] = []) => ({
  ...{ id: randomId(), kind: "group" as const, groupInfo: groupInfo(added.length === 0 ? 0 : 1, room) },
  ...adding(added),
})

/** The founding of a private chat with a peer, whose devices are in it. */
export const privateFounding = (room: RoomId, peer: AccountName, added: readonly DeviceId[] = []) => ({
  ...groupFounding(room, added),
  ...{ kind: "private" as const, peer },
})

/** A commit of a member of a room after the founding of epoch 1, with those whom it adds and removes. */
export function changingBody(
  room: RoomId,
  after: number,
  epoch: number,
  { added = [], removed = [] }: { readonly added?: readonly DeviceId[]; readonly removed?: readonly DeviceId[] },
) {
  return {
    ...commitBody(after, memberCommit(epoch - 1, 400, room), epoch, room),
    ...adding(added),
    removed: [...removed],
  }
}
