/**
 * The upgrade from HTTP to a WebSocket (RFC 6455 section 4.2): everything is checked before the handshake is answered, so
 * that nobody without a session ever holds a socket. Refusals are plain HTTP answers without a body.
 */
import { type IncomingMessage, STATUS_CODES } from "node:http"
import type { Duplex } from "node:stream"
import type { OriginCheck } from "./origins.ts"
import type { Session } from "./session.ts"

const PATH = "/ws"

export interface UpgradeChecks {
  readonly findSession: (cookies: string | undefined) => Promise<Session | undefined>
  readonly isAllowedOrigin: OriginCheck
  /** Whether one more connection of this account can be held. */
  readonly hasRoom: (session: Session) => boolean
}

/** Resolves to the session that may open a WebSocket; otherwise answers the request and resolves to undefined. */
export async function checkUpgrade(
  { findSession, isAllowedOrigin, hasRoom }: UpgradeChecks,
  request: IncomingMessage,
  socket: Duplex,
): Promise<Session | undefined> {
  // The peer may be gone at any time; that is no error of ours.
  socket.on("error", () => socket.destroy())
  const { origin, host, cookie } = request.headers
  if (request.url !== PATH) return refuse(socket, 404)
  if (!isAllowedOrigin(origin, host)) return refuse(socket, 403)
  const session = await findSession(cookie).catch(() => "broken" as const)
  if (session === "broken") return refuse(socket, 500)
  if (session === undefined) return refuse(socket, 401)
  return hasRoom(session) ? session : refuse(socket, 503)
}

function refuse(socket: Duplex, status: number): undefined {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
