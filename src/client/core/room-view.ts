/** What a room shows of itself. */
import { peopleOf } from "./people.ts"
import type { Pins } from "./pins.ts"
import type { RoomState } from "./room-state.ts"
import type { AccountName, RoomId, RoomView } from "./types.ts"
import { isFounder } from "./wanted.ts"

export function viewOf(
  id: RoomId,
  { group, about }: Pick<RoomState, "group" | "about">,
  pins: Pins,
  { waiting, unread, firstUnread, trouble }: Pick<RoomView, "waiting" | "unread" | "firstUnread" | "trouble">,
): RoomView {
  const people = group === undefined ? [] : peopleOf(group.members())
  return {
    ...{ id, waiting, unread, firstUnread, trouble },
    kind: about.kind,
    name: about.peer ?? about.name,
    peer: about.peer ?? undefined,
    joined: group !== undefined,
    isOut: about.standing === "out" || about.isLeaving,
    isFounder: group !== undefined && isFounder(group),
    adding: about.add,
    people,
    newKeys: about.kind === "general" ? [] : newKeysIn({ group, about }, pins),
  }
}

/**
 * People of a room who have another key than before, which nobody has accepted yet; in a private chat also its other person,
 * if the chat is with a key that is not theirs any more. Nothing is sent meanwhile.
 */
export function newKeysIn({ group, about }: Pick<RoomState, "group" | "about">, pins: Pins): AccountName[] {
  if (group === undefined) return []
  const { charter } = group
  const isPeersKey = (peer: AccountName): boolean =>
    charter.kind !== "private" || charter.accounts.some((key) => pins.fits(peer, key))
  if (about.peer !== null) return pins.isUnaccepted(about.peer) || !isPeersKey(about.peer) ? [about.peer] : []
  return peopleOf(group.members()).flatMap(({ name }) => (pins.isUnaccepted(name) ? [name] : []))
}
