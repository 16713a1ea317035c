import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer, type Server } from "node:https"
import { connect } from "node:net"
import { type TestContext, test } from "node:test"
import { listen, watchConnections } from "../../src/server/listen.ts"

/** A server that the system lets listen on none of some addresses; gives where it tried. */
function refusedServer(owner: TestContext, code: string, refused: readonly string[]) {
  const server = createServer()
  owner.after(() => server.close())
  const tried: string[] = []
  const really = server.listen.bind(server)
  Reflect.set(server, "listen", (port: number, host: string, listening: () => void) => {
    tried.push(host)
    if (!refused.includes(host)) return really(port, host, listening)
    process.nextTick(() => server.emit("error", Object.assign(new Error("refused"), { code })))
    return server
  })
  return { server, tried }
}

function refusal(owner: TestContext, code: string, port: number, host = "::"): Promise<number> {
  return listen(refusedServer(owner, code, [host]).server, port, host)
}

async function openServer(owner: TestContext): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer()
  owner.after(() => server.close())
  return { server, port: await listen(server, 0, "127.0.0.1") }
}

test("a port that somebody else has is named, with what to do", async (t) => {
  const { port } = await openServer(t)
  const other = createServer()
  const message = `Port ${port} is in use. Stop the program that uses it, or set PORT to another number.`
  await assert.rejects(listen(other, port, "127.0.0.1"), { name: "StartError", message })
})

test("a port that takes an administrator is named, with what to do", async (t) => {
  const message = "Port 443 may only be used by an administrator. Set PORT to 1024 or more."
  await assert.rejects(refusal(t, "EACCES", 443), { name: "StartError", message })
})

test("an address that this machine does not have is named, with the system's reason", async (t) => {
  const message = "Can't listen on HOST 192.0.2.1, PORT 5000 (EADDRNOTAVAIL). Set HOST to an address of this machine."
  await assert.rejects(refusal(t, "EADDRNOTAVAIL", 5000, "192.0.2.1"), { name: "StartError", message })
})

test("a machine without IPv6 listens on all of IPv4 when no address was asked for", async (t) => {
  const { server, tried } = refusedServer(t, "EAFNOSUPPORT", ["::"])
  assert.ok((await listen(server, 0, "::")) > 0)
  assert.deepEqual(tried, ["::", "0.0.0.0"])
})

test("a machine without IPv6 refuses an IPv6 address that was asked for", async (t) => {
  const { server, tried } = refusedServer(t, "EAFNOSUPPORT", ["::1"])
  await assert.rejects(listen(server, 0, "::1"), { name: "StartError", message: /HOST ::1.*EAFNOSUPPORT/ })
  assert.deepEqual(tried, ["::1"])
})

test("once it listens, errors of the server are not taken for a failed start", async (t) => {
  const { server } = await openServer(t)
  assert.equal(server.listenerCount("error"), 0)
})

test("connections whose handshake never came are destroyed at the end", { timeout: 10_000 }, async (t) => {
  const { server, port } = await openServer(t)
  const destroyAll = watchConnections(server)
  const accepted = once(server, "connection")
  const silent = connect(port, "127.0.0.1")
  t.after(() => silent.destroy())
  await accepted
  const closed = once(server, "close")
  server.close()
  const ended = once(silent, "close")
  silent.on("error", () => undefined)
  destroyAll()
  await Promise.all([ended, closed])
})
