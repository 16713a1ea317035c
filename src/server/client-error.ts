/** What is answered to bytes that are no HTTP request, too large a one, or one that never ends. */
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"

const STATUS = new Map([
  ["HPE_HEADER_OVERFLOW", "431 Request Header Fields Too Large"],
  ["ERR_HTTP_REQUEST_TIMEOUT", "408 Request Timeout"],
])

/** Answers in one line and closes; a connection that is broken already is only let go. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex | Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy()
    return
  }
  const status = STATUS.get(error.code ?? "") ?? "400 Bad Request"
  // A peer that never closes its half would keep the connection.
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy())
}
