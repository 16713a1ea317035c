/** A router with a few routes of each kind, behind Node's own HTTP server, for the tests of http.ts and body.ts. */
import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer, type ServerOptions } from "node:http"
import type { AddressInfo } from "node:net"
import { answerClientError } from "../../src/server/client-error.ts"
import { createRouter, openRoute, type RouterOptions, route, type Visit } from "../../src/server/http.ts"
import { errorBody } from "../../src/shared/api.ts"
import { ERRORS, type ErrorCode, UserError } from "../../src/shared/errors.ts"
import { accountName, deviceId } from "../../src/shared/ids.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { parseJson } from "../../src/shared/protocol.ts"
import { object, ParseError, string } from "../../src/shared/schema.ts"
import { type Answered, type Asked, ask } from "./http-client.ts"
import type { Owner } from "./temp.ts"

/** What a body of `/mine` may hold, in bytes. */
export const SMALL = 64
const text = object({ text: string(0, LIMITS.bodyMax) })
const session = {
  account: { id: 1, name: accountName.parse("anna", "name") },
  device: deviceId.parse("AAAAAAAAAAAAAAAAAAAAAA", "device"),
}

/** What a handler throws, by the path that asks for it. */
const THROWN: Readonly<Record<string, () => unknown>> = {
  stale: () => new UserError("stale", { seq: 7 }),
  waits: () => new UserError("rate_limited", { seconds: 9 }),
  parse: () => new ParseError("body.name: a secret the-secret"),
  fails: () => new TypeError("it fails on the-secret"),
  strange: () => "the-secret",
}

/** A server with a few routes of each kind on plain HTTP. It ends with the test. */
export async function startRouter(owner: Owner, changes: Partial<RouterOptions> = {}, server: ServerOptions = {}) {
  const reports: string[] = []
  const visits: Visit[] = []
  const echo = async (visit: Visit, body: { readonly text: string }) => {
    visits.push(visit)
    return { answer: body }
  }
  const handle = createRouter({
    routes: [
      openRoute({ method: "POST", path: "/echo", body: text, answer: text }, echo),
      openRoute({ method: "GET", path: "/look/:room/at", answer: text }, async (visit) => {
        visits.push(visit)
        return { answer: { text: String(visit.parameters["room"]) }, cookies: ["a=1", "b=2"] }
      }),
      route({ method: "POST", path: "/mine", body: text, answer: text, bodyMax: SMALL }, echo),
      route({ method: "GET", path: "/mine", answer: text }, async (_visit, _body, { account }) => ({
        answer: { text: account.name },
      })),
      openRoute({ method: "GET", path: "/throw/:what", answer: text }, async ({ parameters }) => {
        throw THROWN[parameters["what"] ?? ""]?.()
      }),
    ],
    isAllowedOrigin: (origin) => origin === "https://here",
    findSession: async (cookies) => (cookies === "right" ? session : undefined),
    addressOf: () => "192.0.2.1",
    pages: {
      has: (address) => address === "/page",
      send: async (_address, _request, response) => void response.end("page"),
    },
    report: (line) => reports.push(line),
    ...changes,
  })
  const http = createServer({ maxHeaderSize: LIMITS.headersMax, ...server }, handle).on(
    "clientError",
    answerClientError,
  )
  http.listen(0, "127.0.0.1")
  await once(http, "listening")
  owner.after(() => {
    http.close()
    http.closeAllConnections()
  })
  const { port } = http.address() as AddressInfo
  return {
    ...{ port, http, reports, visits },
    get: (path: string, more: Partial<Asked> = {}) => ask({ port, path, ...more }),
    post: (path: string, body: string | Uint8Array, headers: Asked["headers"] = {}) => {
      const usual = { "Content-Type": "application/json", Origin: "https://here", Cookie: "right" }
      return ask({ port, path, method: "POST", body, headers: { ...usual, ...headers } })
    },
  }
}

/** Holds an answer to the form of every error: status, body by the schema, headers. */
export function assertError({ status, headers, body }: Answered, code: ErrorCode): void {
  const parsed = errorBody.parse(parseJson(body), "error")
  assert.equal(parsed.error, code)
  assert.equal(status, ERRORS[code].status)
  assert.equal(parsed.text, ERRORS[code].text)
  assert.equal(headers["content-type"], "application/json")
  assert.equal(headers["cache-control"], "no-store")
}

/** A body of exactly this many bytes that the routes take. */
export const json = (length: number) => JSON.stringify({ text: "x".repeat(length - '{"text":""}'.length) })
