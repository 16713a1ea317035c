/** The HTTP side of rooms: what is too large for a WebSocket frame. All checks of substance are in rooms.ts. */

import { API } from "../shared/api.ts"
import { UserError } from "../shared/errors.ts"
import { roomId } from "../shared/ids.ts"
import { LIMITS } from "../shared/limits.ts"
import { type Route, route, type Visit } from "./http.ts"
import type { RateLimiter } from "./rate-limit.ts"
import type { Rooms } from "./rooms.ts"
import type { Session } from "./session.ts"

export function roomRoutes(rooms: Rooms, limiter: RateLimiter): Route[] {
  const roomOf = ({ parameters }: Visit) => roomId.parse(parameters["room"], "room")
  const countCommit = ({ account }: Session) => {
    const seconds = limiter.take("commits", String(account.id))
    if (seconds > 0) throw new UserError("rate_limited", { seconds })
  }
  return [
    route(API.groupInfo, async (visit, _, session) => {
      return { answer: await rooms.groupInfo(session, roomOf(visit)) }
    }),
    route({ ...API.found, bodyMax: LIMITS.commitBodyMax }, async (visit, body, session) => {
      countCommit(session)
      await rooms.found(session, roomOf(visit), body)
      return { answer: {} }
    }),
    route({ ...API.commit, bodyMax: LIMITS.commitBodyMax }, async (visit, body, session) => {
      countCommit(session)
      return { answer: await rooms.commit(session, roomOf(visit), body) }
    }),
    route(API.depart, async (visit, { statement }, session) => {
      countCommit(session)
      await rooms.depart(session, roomOf(visit), statement)
      return { answer: {} }
    }),
    route(API.marks, async (visit, _, session) => ({ answer: await rooms.marks(session, roomOf(visit)) })),
    route(API.welcome, async (visit, _, session) => ({ answer: await rooms.welcome(session, roomOf(visit)) })),
    route(API.welcomed, async (visit, { seq }, session) => {
      await rooms.welcomed(session, roomOf(visit), seq)
      return { answer: {} }
    }),
  ]
}
