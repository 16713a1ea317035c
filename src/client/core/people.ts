/** Who is in a room, as people: the devices of the tree gathered by account. */
import { accountName, deviceId } from "../../shared/ids.ts"
import type { Member } from "./mls/index.ts"
import type { Person } from "./types.ts"

/** The accounts of a tree, by name. */
export function peopleOf(members: readonly Member[]): Person[] {
  const found = new Map<string, Person>()
  for (const { name, accountKey, device } of members) {
    const deviceIds = [...(found.get(name)?.deviceIds ?? []), deviceId.parse(device, "device")]
    found.set(name, { name: accountName.parse(name, "name"), accountKey, devices: deviceIds.length, deviceIds })
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
