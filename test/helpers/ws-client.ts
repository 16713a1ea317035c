/** A WebSocket client for tests: keeps what comes, in order, and lets a test wait for it. It checks nothing by itself. */
import { once } from "node:events"
import type { IncomingMessage } from "node:http"
import WebSocket from "ws"
import {
  type ClientMessage,
  clientMessage,
  parseFrame,
  type ServerMessage,
  type ServerMessageOf,
  serverMessage,
  writeFrame,
} from "../../src/shared/protocol.ts"

export interface Closed {
  readonly code: number
  readonly reason: string
}

export interface Handshake {
  readonly cookie?: string | undefined
  /** The server's own origin unless given; null sends none. */
  readonly origin?: string | null
  readonly path?: string
}

export class TestSocket {
  readonly webSocket: WebSocket
  /** Resolves when the connection has ended. */
  readonly closed: Promise<Closed>
  /** Everything that came and was not taken yet. */
  readonly inbox: ServerMessage[] = []
  #isClosed = false
  readonly #watchers = new Set<() => void>()

  constructor(webSocket: WebSocket) {
    this.webSocket = webSocket
    webSocket.on("message", (data) => {
      this.inbox.push(parseFrame(serverMessage, String(data)))
      this.#wake()
    })
    webSocket.on("error", () => undefined)
    this.closed = new Promise((resolve) => {
      webSocket.on("close", (code, reason) => {
        this.#isClosed = true
        resolve({ code, reason: String(reason) })
        this.#wake()
      })
    })
  }

  send(message: ClientMessage): void {
    this.raw(writeFrame(clientMessage, message))
  }

  raw(text: string): void {
    this.webSocket.send(text)
  }

  /** The next message of a type, taken out of the inbox; rejects when the connection ends first. */
  async next<T extends ServerMessage["type"]>(type: T): Promise<ServerMessageOf<T>> {
    const isWanted = (message: ServerMessage): message is ServerMessageOf<T> => message.type === type
    let found: ServerMessageOf<T> | undefined
    await this.until(() => {
      found = this.inbox.find(isWanted)
      return found !== undefined
    })
    if (found === undefined) throw new Error(`no ${type}`)
    this.inbox.splice(this.inbox.indexOf(found), 1)
    return found
  }

  /** As many messages of a type as asked for. */
  async take<T extends ServerMessage["type"]>(type: T, count: number): Promise<ServerMessageOf<T>[]> {
    const isWanted = (message: ServerMessage): message is ServerMessageOf<T> => message.type === type
    const taken: ServerMessageOf<T>[] = []
    await this.until(() => {
      taken.push(...this.inbox.filter(isWanted))
      const others = this.inbox.filter((message) => !isWanted(message))
      this.inbox.splice(0, this.inbox.length, ...others)
      return taken.length >= count
    })
    return taken
  }

  /** Resolves when something is so; looks again whenever a message came. Rejects when the connection ends first. */
  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const done = isSo()
        if (!done && !this.#isClosed) return
        this.#watchers.delete(look)
        if (done) resolve()
        else reject(new Error("the connection ended first"))
      }
      this.#watchers.add(look)
      look()
    })
  }

  /** Everything that came before the answer to a ping: what did not come by then was not sent. */
  async everything(): Promise<ServerMessage[]> {
    this.send({ type: "ping" })
    await this.next("pong")
    return this.inbox.splice(0)
  }

  async close(): Promise<void> {
    this.webSocket.close()
    await this.closed
  }

  #wake(): void {
    for (const look of [...this.#watchers]) look()
  }
}

/** Asks for a WebSocket; resolves to it, or to the status of the refusal. */
export async function connect(port: number, { cookie, origin, path = "/ws" }: Handshake): Promise<TestSocket | number> {
  const own = `https://127.0.0.1:${port}`
  const headers = {
    ...(cookie === undefined ? {} : { Cookie: cookie }),
    ...(origin === null ? {} : { Origin: origin ?? own }),
  }
  const webSocket = new WebSocket(`wss://127.0.0.1:${port}${path}`, {
    ...{ headers, rejectUnauthorized: false, perMessageDeflate: false },
  })
  const socket = new TestSocket(webSocket)
  const refused = new Promise<number>((resolve) => {
    webSocket.on("unexpected-response", (request, response: IncomingMessage) => {
      response.resume()
      request.destroy()
      resolve(response.statusCode ?? 0)
    })
  })
  return Promise.race([once(webSocket, "open").then(() => socket), refused])
}
