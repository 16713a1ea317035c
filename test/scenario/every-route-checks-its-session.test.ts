import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import test from "node:test"
import { accountRoutes } from "../../src/server/account-routes.ts"
import { keyPackageRoutes } from "../../src/server/key-package-routes.ts"
import { RateLimiter } from "../../src/server/rate-limit.ts"
import { roomRoutes } from "../../src/server/room-routes.ts"
import { Rooms } from "../../src/server/rooms.ts"
import { API, type ApiName, type BodyOf, errorBody } from "../../src/shared/api.ts"
import { toBase64Url } from "../../src/shared/bytes.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { parseJson } from "../../src/shared/protocol.ts"
import type { Schema } from "../../src/shared/schema.ts"
import { authOf, named, newDevice, signUpBody, startAccounts } from "../helpers/accounts.ts"
import { ask } from "../helpers/http-client.ts"
import { commitBody, departureOf, externalCommit, founding, memberCommit, randomId } from "../helpers/ws-messages.ts"
import { GENERAL_ROOM_ID, startTestServer, type TestServer } from "../helpers/ws-server.ts"

/** What a request gets: a status, with the error when it is one. */
type Outcome = "200" | `${number} ${string}`

interface Entry<N extends ApiName> {
  /** A body that is right in every way for a member of the general room. */
  readonly body: (server: TestServer) => BodyOf<N>
  /** Whoever asks, session or not. */
  readonly anybody?: Outcome
  /** With no session, or one that is none: always the same. */
  readonly nobody?: Outcome
  readonly member?: Outcome
  /** Somebody else who is logged in, not in the room. */
  readonly outsider?: Outcome
}

const NOT_LOGGED_IN: Outcome = "401 not_logged_in"
let strangers = 0

/** What a new password and a new recovery code are made of, as of a sign-up. */
function newPassword() {
  const { salt, iterations, auth, wrappedKey } = signUpBody("anna")
  return { salt, iterations, auth, wrappedKey }
}

function newRecoveryCode() {
  const { recoveryAuth, recoveryWrappedKey } = signUpBody("anna")
  return { recoveryAuth, recoveryWrappedKey }
}

const entering = () => ({ name: named(`stranger-${strangers++}`), device: newDevice(), deviceName: "Test" })

/** Every route of the protocol. One without an entry here does not compile. */
const ROUTES: { readonly [N in ApiName]: Entry<N> } = {
  server: { body: () => undefined, anybody: "200" },
  salt: { body: () => ({ name: named("person-0") }), anybody: "200" },
  signUp: { body: () => signUpBody("person-0"), anybody: "409 name_taken" },
  logIn: {
    body: () => ({
      name: named(`stranger-${strangers++}`),
      auth: authOf("guess"),
      device: newDevice(),
      deviceName: "Test",
    }),
    anybody: "401 wrong_credentials",
  },
  logOut: { body: () => ({}), nobody: NOT_LOGGED_IN, member: "200", outsider: "200" },
  session: { body: () => undefined, nobody: NOT_LOGGED_IN, member: "200", outsider: "200" },
  groupInfo: { body: () => undefined, nobody: NOT_LOGGED_IN, member: "200", outsider: "200" },
  found: {
    body: () => ({ ...founding(), id: randomId() }),
    nobody: NOT_LOGGED_IN,
    member: "409 room_exists",
    outsider: "409 room_exists",
  },
  commit: {
    body: ({ after }) => commitBody(after, memberCommit(0), 1),
    nobody: NOT_LOGGED_IN,
    member: "200",
    outsider: "403 not_a_member",
  },
  password: {
    body: () => ({ ...newPassword(), currentAuth: authOf("guess") }),
    nobody: NOT_LOGGED_IN,
    member: "401 wrong_credentials",
    outsider: "401 wrong_credentials",
  },
  recoveryCode: {
    body: () => ({ ...newRecoveryCode(), currentAuth: authOf("guess") }),
    nobody: NOT_LOGGED_IN,
    member: "401 wrong_credentials",
    outsider: "401 wrong_credentials",
  },
  recoveryKey: {
    body: () => ({ name: named(`stranger-${strangers++}`), recoveryAuth: authOf("guess") }),
    anybody: "401 wrong_credentials",
  },
  recover: {
    body: () => ({ ...newPassword(), ...entering(), recoveryAuth: authOf("guess") }),
    anybody: "401 wrong_credentials",
  },
  reset: {
    body: () => {
      const { accountKey, recoveryAuth, recoveryWrappedKey } = signUpBody("anna")
      const code = new Uint8Array(LIMITS.codeLength)
      return { ...newPassword(), ...entering(), accountKey, recoveryAuth, recoveryWrappedKey, code }
    },
    anybody: "401 wrong_credentials",
  },
  devices: { body: () => undefined, nobody: NOT_LOGGED_IN, member: "200", outsider: "200" },
  retire: {
    body: (server) => ({ device: server.person(0).session.device, statement: departureOf(server.person(0), "device") }),
    nobody: NOT_LOGGED_IN,
    member: "200",
    outsider: "400 bad_request",
  },
  lastSeen: { body: () => ({ accounts: [named("person-0")] }), nobody: NOT_LOGGED_IN, member: "200", outsider: "200" },
  keyPackages: {
    body: () => ({ keyPackages: [new Uint8Array(300)], lastResort: new Uint8Array(300) }),
    nobody: NOT_LOGGED_IN,
    member: "200",
    outsider: "200",
  },
  claim: { body: () => ({ accounts: [named("person-0")] }), nobody: NOT_LOGGED_IN, member: "200", outsider: "200" },
  welcome: {
    body: () => undefined,
    nobody: NOT_LOGGED_IN,
    member: "404 not_found",
    outsider: "404 not_found",
  },
  welcomed: { body: () => ({ seq: 0 }), nobody: NOT_LOGGED_IN, member: "200", outsider: "200" },
  depart: {
    body: (server) => ({ statement: departureOf(server.person(0), "room") }),
    nobody: NOT_LOGGED_IN,
    // Nobody leaves the general room.
    member: "400 bad_request",
    outsider: "400 bad_request",
  },
  marks: { body: () => undefined, nobody: NOT_LOGGED_IN, member: "200", outsider: "404 not_found" },
}

/** Those that hash a guess. */
const SLOW: readonly ApiName[] = ["logIn", "recoveryKey", "recover"]

const names = Object.keys(ROUTES) as ApiName[]

function toNobody(name: ApiName): Outcome | undefined {
  return ROUTES[name].nobody ?? ROUTES[name].anybody
}

interface Definition {
  readonly method: string
  readonly path: string
  readonly body?: Schema<unknown>
}

async function request<N extends ApiName>(server: TestServer, name: N, cookie: string | undefined, body: BodyOf<N>) {
  const definition: Definition = API[name] as Definition
  const { method, path } = definition
  const headers = {
    ...(cookie === undefined ? {} : { Cookie: cookie }),
    ...(method === "POST" ? { "Content-Type": "application/json", Origin: `https://127.0.0.1:${server.port}` } : {}),
  }
  const where = { port: server.port, path: path.replace(":room", GENERAL_ROOM_ID), method, headers, secure: true }
  const sent = definition.body === undefined ? {} : { body: JSON.stringify(definition.body.write(body)) }
  return ask({ ...where, ...sent })
}

/** Asks with a right body; gives the outcome, and holds an error to its schema. */
async function outcome<N extends ApiName>(server: TestServer, name: N, cookie: string | undefined): Promise<string> {
  const entry: Entry<N> = ROUTES[name]
  const { status, body } = await request(server, name, cookie, entry.body(server))
  return status === 200 ? "200" : `${status} ${errorBody.parse(parseJson(body), "error").error}`
}

/** Everything that is no session: none, empty, made up, changed, of another kind, misnamed. */
function badCookies(right: string): (string | undefined)[] {
  const changed = right.slice(0, -2) + (right.endsWith("AA") ? "BB" : "AA")
  const token = right.slice("__Host-session=".length)
  const misplaced = [`__Host-browser=${token}`, `session=${token}`, `__Secure-session=${token}`]
  return [undefined, "__Host-session=", `__Host-session=${toBase64Url(randomBytes(32))}`, changed, ...misplaced]
}

test("every route that the server has stands in the protocol, and every one of the protocol in the server", async (t) => {
  const { accounts, store } = await startAccounts(t)
  const rate = { burst: 1, perSecond: 1, pause: 0 }
  const limiter = new RateLimiter(
    { messages: rate, typing: rate, commits: rate, claims: rate, "sign-ups": rate },
    Date.now,
  )
  const facts = {
    registration: "open",
    sessionLogs: true,
    noticeKey: new Uint8Array(32),
    fingerprint: () => null,
  } as const
  const served = [
    ...accountRoutes(accounts, facts),
    ...roomRoutes(new Rooms(store, Date.now), limiter),
    ...keyPackageRoutes({ store, limiter, now: Date.now }),
  ]
  const line = ({ method, path, needs }: { method: string; path: string; needs: string }) =>
    `${method} ${path} ${needs}`
  const wanted = names.map((name) =>
    line({ ...API[name], needs: ROUTES[name].anybody === undefined ? "session" : "nobody" }),
  )
  assert.deepEqual(served.map(line).sort(), wanted.sort())
})

test("every route, without a session or with what is none, answers as to nobody", async (t) => {
  let now = Date.now()
  const server = await startTestServer(t, { accounts: 1, now: () => now })
  for (const name of names) {
    // So that the guesses before are forgotten.
    now += 60 * 60 * 1000
    // Each log-in costs a third of a second of scrypt, whatever its cookies.
    for (const cookie of badCookies(server.person(0).cookie).slice(0, SLOW.includes(name) ? 2 : undefined))
      assert.equal(await outcome(server, name, cookie), toNobody(name), `${name} with ${cookie}`)
  }
})

test("every route answers to a session that has run out, or ended, as to nobody", async (t) => {
  let now = Date.now()
  const server = await startTestServer(t, { accounts: 2, now: () => now })
  const { cookie } = server.person(0)
  await request(server, "logOut", cookie, {})
  for (const name of names)
    assert.equal(await outcome(server, name, cookie), toNobody(name), `${name} after the log-out`)
  now += 30 * 24 * 60 * 60 * 1000
  for (const name of names)
    assert.equal(await outcome(server, name, server.person(1).cookie), toNobody(name), `${name} after thirty days`)
})

for (const name of names) {
  const { anybody, member = anybody, outsider = anybody } = ROUTES[name]

  test(`${API[name].method} ${API[name].path}: a member gets ${member}, another account ${outsider}`, async (t) => {
    const server = await startTestServer(t, { accounts: 2, members: 1 })
    assert.equal(await outcome(server, name, server.person(1).cookie), outsider, "the outsider")
    assert.equal(await outcome(server, name, server.person(0).cookie), member, "the member")
  })
}

test("a page of another site is refused at every POST, whoever is logged in", async (t) => {
  const server = await startTestServer(t, { accounts: 1 })
  for (const name of names.filter((each) => API[each].method === "POST"))
    for (const Origin of ["https://evil.example", "null", `http://127.0.0.1:${server.port}`]) {
      const headers = { Origin, Cookie: server.person(0).cookie, "Content-Type": "application/json" }
      const where = { port: server.port, path: API[name].path.replace(":room", GENERAL_ROOM_ID), secure: true }
      assert.equal((await ask({ ...where, method: "POST", headers, body: "{}" })).status, 403, `${name} from ${Origin}`)
    }
})

test("a session speaks for its own account and device, and its log-out ends nobody else's", async (t) => {
  const server = await startTestServer(t, { accounts: 2, devices: 2 })
  const who = async (index: number) => {
    const { status, body } = await request(server, "session", server.person(index).cookie, undefined)
    return status === 200 ? body : status
  }
  const own = [0, 1, 2, 3].map((index) => {
    const { account, device } = server.person(index).session
    return JSON.stringify({ name: account.name, device })
  })
  assert.deepEqual(await Promise.all([who(0), who(1), who(2), who(3)]), own)
  await request(server, "logOut", server.person(0).cookie, {})
  assert.deepEqual(await Promise.all([who(0), who(1), who(2), who(3)]), [401, ...own.slice(1)])
})

test("another account's commit with a member's id and room does not pass for the member's", async (t) => {
  const server = await startTestServer(t, { accounts: 2, members: 1 })
  const body = commitBody(server.after, memberCommit(0), 1)
  assert.equal((await request(server, "commit", server.person(0).cookie, body)).status, 200)
  assert.equal((await request(server, "commit", server.person(1).cookie, body)).status, 403)
})

test("an external commit lets in the device whose session it is, and no other", async (t) => {
  const server = await startTestServer(t, { accounts: 3, members: 1 })
  const body = commitBody(server.after, externalCommit(0), 1)
  assert.equal((await request(server, "commit", server.person(1).cookie, body)).status, 200)
  const later = commitBody(1, memberCommit(1), 2)
  assert.equal((await request(server, "commit", server.person(2).cookie, later)).status, 403)
  assert.equal((await request(server, "commit", server.person(1).cookie, later)).status, 200)
})
