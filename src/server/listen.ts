/** Listening, and what to do when it can't be done. */
import type { Server } from "node:https"
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

function whatToDo(code: string, port: number, host: string): string {
  if (code === "EADDRINUSE")
    return `Port ${port} is in use. Stop the program that uses it, or set PORT to another number.`
  if (code === "EACCES") return `Port ${port} may only be used by an administrator. Set PORT to 1024 or more.`
  return `Can't listen on HOST ${host}, PORT ${port} (${code}). Set HOST to an address of this machine.`
}
