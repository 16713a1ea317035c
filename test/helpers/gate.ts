/**
 * A gate between a browser and the server: it passes bytes on unchanged until it is shut, which cuts what is open and
 * refuses what comes. To the browser that is a network that went away, for WebSockets as well, which the browser's own
 * "offline" switch does not promise.
 */
import { once } from "node:events"
import net, { type AddressInfo, type Socket } from "node:net"
import type { Owner } from "./temp.ts"

export class Gate {
  readonly url: string
  readonly #server: net.Server
  readonly #sockets = new Set<Socket>()
  #isOpen = true

  private constructor(server: net.Server) {
    this.#server = server
    this.url = `https://localhost:${(server.address() as AddressInfo).port}`
  }

  /** Makes an open gate before a port of this machine. It is shut after the test. */
  static async before(owner: Owner, port: number): Promise<Gate> {
    const server = net.createServer().listen(0)
    await once(server, "listening")
    const gate = new Gate(server)
    server.on("connection", (client) => gate.#connect(client, port))
    owner.after(() => gate.#end())
    return gate
  }

  /** Cuts every connection and refuses new ones. */
  shut(): void {
    this.#isOpen = false
    for (const socket of this.#sockets) socket.destroy()
  }

  open(): void {
    this.#isOpen = true
  }

  #connect(client: Socket, port: number): void {
    if (!this.#isOpen) {
      client.destroy()
      return
    }
    const server = net.connect({ port, host: "localhost" })
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from)
      from.pipe(to)
      from.on("error", () => to.destroy())
      from.on("close", () => {
        this.#sockets.delete(from)
        to.destroy()
      })
    }
  }

  async #end(): Promise<void> {
    this.shut()
    this.#server.close()
    await once(this.#server, "close")
  }
}
