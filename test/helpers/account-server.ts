/**
 * Sign-up and log-in over HTTP as the server has them: its router, routes, accounts and store, with the quick, counted
 * scrypt and the clock of accounts.ts. A visitor's address is what his request says, as behind a proxy of one's own.
 */
import { once } from "node:events"
import { createServer } from "node:http"
import { accountRoutes } from "../../src/server/account-routes.ts"
import { createRouter } from "../../src/server/http.ts"
import { originCheck } from "../../src/server/origins.ts"
import { API, errorBody } from "../../src/shared/api.ts"
import { parseJson } from "../../src/shared/protocol.ts"
import { authOf, cookieHeader, named, newDevice, signUpBody, startAccounts } from "./accounts.ts"
import { type Answered, ask } from "./http-client.ts"
import type { Owner } from "./temp.ts"

export interface Login {
  readonly name: string
  readonly password: string
  /** The visitor's address. */
  readonly from: string
  readonly cookie?: string
}

const FACTS = {
  registration: "open",
  sessionLogs: true,
  noticeKey: new Uint8Array(32),
  fingerprint: () => null,
} as const

export async function startAccountServer(owner: Owner) {
  const { accounts, asked, pass } = await startAccounts(owner)
  const router = createRouter({
    routes: accountRoutes(accounts, FACTS),
    isAllowedOrigin: originCheck([]),
    findSession: (cookies) => accounts.findSession(cookies),
    addressOf: ({ headers }) => String(headers["x-forwarded-for"]),
    pages: { has: () => false, send: async () => undefined },
    report: (line) => {
      throw new Error(line)
    },
  })
  const server = createServer(router).listen(0, "127.0.0.1")
  await once(server, "listening")
  owner.after(() => server.close())
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the server has no port")
  const { port } = address
  const device = newDevice()

  function post(path: string, body: unknown, from: string, cookie?: string): Promise<Answered> {
    const usual = { "Content-Type": "application/json", Origin: `https://127.0.0.1:${port}`, "X-Forwarded-For": from }
    const headers = cookie === undefined ? usual : { ...usual, Cookie: cookie }
    return ask({ port, path, method: "POST", headers, body: JSON.stringify(body) })
  }

  const logIn = ({ name, password, from, cookie }: Login): Promise<Answered> =>
    post(
      API.logIn.path,
      API.logIn.body.write({ name: named(name), auth: authOf(password), device, deviceName: "Test" }),
      from,
      cookie,
    )

  return {
    /** Names of what was asked of the store, and scrypt runs. */
    asked,
    /** Lets milliseconds pass. */
    pass,
    logIn,
    salt: (name: string, from: string) => post(API.salt.path, { name }, from),
    /** Signs up with the password "right"; gives the browser's Cookie header. */
    async signUp(name: string, from: string): Promise<string> {
      const { status, headers, body } = await post(
        API.signUp.path,
        API.signUp.body.write(signUpBody(name, { device })),
        from,
      )
      if (status !== 200) throw new Error(body)
      return cookieHeader(headers["set-cookie"] ?? [])
    },
    /** Tries once; gives "in", or the error with the seconds that it names. */
    async outcome(login: Login): Promise<string> {
      const { status, body } = await logIn(login)
      if (status === 200) return "in"
      const { error, seconds } = errorBody.parse(parseJson(body), "error")
      return seconds === undefined ? error : `${error} ${seconds}`
    },
  }
}
