/** What the fuzz of fuzz.ts knows without MLS: the devices that act, and who belongs to which room. */
import type { AccountName, RoomId } from "../../src/client/node/index.ts"
import type { Person } from "./core-people.ts"
import type { Liar } from "./lying-server.ts"

export interface Device {
  readonly person: Person
  /** Goes between it and the server: always truthful here, it only cuts connections and shortens waits. */
  readonly line: Liar
  isOnline: boolean
}

export interface RoomModel {
  readonly id: RoomId
  readonly kind: "general" | "private" | "group"
  readonly founder: string
  readonly members: Set<string>
}

export const nameOf = (name: string): AccountName => name as AccountName

export const isIn = ({ person }: Device, room: RoomModel): boolean => person.view(room.id)?.joined === true

export const isAnother = (device: Device, person: Person): boolean => device.person.name !== person.name

/**
 * Marks people's places in a room as being changed, by whom too; false when one is already. What somebody wants who is
 * removed at the same time is lost or not, and the model could not say which.
 */
export function claim(touched: Set<string>, { id }: RoomModel, ...names: readonly string[]): boolean {
  const places = names.map((name) => `${id} ${name}`)
  if (places.some((place) => touched.has(place))) return false
  for (const place of places) touched.add(place)
  return true
}
