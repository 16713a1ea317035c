/**
 * Getting into a room: by founding it, by a Welcome, or by an external commit on the GroupInfo that the server hands out.
 * Whatever the server gives is checked before anything is sent (core/mls); that a private chat is the one it should be,
 * between the two accounts whose keys this device knows from the general room, is checked here.
 *
 * A founder adds everybody before anybody hears of the room, so nobody ever finds it half made.
 */

import { API } from "../../shared/api.ts"
import { sameBytes } from "../../shared/bytes.ts"
import { privateRoomId } from "../../shared/private-room.ts"
import { call } from "./api.ts"
import { invite } from "./inviting.ts"
import { privatePartsFor } from "./key-packages.ts"
import {
  type Charter,
  createGroup,
  type Group,
  joinExternal,
  joinWelcome,
  Refusal,
  welcomeReferences,
} from "./mls/index.ts"
import { type Entered, NO_CHANGES, type Pending } from "./pending.ts"
import type { AboutRecord } from "./records.ts"
import type { Surroundings } from "./room-surroundings.ts"
import type { RecordChange } from "./sealed-vault.ts"
import { type AccountName, ClientError, type RoomId } from "./types.ts"

export interface Entering {
  readonly around: Surroundings
  readonly room: RoomId
  readonly about: AboutRecord
  /** The charter of the group that this device has had here. */
  readonly charter: Uint8Array | undefined
}

/** A Welcome that was opened; `used` deletes the KeyPackage that it took. */
export interface Welcomed extends Entered {
  readonly used: readonly RecordChange[]
}

/**
 * Opens the Welcome that waits for this device; undefined when it was made for a KeyPackage that is gone, or leads back to
 * an epoch that this device `had` already.
 */
export async function openWelcome(
  { around, room, about, charter }: Entering,
  had: number | undefined,
): Promise<Welcomed | undefined> {
  const { seq, at, welcome } = await call(around.platform, API.welcome, { room })
  const found = await privatePartsFor(around, welcomeReferences(welcome))
  if (found === undefined) return undefined
  const group = await joinWelcome(around.identity, welcome, found.parts, { roomId: room, kind: about.kind, charter })
  // One of the past, played back: it would bring back whoever was there then.
  if (had !== undefined && group.epoch <= had) return undefined
  await checkPeople(group, around)
  return { group, seq, at, used: found.used }
}

/** Makes the founding or the external commit; nothing is sent. Throws ClientError, or Refusal for what breaks the rules. */
export async function prepareEntry(entering: Entering): Promise<Pending> {
  const { around, room, about } = entering
  if (about.standing === "founding") return prepareFounding(entering, about.kind === "private" ? about.peer : null)
  try {
    const { seq, groupInfo } = await call(around.platform, API.groupInfo, { room })
    return await prepareJoin(entering, seq, groupInfo)
  } catch (error) {
    const isMissing = error instanceof ClientError && error.code === "not_found"
    if (!isMissing || about.kind !== "general") throw error
    return prepareFounding(entering, null)
  }
}

async function prepareFounding({ around, room, about }: Entering, peer: AccountName | null): Promise<Pending> {
  const { platform, identity, newId } = around
  const { noticeKey } = await call(platform, API.server)
  const charter: Charter = { ...charterFor(around, about.kind, peer), founder: identity.accountKey, noticeKey }
  const alone = await createGroup(identity, room, charter, platform.now())
  const record = { kind: "found", id: newId(), after: 0, commit: new Uint8Array(), ...NO_CHANGES } as const
  const { devices } =
    about.kind === "general" ? { devices: [] } : await invite(around, [around.self.name, ...about.add])
  if (devices.length === 0)
    return { group: alone.group, record: { ...record, groupInfo: new Uint8Array(alone.groupInfo) } }
  const keyPackages = devices.map(({ keyPackage }) => keyPackage)
  const { group, groupInfo, welcome } = await alone.group.add(keyPackages, platform.now())
  const added = devices.map(({ device }) => device)
  const bytes = { groupInfo: new Uint8Array(groupInfo), welcome: new Uint8Array(welcome ?? []) }
  return { group, record: { ...record, added, ...bytes } }
}

function charterFor({ identity, pins }: Surroundings, kind: AboutRecord["kind"], peer: AccountName | null) {
  if (kind !== "private") return { kind }
  const peerKey = peer === null ? undefined : pins.keyOf(peer)
  if (peerKey === undefined) throw new ClientError("not_found")
  return { kind, accounts: [identity.accountKey, peerKey] as const }
}

async function prepareJoin(
  { around, room, about, charter }: Entering,
  seq: number,
  groupInfo: Uint8Array,
): Promise<Pending> {
  const { platform, identity, newId } = around
  const options = { expected: { roomId: room, kind: about.kind, charter }, now: platform.now() } as const
  // This device's leaf may still be in the tree, from before its state was lost: then it takes its own place over.
  const joined = await joinExternal(identity, groupInfo, { ...options, resync: false }).catch((error: unknown) => {
    if (!(error instanceof Refusal) || error.code !== "already_member") throw error
    return joinExternal(identity, groupInfo, { ...options, resync: true })
  })
  await checkPeople(joined.group, around)
  const bytes = { commit: new Uint8Array(joined.commit), groupInfo: new Uint8Array(joined.groupInfo) }
  return { group: joined.group, record: { kind: "join", id: newId(), after: seq, ...NO_CHANGES, ...bytes } }
}

/**
 * A private chat must be the one of its id, one of whose accounts is this one; and nobody in it may have another key than
 * in the general room. In the device room there is nobody but this account. Throws Refusal `wrong_charter`, or ClientError `wrong_key`.
 */
async function checkPeople(group: Group, { self, pins, deviceRoom }: Surroundings): Promise<void> {
  const { charter } = group
  if (group.roomId === deviceRoom && !isOnlyOf(group, self.accountKey)) throw new Refusal("wrong_charter", "not ours")
  if (charter.kind !== "private") return
  const [one, other] = charter.accounts
  if ((await privateRoomId(one, other)) !== group.roomId) throw new Refusal("wrong_charter", "id of the chat")
  if (![one, other].some((key) => sameBytes(key, self.accountKey))) throw new Refusal("wrong_charter", "not ours")
  for (const { name, accountKey } of group.members())
    if (!pins.fits(name, accountKey)) throw new ClientError("wrong_key")
}

/** Whether a room was made by an account, and holds nobody else. */
export function isOnlyOf(group: Group, accountKey: Uint8Array): boolean {
  const keys = [group.charter.founder, ...group.members().map((member) => member.accountKey)]
  return keys.every((key) => sameBytes(key, accountKey))
}
