/**
 * The upgrade from HTTP to a WebSocket (RFC 6455 section 4.2): everything is checked before the handshake is answered, so
 * that nobody without a session ever holds a socket. Refusals are plain HTTP answers without a body.
 */
import { type IncomingMessage, STATUS_CODES } from "node:http"
import type { Duplex } from "node:stream"
import { ERRORS, type ErrorCode } from "../shared/errors.ts"
import type { OriginCheck } from "./origins.ts"
import type { Session } from "./session.ts"

const PATH = "/ws"

export interface UpgradeChecks {
  readonly findSession: (cookies: string | undefined) => Promise<Session | undefined>
  readonly isAllowedOrigin: OriginCheck
  /** Whether one more connection can be held, and one more of this account. */
  readonly hasRoom: (session: Session) => boolean
  /** Hears of what was thrown while a session was looked for. */
  readonly unexpected: (error: unknown) => void
}

/** Resolves to the session that may open a WebSocket; otherwise answers the request and resolves to undefined. */
export async function checkUpgrade(
  { findSession, isAllowedOrigin, hasRoom, unexpected }: UpgradeChecks,
  request: IncomingMessage,
  socket: Duplex,
): Promise<Session | undefined> {
  // The peer may be gone at any time; that is no error of ours.
  socket.on("error", () => socket.destroy())
  const { origin, host, cookie } = request.headers
  if (request.url !== PATH) return refuse(socket, "not_found")
  if (!isAllowedOrigin(origin, host)) return refuse(socket, "foreign_origin")
  try {
    const session = await findSession(cookie)
    if (session === undefined) return refuse(socket, "not_logged_in")
    return hasRoom(session) ? session : refuse(socket, "busy")
  } catch (error) {
    unexpected(error)
    return refuse(socket, "internal")
  }
}

function refuse(socket: Duplex, code: ErrorCode): undefined {
  const { status } = ERRORS[code]
  // Nobody else watches this socket any more: a peer that never closes its half would keep it.
  socket.once("finish", () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
