/**
 * What devices say they have persisted, on its way into the store. A device that catches up says so many times a second:
 * one write per device and room is under way, and of all that is said meanwhile only the highest is written next.
 */
import type { RoomId } from "../shared/ids.ts"
import type { Session } from "./session.ts"

export type Persist = (session: Session, room: RoomId, seq: number) => Promise<void>

/** Puts that rule around a write. The call that starts a write rejects when it fails; those that were merged resolve. */
export function highestNext(persist: Persist): Persist {
  const wanted = new Map<string, number>()
  return async (session, room, seq) => {
    const key = `${session.device} ${room}`
    const merged = wanted.get(key)
    wanted.set(key, Math.max(seq, merged ?? 0))
    if (merged !== undefined) return
    try {
      for (let written = -1, next = seq; next > written; next = wanted.get(key) ?? 0) {
        await persist(session, room, next)
        written = next
      }
    } finally {
      wanted.delete(key)
    }
  }
}
