/** What one room is made of on this device, loaded as it was stored, and how the parts know of one another. */
import { Attention } from "./attention.ts"
import { PendingCommit } from "./pending.ts"
import { Posting, type PostingOptions } from "./posting.ts"
import { RoomState } from "./room-state.ts"
import type { Surroundings } from "./room-surroundings.ts"
import { Serial } from "./serial.ts"
import type { RoomId, RoomKind } from "./types.ts"

export interface RoomParts {
  readonly around: Surroundings
  readonly serial: Serial
  readonly state: RoomState
  readonly pending: PendingCommit
  readonly posting: Posting
  readonly attention: Attention
}

/** What posting needs to know of the whole room, which is made of these parts and comes after them. */
export type WholeRoom = Pick<PostingOptions, "isReady" | "expelled" | "head">

/** Loads the parts of a room; one that was never stored is of this kind. */
export async function loadRoomParts(
  room: RoomId,
  kind: RoomKind,
  around: Surroundings,
  whole: WholeRoom,
): Promise<RoomParts> {
  const state = await RoomState.load(room, kind, around)
  const serial = new Serial()
  const pending = await PendingCommit.load(room, around)
  const posting = await Posting.load({ room, around, state, serial, ...whole })
  const attention = await Attention.load({ room, around, state, posting })
  return { around, serial, state, pending, posting, attention }
}
