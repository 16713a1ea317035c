/**
 * Which commit a room needs from this device next, told from what it knows: a pure question, asked again whenever the room
 * has moved, so a commit that came too late is not repeated but thought over.
 */
import { sameBytes } from "../../shared/bytes.ts"
import { type Group, type Member, readDeparture } from "./mls/index.ts"
import type { AboutRecord } from "./records.ts"
import type { AccountName } from "./types.ts"

export type Wanted =
  | { readonly kind: "remove"; readonly members: readonly Member[]; readonly statements: readonly Uint8Array[] }
  | { readonly kind: "add"; readonly names: readonly AccountName[] }
  | { readonly kind: "renew" }
  /** Another device of this account says that its person leaves. */
  | { readonly kind: "leave"; readonly statement: Uint8Array }

/** Statements that one commit carries (LIMITS.authenticatedDataMax). */
const STATEMENTS_AT_ONCE = 3

export interface Known {
  readonly about: AboutRecord
  /** Statements about devices of this room. */
  readonly departures: readonly Uint8Array[]
  /** The log ends with a commit that everybody refused. */
  readonly isBroken: boolean
}

/** The next commit, or undefined when there is nothing to do. Departures go first: nobody who left should read on. */
export function wantedIn(group: Group, { about, departures, isBroken }: Known): Wanted | undefined {
  // Whoever leaves does so with all devices: none of them takes another out, which would leave it behind alone.
  const ownLeave = departures.find((statement) => isOwnLeave(group, statement))
  if (ownLeave !== undefined && !about.isLeaving) return { kind: "leave", statement: ownLeave }
  const leaving = departures.flatMap((statement) => {
    const member = subjectOf(group, statement)
    return member === undefined || isOwnLeave(group, statement) ? [] : [{ member, statement }]
  })
  if (leaving.length > 0) {
    const now = leaving.slice(0, STATEMENTS_AT_ONCE)
    const members = now.map(({ member }) => member)
    return { kind: "remove", members, statements: now.map(({ statement }) => statement) }
  }
  const removed = group.members().filter(({ name }) => about.remove.some((each) => each === name))
  if (removed.length > 0 && isFounder(group)) return { kind: "remove", members: removed, statements: [] }
  const names = about.add.filter((name) => !group.members().some((member) => member.name === name))
  if (names.length > 0) return { kind: "add", names }
  return isBroken ? { kind: "renew" } : undefined
}

function isOwnLeave(group: Group, statement: Uint8Array): boolean {
  const { scope, accountKey } = readDeparture(statement)
  return scope === "room" && sameBytes(accountKey, group.self.accountKey)
}

/** Whether this account made the room. */
export function isFounder(group: Group): boolean {
  return sameBytes(group.charter.founder, group.self.accountKey)
}

/** The member that a statement is about, unless it is this device, which cannot commit its own removal. */
export function subjectOf(group: Group, statement: Uint8Array): Member | undefined {
  const { device, accountKey } = readDeparture(statement)
  const isMeant = (member: Member): boolean => member.device === device && sameBytes(member.accountKey, accountKey)
  const found = group.members().find(isMeant)
  return found?.leafIndex === group.self.leafIndex ? undefined : found
}
