/**
 * What a person does with rooms besides talking in them: starting one, and changing who is in it and what it is called. Each
 * is stored as a wish and carried out when that is possible, also after a restart; what can't be is refused at once.
 */
import { LIMITS } from "../../shared/limits.ts"
import { groupRoomId, privateRoomId } from "../../shared/private-room.ts"
import { withNames } from "./about.ts"
import { cleanRoomName } from "./room-name.ts"
import type { Surroundings } from "./room-surroundings.ts"
import type { Rooms } from "./rooms.ts"
import { type AccountName, ClientError, type RoomId, type RoomView } from "./types.ts"

type Around = Pick<Surroundings, "self" | "pins" | "platform">

/** The private chat with somebody, started if there was none. Throws ClientError `not_found` for an unknown name. */
export async function startPrivate({ self, pins }: Around, rooms: Rooms, name: AccountName): Promise<RoomId> {
  const key = pins.keyOf(name)
  if (key === undefined || name === self.name) throw new ClientError("not_found")
  const id = await privateRoomId(self.accountKey, key)
  const room = await rooms.ensure(id, "private")
  if (!room.isKnown) await room.want(() => ({ standing: "founding", peer: name, add: [name] }))
  // One that was founded while no right key of theirs was to be had is made whole now.
  else if (!room.view().people.some((person) => person.name === name))
    await room.want(({ add }) => ({ add: withNames(add, [name]) }))
  room.enter()
  return id
}

/** Starts a group. Throws ClientError `name_empty`, `not_found`, `bad_request` for too many people. */
export async function startGroup(
  around: Around,
  rooms: Rooms,
  { name, people }: { readonly name: string; readonly people: readonly AccountName[] },
): Promise<RoomId> {
  const known = knownPeople(around, people, 0)
  const called = roomName(name)
  const id = groupRoomId(around.platform.random(LIMITS.idLength))
  const room = await rooms.ensure(id, "group")
  await room.want(() => ({ standing: "founding", name: called, add: known }))
  room.enter()
  return id
}

/** Adds people to a group: they read what is said from then on. Throws ClientError `not_found`, `not_in_room`. */
export async function addPeople(
  around: Around,
  rooms: Rooms,
  id: RoomId,
  people: readonly AccountName[],
): Promise<void> {
  const view = groupView(rooms, id)
  const known = knownPeople(around, people, view.people.length)
  await rooms.get(id).want(({ add, remove }) => ({
    add: withNames(add, known),
    remove: remove.filter((name) => !known.includes(name)),
  }))
}

/** Removes somebody from a group. Throws ClientError `not_in_room`, `not_found`, `not_a_member` unless one is its founder. */
export async function removePerson(rooms: Rooms, id: RoomId, name: AccountName): Promise<void> {
  const { people, isFounder, adding } = groupView(rooms, id)
  if (!isFounder) throw new ClientError("not_a_member")
  if (!adding.includes(name) && !people.some((person) => person.name === name)) throw new ClientError("not_found")
  await rooms.get(id).want(({ add, remove }) => ({
    add: add.filter((each) => each !== name),
    remove: withNames(remove, [name]),
  }))
}

/** Leaves a group, with all devices of this account. Throws ClientError `not_in_room`. */
export async function leaveGroup(rooms: Rooms, id: RoomId): Promise<void> {
  groupView(rooms, id)
  await rooms.get(id).want(() => ({ isLeaving: true }))
}

/** Gives a group another name. Throws ClientError `name_empty`, `not_in_room`. */
export async function renameGroup(rooms: Rooms, id: RoomId, name: string): Promise<void> {
  groupView(rooms, id)
  await rooms.get(id).posting.send(roomName(name), { what: "name" })
}

function groupView(rooms: Rooms, id: RoomId): RoomView {
  const view = rooms.get(id).view()
  if (view.kind !== "group") throw new ClientError("bad_request")
  if (view.isOut) throw new ClientError("not_in_room")
  return view
}

function knownPeople({ self, pins }: Around, people: readonly AccountName[], already: number): AccountName[] {
  const others = withNames([], people).filter((name) => name !== self.name)
  if (others.some((name) => pins.keyOf(name) === undefined)) throw new ClientError("not_found")
  if (others.length + Math.max(1, already) > LIMITS.groupMax) throw new ClientError("bad_request")
  return others
}

function roomName(text: string): string {
  const name = cleanRoomName(text)
  if (name === "") throw new ClientError("name_empty")
  return name
}
