/** KeyPackages over HTTP (RFC 9420 section 10): devices hand them in, and whoever adds somebody to a room claims them. */

import { API } from "../shared/api.ts"
import { UserError } from "../shared/errors.ts"
import { LIMITS } from "../shared/limits.ts"
import { type Route, route } from "./http.ts"
import type { RateLimiter } from "./rate-limit.ts"
import type { Store } from "./store/index.ts"

interface Around {
  readonly store: Pick<Store, "keyPackages">
  readonly limiter: RateLimiter
  readonly now: () => number
}

export function keyPackageRoutes({ store: { keyPackages }, limiter, now }: Around): Route[] {
  return [
    route({ ...API.keyPackages, bodyMax: LIMITS.commitBodyMax }, async (_, body, { device }) => {
      const handedIn = { keyPackages: body.keyPackages, lastResort: body.lastResort }
      return { answer: { keyPackages: await keyPackages.handIn(device, handedIn, now()) } }
    }),
    // Each claim uses packages up, so nobody may ask for as many as he likes.
    route(API.claim, async (_, { accounts }, { account, device }) => {
      const seconds = limiter.take("claims", String(account.id))
      if (seconds > 0) throw new UserError("rate_limited", { seconds })
      return { answer: { devices: await keyPackages.claim(accounts, device, now()) } }
    }),
  ]
}
