/**
 * The router: a table of routes, and for each request the same steps in the same order: find the route, check where the
 * request comes from, who is speaking, what the body says; then the handler; then the answer, or the error that was
 * thrown, mapped to a status in one place. Anything thrown that is not meant for the visitor is noted without what he
 * sent, and answered as `internal`.
 *
 * What an attacker could try: another site's page that posts here (origin check), bodies without end (bounded by route),
 * half requests (time limits of the server), addresses with `..` (there are no files here, see static.ts), a method that
 * was not thought of (405).
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import { errorBody } from "../shared/api.ts"
import { ERRORS, UserError } from "../shared/errors.ts"
import { LIMITS } from "../shared/limits.ts"
import { ParseError, type Schema } from "../shared/schema.ts"
import { readJson } from "./body.ts"
import { SECURITY_HEADERS } from "./headers.ts"
import type { OriginCheck } from "./origins.ts"
import type { Session } from "./session.ts"

/** What a handler learns besides the body. */
export interface Visit {
  readonly request: IncomingMessage
  /** The visitor's network address. */
  readonly address: string
  /** The parts of the path that the route leaves open, by name; not yet checked. */
  readonly parameters: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status?: number
  readonly body: unknown
  readonly cookies?: readonly string[]
}

interface RouteBase {
  readonly method: "GET" | "POST"
  /** Segments that begin with a colon are open: `/api/rooms/:room`. */
  readonly path: string
  readonly bodyMax?: number
}

/** A route, with its handler bound to the types of its schemas by `route` and `openRoute`. */
export type Route = RouteBase &
  (
    | { readonly needs: "nobody"; readonly run: (visit: Visit, body: unknown) => Promise<Answer> }
    | { readonly needs: "session"; readonly run: (visit: Visit, body: unknown, session: Session) => Promise<Answer> }
  )

interface Definition<A> {
  readonly method: "GET" | "POST"
  readonly path: string
  readonly answer: Schema<A>
}

type Handled<A> = { readonly answer: A; readonly status?: number; readonly cookies?: readonly string[] }

const noBody: Schema<undefined> = { parse: () => undefined, write: () => undefined }

/** A route that anybody may use. */
export function openRoute<A, B = undefined>(
  definition: Definition<A> & { readonly body?: Schema<B> },
  handle: (visit: Visit, body: B) => Promise<Handled<A>>,
): Route {
  const { method, path, answer } = definition
  const body = (definition.body ?? noBody) as Schema<B>
  const run = async (visit: Visit, raw: unknown) => write(answer, await handle(visit, body.parse(raw, "body")))
  return { method, path, needs: "nobody", run }
}

/** A route that needs a session. */
export function route<A, B = undefined>(
  definition: Definition<A> & { readonly body?: Schema<B>; readonly bodyMax?: number },
  handle: (visit: Visit, body: B, session: Session) => Promise<Handled<A>>,
): Route {
  const { method, path, answer, bodyMax = LIMITS.bodyMax } = definition
  const body = (definition.body ?? noBody) as Schema<B>
  const run = async (visit: Visit, raw: unknown, session: Session) =>
    write(answer, await handle(visit, body.parse(raw, "body"), session))
  return { method, path, needs: "session", bodyMax, run }
}

function write<A>(schema: Schema<A>, { answer, status = 200, cookies = [] }: Handled<A>): Answer {
  return { status, cookies, body: schema.write(answer) }
}

/** Everything that is not in the table: pages and other files. They take GET and HEAD. */
export interface Pages {
  readonly has: (address: string) => boolean
  /** Answers at an address that `has` knows. */
  readonly send: (address: string, request: IncomingMessage, response: ServerResponse) => Promise<void>
}

export interface RouterOptions {
  readonly routes: readonly Route[]
  readonly isAllowedOrigin: OriginCheck
  readonly findSession: (cookies: string | undefined) => Promise<Session | undefined>
  readonly addressOf: (request: IncomingMessage) => string
  readonly pages: Pages
  readonly report: (line: string) => void
}

/** Makes the request listener. */
export function createRouter(options: RouterOptions) {
  const table = options.routes.map((each) => ({ ...each, pattern: patternOf(each.path) }))

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = (request.url ?? "").split("?", 1)[0] ?? ""
    // Node sends no body in answer to HEAD (RFC 9110 section 9.3.2), whatever a handler gives.
    const asked = request.method === "HEAD" ? "GET" : request.method
    const here = table.filter(({ pattern }) => pattern.test(address))
    const isPage = here.length === 0 && options.pages.has(address)
    if (here.length === 0 && !isPage) throw new UserError("not_found")
    if (isPage && asked === "GET") return options.pages.send(address, request, response)
    const found = here.find(({ method }) => method === asked)
    if (found === undefined) {
      const taken = isPage ? ["GET"] : here.map(({ method }) => method)
      response.setHeader("Allow", taken.join(", ").replace("GET", "GET, HEAD"))
      throw new UserError("method_not_allowed")
    }
    const { origin, host, cookie } = request.headers
    if (found.method === "POST" && !options.isAllowedOrigin(origin, host)) throw new UserError("foreign_origin")
    const parameters = { ...found.pattern.exec(address)?.groups }
    const visit = { request, address: options.addressOf(request), parameters }
    const session = found.needs === "session" ? await options.findSession(cookie) : undefined
    if (found.needs === "session" && session === undefined) throw new UserError("not_logged_in")
    const body = found.method === "POST" ? await readJson(request, found.bodyMax ?? LIMITS.bodyMax) : undefined
    if (found.needs === "nobody") return sendJson(response, await found.run(visit, body))
    if (session !== undefined) return sendJson(response, await found.run(visit, body, session))
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response).catch((error: unknown) => {
      // Whoever went away in the middle of a request is owed no answer, and is no failure of ours.
      if (response.headersSent || request.socket.destroyed) return
      const shown = userErrorOf(error)
      if (shown.code === "internal") options.report(`${request.method} failed: ${nameOf(error)}`)
      sendError(response, shown)
    })
  }
}

function patternOf(path: string): RegExp {
  const escaped = path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  return new RegExp(`^${escaped.replace(/:(\w+)/g, "(?<$1>[^/]{1,128})")}$`)
}

/** What the visitor is told about whatever was thrown. */
export function userErrorOf(error: unknown): UserError {
  if (error instanceof UserError) return error
  return new UserError(error instanceof ParseError ? "bad_request" : "internal")
}

/** An error's kind and place for the operator; its message may hold what somebody sent, so it stays out. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "not an Error"
  const code = "code" in error ? ` ${String(error.code)}` : ""
  const place = error.stack?.split("\n").find((line) => line.trim().startsWith("at ")) ?? ""
  return `${error.name}${code} ${place.trim()}`
}

function sendError(response: ServerResponse, { code, details }: UserError): void {
  if (details.seconds !== undefined) response.setHeader("Retry-After", details.seconds)
  const body = errorBody.write({ error: code, text: ERRORS[code].text, ...details })
  sendJson(response, { status: ERRORS[code].status, body })
}

function sendJson(response: ServerResponse, { status = 200, body, cookies = [] }: Answer): void {
  const bytes = Buffer.from(JSON.stringify(body))
  if (cookies.length > 0) response.setHeader("Set-Cookie", cookies)
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    "Cache-Control": "no-store",
    "Content-Type": "application/json",
    "Content-Length": bytes.length,
  })
  response.end(bytes)
}
