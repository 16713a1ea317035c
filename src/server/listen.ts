/** Listening, what to do when it can't be done, and letting go of every connection at the end. */
import type { Server } from "node:https"
import type { Socket } from "node:net"
import { StartError } from "./start-error.ts"

/** Resolves to the port, once connections are taken. Throws StartError. */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => {
      // Machines without IPv6 have no "::" to listen on; all of IPv4 is what they mean.
      if (error.code === "EAFNOSUPPORT" && host === "::") listen(server, port, "0.0.0.0").then(resolve, reject)
      else reject(new StartError(whatToDo(error.code ?? "unknown reason", port, host)))
    }
    server.once("error", fail)
    server.listen(port, host, () => {
      server.off("error", fail)
      const address = server.address()
      resolve(typeof address === "object" && address !== null ? address.port : port)
    })
  })
}

/**
 * Watches the connections of a server; gives what destroys all that are open. Node's own closeAllConnections leaves out
 * those whose handshake is not done, and a server waits for them for ever.
 */
export function watchConnections(server: Server): () => void {
  const open = new Set<Socket>()
  server.on("connection", (socket: Socket) => {
    open.add(socket)
    socket.once("close", () => open.delete(socket))
  })
  return () => {
    for (const socket of open) socket.destroy()
  }
}

function whatToDo(code: string, port: number, host: string): string {
  if (code === "EADDRINUSE")
    return `Port ${port} is in use. Stop the program that uses it, or set PORT to another number.`
  if (code === "EACCES") return `Port ${port} may only be used by an administrator. Set PORT to 1024 or more.`
  return `Can't listen on HOST ${host}, PORT ${port} (${code}). Set HOST to an address of this machine.`
}
