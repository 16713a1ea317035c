/** Plain HTTP and HTTPS requests for tests, with nothing added to the headers but what Node must; and raw bytes. */
import { once } from "node:events"
import { Agent, type IncomingHttpHeaders, request as requestHttp } from "node:http"
import { request as requestHttps, Agent as SecureAgent } from "node:https"
import { connect } from "node:net"
import { text } from "node:stream/consumers"

export interface Asked {
  readonly port: number
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** TLS, with whatever certificate. */
  readonly secure?: boolean
}

export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Sends one request on a connection of its own, which the client would keep. */
export async function ask({
  port,
  path,
  method = "GET",
  headers = {},
  body,
  secure = false,
}: Asked): Promise<Answered> {
  const where = { host: "127.0.0.1", port, path, method, headers: { ...headers } }
  const agent = secure
    ? new SecureAgent({ keepAlive: true, rejectUnauthorized: false })
    : new Agent({ keepAlive: true })
  try {
    const asked = secure ? requestHttps({ ...where, agent }) : requestHttp({ ...where, agent })
    asked.end(body)
    const [response] = await once(asked, "response")
    return { status: response.statusCode, headers: response.headers, body: await text(response) }
  } finally {
    agent.destroy()
  }
}

/** Sends bytes as they are and resolves to everything that came until the server closed the connection. */
export async function sendRaw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1")
  socket.write(bytes)
  return text(socket)
}
