/** The HTTP side of accounts, and what anybody may know of this server. All checks of substance are in accounts.ts. */

import { API } from "../shared/api.ts"
import { UserError } from "../shared/errors.ts"
import { accountName } from "../shared/ids.ts"
import type { Schema } from "../shared/schema.ts"
import type { Accounts } from "./accounts.ts"
import { openRoute, type Route, route, type Visit } from "./http.ts"

export interface ServerFacts {
  readonly registration: "open" | "closed"
  readonly sessionLogs: boolean
  /** SHA-256 of the server's own certificate authority; null when the certificate is somebody else's. */
  readonly fingerprint: () => string | null
  readonly noticeKey: Uint8Array<ArrayBuffer>
}

export function accountRoutes(accounts: Accounts, facts: ServerFacts): Route[] {
  const visitorOf = ({ address, request }: Visit) => ({ address, cookies: request.headers.cookie })
  const { registration, sessionLogs, noticeKey } = facts
  return [
    openRoute(API.server, async () => ({
      answer: { registration, sessionLogs, noticeKey, fingerprint: facts.fingerprint() },
    })),
    openRoute({ ...API.salt, body: named(API.salt.body) }, async (_, { name }) => ({
      answer: await accounts.salt(name),
    })),
    openRoute({ ...API.signUp, body: named(API.signUp.body) }, (visit, body) =>
      accounts.signUp(body, visitorOf(visit)),
    ),
    openRoute({ ...API.logIn, body: named(API.logIn.body) }, (visit, body) => accounts.logIn(body, visitorOf(visit))),
    route(API.logOut, ({ request }, _, session) => accounts.logOut(session, request.headers.cookie)),
    route(API.password, async (visit, body, session) => ({
      answer: await accounts.recovery.changePassword(session, body, visitorOf(visit)),
    })),
    route(API.recoveryCode, async (visit, body, session) => ({
      answer: await accounts.recovery.changeCode(session, body, visitorOf(visit)),
    })),
    openRoute({ ...API.recoveryKey, body: named(API.recoveryKey.body) }, async (visit, body) => ({
      answer: await accounts.recovery.key(body, visitorOf(visit)),
    })),
    openRoute({ ...API.recover, body: named(API.recover.body) }, (visit, body) =>
      accounts.recovery.recover(body, visitorOf(visit)),
    ),
    openRoute({ ...API.reset, body: named(API.reset.body) }, (visit, body) =>
      accounts.reset.run(body, visitorOf(visit)),
    ),
    route(API.devices, async (_visit, _body, session) => ({ answer: await accounts.devices.list(session) })),
    route(API.retire, (_visit, body, session) => accounts.devices.retire(session, body)),
    route(API.lastSeen, async (_visit, body) => ({ answer: await accounts.devices.lastSeen(body) })),
    route(API.session, async (_visit, _body, { account, device }) => ({ answer: { name: account.name, device } })),
  ]
}

/** A name that breaks the rule for names is answered as that, since it is a person's mistake and not a program's. */
function named<B>(schema: Schema<B>): Schema<B> {
  const parse = (value: unknown, at: string): B => {
    const name = typeof value === "object" && value !== null && "name" in value ? value.name : undefined
    try {
      accountName.parse(name, "name")
    } catch {
      throw new UserError("bad_name")
    }
    return schema.parse(value, at)
  }
  return { ...schema, parse }
}
