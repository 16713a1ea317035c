/**
 * Requests and WebSockets to one server for programs that are no browsers. Trust is narrower than a browser's: with `ca`
 * given, only certificates of that authority count. The session's cookies are kept in memory, for this server alone, and
 * sent to it alone; nothing follows redirects.
 */
import { Agent, request } from "node:https"
import { WebSocket } from "ws"
import { LIMITS } from "../../shared/limits.ts"
import { type HttpAnswer, type Socket, type SocketHandlers, Unreachable } from "../core/platform.ts"

const ANSWER_WITHIN = 30_000
const CLOSE_WITHIN = 2_000
const LOST = 1006

/** Which server, and whom to believe that it is the one. */
export interface NetworkOptions {
  /** `https://host:port`; what follows is ignored. */
  readonly url: string
  /** Certificate authority, PEM: the text of the server's certs/ca.pem. Node's own list when left out. */
  readonly ca?: string
}

/** Talks to one server, as Platform asks for. The constructor throws TypeError for an address that is not https. */
export class Network {
  readonly #origin: string
  readonly #ca: string | undefined
  readonly #agent: Agent
  readonly #cookies = new Map<string, string>()

  constructor({ url, ca }: NetworkOptions) {
    this.#origin = new URL(url).origin
    if (!this.#origin.startsWith("https:")) throw new TypeError("the address must begin with https:")
    this.#ca = ca
    this.#agent = new Agent({ keepAlive: true, minVersion: "TLSv1.3", ...(ca === undefined ? {} : { ca }) })
  }

  /** Rejects with Unreachable when no whole answer comes within 30 seconds, or a longer one than the protocol knows. */
  request(method: "GET" | "POST", path: string, body?: unknown): Promise<HttpAnswer> {
    const text = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
    const headers = {
      ...this.#headers(),
      ...(text === undefined ? {} : { "Content-Type": "application/json", "Content-Length": String(text.length) }),
    }
    const signal = AbortSignal.timeout(ANSWER_WITHIN)
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, this.#origin), { method, headers, agent: this.#agent, signal }, (answer) => {
        const parts: Buffer[] = []
        let length = 0
        answer.on("data", (part: Buffer) => {
          parts.push(part)
          length += part.length
          if (length > LIMITS.commitBodyMax) answer.destroy(new Error("the answer is too long"))
        })
        answer.on("error", () => reject(new Unreachable()))
        answer.on("end", () => {
          this.#keep(answer.headers["set-cookie"] ?? [])
          resolve({ status: answer.statusCode ?? 0, body: parsed(Buffer.concat(parts).toString("utf8")) })
        })
      })
      sent.on("error", () => reject(new Unreachable()))
      sent.end(text)
    })
  }

  /** Opens the WebSocket; what does not open is told as `closed`. */
  connect({ open, message, closed }: SocketHandlers): Socket {
    const socket = new WebSocket(`${this.#origin.replace("https", "wss")}/ws`, {
      headers: this.#headers(),
      perMessageDeflate: false,
      maxPayload: LIMITS.commitBodyMax,
      ...(this.#ca === undefined ? {} : { ca: this.#ca }),
    })
    let isOver = false
    const end = (code: number): void => {
      if (isOver) return
      isOver = true
      closed(code)
    }
    socket.on("open", open)
    socket.on("message", (data, isBinary) => {
      if (!isOver && !isBinary) message(String(data))
    })
    // ws says "close" after each error as well.
    socket.on("error", () => undefined)
    socket.on("close", end)
    return {
      send: (text) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(text)
      },
      close: () => {
        socket.close()
        setTimeout(() => socket.terminate(), CLOSE_WITHIN).unref()
        queueMicrotask(() => end(LOST))
      },
    }
  }

  /** Lets go of idle connections, so that a program can end. */
  close(): void {
    this.#agent.destroy()
  }

  #headers(): Record<string, string> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ")
    return { Origin: this.#origin, ...(cookie === "" ? {} : { Cookie: cookie }) }
  }

  #keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [, name, value] = /^([^=;\s]+)=([^;]*)/.exec(line) ?? []
      if (name === undefined || value === undefined) continue
      if (/;\s*Max-Age=0\b/i.test(line)) this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
