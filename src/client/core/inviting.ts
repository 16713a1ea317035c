/**
 * Finding the devices of people who are to be added to a room. Their KeyPackages come from the server, who may offer
 * another key than theirs: each must be of the account that was asked for, under the key that this device knows for that
 * name from the general room, where everybody sees the same keys.
 */
import { LIMITS } from "../../shared/limits.ts"
import { API } from "../../shared/protocol.ts"
import { call } from "./api.ts"
import { type ItemRecord, itemChange, itemOf, OWN_LINES, positionOf } from "./history.ts"
import { ownerOf } from "./mls/index.ts"
import type { RoomState } from "./room-state.ts"
import type { Surroundings } from "./room-surroundings.ts"
import type { AccountName, DeviceId, RoomId } from "./types.ts"

/** Devices that one commit adds: their Welcome and the commit stay well below their bounds. */
const ADD_AT_ONCE = 64

export interface Invited {
  readonly devices: readonly { readonly device: DeviceId; readonly keyPackage: Uint8Array }[]
  /** Those for whom the server offered a KeyPackage that is not theirs. */
  readonly impostors: readonly AccountName[]
}

/** The devices of people, at most ADD_AT_ONCE, this one left out. Throws ClientError, Refusal for what is no KeyPackage. */
export async function invite(
  { platform, pins, self }: Pick<Surroundings, "platform" | "pins" | "self">,
  names: readonly AccountName[],
): Promise<Invited> {
  const accounts = names.slice(0, LIMITS.accountsAtOnce)
  const claimed = await call(platform, API.claim, { body: { accounts } })
  const offered = claimed.devices.filter(({ device }) => device !== self.device)
  const isTheirs = ({ account, device, keyPackage }: (typeof offered)[number]): boolean => {
    const owner = ownerOf(keyPackage)
    const isMeant = accounts.includes(account) && owner.name === account && owner.device === device
    return isMeant && pins.fits(account, owner.accountKey)
  }
  const impostors = offered.filter((each) => !isTheirs(each)).map(({ account }) => account)
  const devices = offered.filter(({ account }) => !impostors.includes(account)).slice(0, ADD_AT_ONCE)
  return { devices, impostors: [...new Set(impostors)] }
}

/** Gives up adding people for whom the server offered other keys than theirs, and says so in the conversation. */
export async function refuseToAdd(
  { around, state, room }: { readonly around: Surroundings; readonly state: RoomState; readonly room: RoomId },
  names: readonly AccountName[],
): Promise<void> {
  const { vault, platform, self, emit } = around
  const { place, about, delivered } = state
  await state.change({ add: about.add.filter((name) => !names.includes(name)) })
  for (const [index, name] of names.entries()) {
    const position = positionOf(place.cursor, OWN_LINES - 1 - index)
    const line: ItemRecord = { type: "problem", position, at: platform.now(), problem: "wrong-key", name }
    await vault.write([itemChange(room, line)])
    emit("item", { room, item: itemOf(line, { self: self.name, delivered }), was: undefined })
  }
  emit("room", room)
}
