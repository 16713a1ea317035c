/**
 * What a device knows and wants of a room besides its MLS group: its kind, its name, whom it is with, and the changes that
 * its person has asked for and that no commit has made yet. The general room is known from the start; of all others a
 * record is kept from the moment they are started or entered.
 */
import { sameBytes } from "../../shared/bytes.ts"
import { GENERAL_ROOM } from "../../shared/limits.ts"
import type { Group } from "./mls/index.ts"
import type { Pins } from "./pins.ts"
import { ABOUT, type AboutRecord, aboutKey, aboutRecord, readRecord, writeRecord } from "./records.ts"
import type { Self } from "./room-surroundings.ts"
import type { RecordChange, SealedVault } from "./sealed-vault.ts"
import type { AccountName, RoomId, RoomKind } from "./types.ts"

const ROOMS_MAX = 10_000

/** A room of which nothing is known but its kind. */
export function unknownRoom(kind: RoomKind): AboutRecord {
  return { kind, standing: "member", name: "", peer: null, add: [], remove: [], isLeaving: false }
}

export const GENERAL_ABOUT: AboutRecord = { ...unknownRoom("general"), name: "General" }

/** What is stored of a room. */
export async function readAbout(vault: SealedVault, room: RoomId): Promise<AboutRecord | undefined> {
  if (room === GENERAL_ROOM) return GENERAL_ABOUT
  const stored = await vault.get(aboutKey(room))
  return stored === undefined ? undefined : readRecord(aboutRecord, stored)
}

/** Ids of all rooms of which something is stored. */
export async function storedRooms(vault: SealedVault): Promise<string[]> {
  const found = await vault.list(ABOUT, { limit: ROOMS_MAX })
  return found.map(({ key }) => key.slice(ABOUT.length))
}

/** What stores a record; nothing is stored of the general room. */
export function aboutChange(room: RoomId, about: AboutRecord): RecordChange[] {
  return about.kind === "general" ? [] : [{ key: aboutKey(room), value: writeRecord(aboutRecord, about) }]
}

/** The record as a group makes it: in the room, and rid of the changes that are made. */
export function inGroup(about: AboutRecord, group: Group, pins: Pins, self: Self): AboutRecord {
  const members = group.members()
  const isHere = (name: string): boolean => members.some((member) => member.name === name)
  const { charter } = group
  const peerKey =
    charter.kind === "private" ? charter.accounts.find((key) => !sameBytes(key, self.accountKey)) : undefined
  const peer = peerKey === undefined ? null : (about.peer ?? pins.nameOf(peerKey) ?? null)
  return {
    ...about,
    ...{ standing: "member" as const, peer },
    add: about.add.filter((name) => !isHere(name)),
    remove: about.remove.filter(isHere),
  }
}

/** Names without those that are there already. */
export const withNames = (names: readonly AccountName[], more: readonly AccountName[]): AccountName[] => [
  ...new Set([...names, ...more]),
]
