/**
 * Finding the devices of people who are to be added to a room. Their KeyPackages come from the server, who may offer
 * another key than theirs: each must be of the account that was asked for, under the key that this device knows for that
 * name from the general room, where everybody sees the same keys.
 */

import { type AnswerOf, API } from "../../shared/api.ts"
import { LIMITS } from "../../shared/limits.ts"
import { call } from "./api.ts"
import { itemChange, OWN_LINES, positionOf } from "./history.ts"
import { Refusal, readOffer } from "./mls/index.ts"
import type { RoomState } from "./room-state.ts"
import type { Surroundings } from "./room-surroundings.ts"
import type { AccountName, RoomId } from "./types.ts"

/** Devices that one commit adds: their Welcome and the commit stay well below their bounds. */
const ADD_AT_ONCE = 64

type Device = AnswerOf<"claim">["devices"][number]

export interface Invited {
  readonly devices: readonly Device[]
  /** Those for whom the server offered a KeyPackage that is not theirs. */
  readonly impostors: readonly AccountName[]
}

type Around = Pick<Surroundings, "platform" | "pins" | "self">

/**
 * The devices of people, at most ADD_AT_ONCE, this one left out, and those that were away for so long that their
 * KeyPackages have expired: they come in by themselves. Throws ClientError.
 */
export async function invite(around: Around, names: readonly AccountName[]): Promise<Invited> {
  const { platform, self } = around
  const accounts = names.slice(0, LIMITS.accountsAtOnce)
  const claimed = await call(platform, API.claim, { body: { accounts } })
  const offered = claimed.devices.filter(({ device }) => device !== self.device)
  const judged = await Promise.all(offered.map(async (each) => [each, await judge(around, accounts, each)] as const))
  const impostors = new Set(judged.flatMap(([{ account }, verdict]) => (verdict === "impostor" ? [account] : [])))
  const devices = judged.flatMap(([each, verdict]) =>
    verdict === "good" && !impostors.has(each.account) ? [each] : [],
  )
  return { devices: devices.slice(0, ADD_AT_ONCE), impostors: [...impostors] }
}

async function judge({ platform, pins }: Around, accounts: readonly AccountName[], offer: Device) {
  try {
    const owner = await readOffer(offer.keyPackage, platform.now())
    const isMeant = accounts.includes(offer.account) && owner.name === offer.account && owner.device === offer.device
    return isMeant && pins.fits(offer.account, owner.accountKey) ? "good" : "impostor"
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return error.code === "key_package_expired" ? "expired" : "impostor"
  }
}

/** Gives up adding people for whom the server offered other keys than theirs, and says so in the conversation. */
export async function refuseToAdd(
  { around, state, room }: { readonly around: Surroundings; readonly state: RoomState; readonly room: RoomId },
  names: readonly AccountName[],
): Promise<void> {
  const { vault, platform, emit } = around
  const { place, about } = state
  await state.change({ add: about.add.filter((name) => !names.includes(name)) })
  for (const [index, name] of names.entries()) {
    const position = positionOf(place.cursor, OWN_LINES - 1 - index)
    const line = { position, at: platform.now(), problem: "wrong-key", name } as const
    await vault.write([itemChange(room, { type: "problem", ...line })])
    emit("item", { room, item: { kind: "problem", ...line }, was: undefined })
  }
  emit("room", room)
}
