/** The few addresses that people type: which file or answer stands behind each. */
import type { IncomingMessage, ServerResponse } from "node:http"
import { SECURITY_HEADERS } from "./headers.ts"
import type { Pages } from "./http.ts"
import type { Session } from "./session.ts"
import type { StaticFiles } from "./static.ts"

interface PagesOptions {
  readonly files: StaticFiles
  readonly findSession: (cookies: string | undefined) => Promise<Session | undefined>
  /** Rejects when the store does not answer. */
  readonly check: () => Promise<void>
}

type Page = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** Makes what answers GET and HEAD for everything that is not part of the API. */
export function pages({ files, findSession, check }: PagesOptions): Pages {
  const table = new Map<string, Page>([
    ["/", async (_, response) => redirect(response, "/home")],
    ["/home", async (request, response) => files.send("/home.html", request, response)],
    [
      "/chat",
      async (request, response) => {
        if ((await findSession(request.headers.cookie)) === undefined) redirect(response, "/home")
        else files.send("/chat.html", request, response)
      },
    ],
    [
      "/healthz",
      async (_, response) => {
        await check()
        const body = '{"status":"ok"}'
        const headers = {
          "Content-Type": "application/json",
          "Content-Length": body.length,
          "Cache-Control": "no-store",
        }
        response.writeHead(200, { ...SECURITY_HEADERS, ...headers }).end(body)
      },
    ],
  ])
  return {
    has: (address) => table.has(address) || files.has(address),
    async send(address, request, response) {
      const page = table.get(address)
      if (page === undefined) files.send(address, request, response)
      else await page(request, response)
    },
  }
}

function redirect(response: ServerResponse, to: string): void {
  response.writeHead(302, { ...SECURITY_HEADERS, Location: to, "Cache-Control": "no-store", "Content-Length": 0 }).end()
}
