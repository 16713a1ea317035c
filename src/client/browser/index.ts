/** The platform that a browser is: fetch, WebSocket, IndexedDB, Web Locks. */

import { LIMITS } from "../../shared/limits.ts"
import { delay } from "../core/delay.ts"
import { type HttpAnswer, type Platform, type Socket, type SocketHandlers, Unreachable } from "../core/platform.ts"
import { stretch } from "../core/stretch.ts"
import { openBrowserVault } from "./database.ts"
import { deviceNameOf } from "./device-name.ts"
import { keySlot } from "./key-slot.ts"
import { lock } from "./lock.ts"

/** RFC 6455 section 7.1.5: the connection was lost without a word. */
const LOST = 1006

export const browserPlatform: Platform = {
  request,
  connect,
  openVault: openBrowserVault,
  keys: keySlot,
  lock,
  deviceName: deviceNameOf(navigator.userAgent),
  now: () => Date.now(),
  random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  delay,
  stretch,
  onNetwork: (listener) => {
    addEventListener("online", listener)
    return () => removeEventListener("online", listener)
  },
}

async function request(method: "GET" | "POST", path: string, body?: unknown): Promise<HttpAnswer> {
  const post = { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) }
  const options: RequestInit = {
    method,
    cache: "no-store",
    credentials: "same-origin",
    redirect: "error",
    signal: AbortSignal.timeout(LIMITS.requestWithin),
  }
  const response = await fetch(path, method === "POST" ? { ...options, ...post } : options).catch(() => {
    throw new Unreachable()
  })
  return { status: response.status, body: await response.json().catch(() => undefined) }
}

function connect(handlers: SocketHandlers): Socket {
  const webSocket = new WebSocket(`wss://${location.host}/ws`)
  let isClosed = false
  const closed = (code: number): void => {
    if (isClosed) return
    isClosed = true
    handlers.closed(code)
  }
  webSocket.addEventListener("open", () => handlers.open())
  webSocket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (!isClosed && typeof data === "string") handlers.message(data)
  })
  webSocket.addEventListener("close", ({ code }) => closed(code))
  return {
    send: (text) => {
      if (webSocket.readyState === WebSocket.OPEN) webSocket.send(text)
    },
    close: () => {
      webSocket.close()
      // A dead connection answers no closing handshake; nobody has to wait for it.
      queueMicrotask(() => closed(LOST))
    },
  }
}
