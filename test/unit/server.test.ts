import assert from "node:assert/strict"
import { once } from "node:events"
import { test } from "node:test"
import tls from "node:tls"
import { API, errorBody } from "../../src/shared/api.ts"
import { parseJson } from "../../src/shared/protocol.ts"
import { authOf, cookieHeader, named, newDevice, signUpBody } from "../helpers/accounts.ts"
import { ask } from "../helpers/http-client.ts"
import { startTestServer, type TestServer } from "../helpers/ws-server.ts"

type Headers = Readonly<Record<string, string>>

function post({ port }: Pick<TestServer, "port">, path: string, body: unknown, headers: Headers = {}) {
  const usual = { "Content-Type": "application/json", Origin: `https://127.0.0.1:${port}` }
  const asked = { port, path, method: "POST", headers: { ...usual, ...headers }, secure: true }
  return ask({ ...asked, body: JSON.stringify(body) })
}

const errorOf = (body: string) => errorBody.parse(parseJson(body), "error")

test("sign-up, log-out, log-in over the wire: cookies in, cookies out, the account key comes back", async (t) => {
  const server = await startTestServer(t, { accounts: 0 })
  const body = signUpBody("anna")
  const signedUp = await post(server, API.signUp.path, API.signUp.body.write(body))
  assert.deepEqual([signedUp.status, parseJson(signedUp.body)], [200, { name: "anna", device: body.device }])
  const set = signedUp.headers["set-cookie"] ?? []
  assert.deepEqual(
    set.map((each) => each.replace(/=[\w-]{43};/, "=…;").replace(/Max-Age=\d+/, "Max-Age=…")),
    ["__Host-session", "__Host-browser"].map(
      (name) => `${name}=…; Path=/; Max-Age=…; Secure; HttpOnly; SameSite=Strict`,
    ),
  )
  const cookie = cookieHeader(set)
  assert.equal((await ask({ port: server.port, path: "/chat", headers: { Cookie: cookie }, secure: true })).status, 200)
  const loggedOut = await post(server, API.logOut.path, {}, { Cookie: cookie })
  assert.match(loggedOut.headers["set-cookie"]?.[0] ?? "", /^__Host-session=; Path=\/; Max-Age=0;/)
  assert.equal((await ask({ port: server.port, path: "/chat", headers: { Cookie: cookie }, secure: true })).status, 302)
  const logIn = { name: named("anna"), auth: authOf("right"), device: newDevice(), deviceName: "Test" }
  const loggedIn = await post(server, API.logIn.path, API.logIn.body.write(logIn), { Cookie: cookie })
  const answer = API.logIn.answer.parse(parseJson(loggedIn.body), "answer")
  assert.deepEqual(answer, {
    name: "anna",
    device: logIn.device,
    accountKey: body.accountKey,
    wrappedKey: body.wrappedKey,
  })
  assert.deepEqual(server.reports, [])
})

test("a wrong password and a name that nobody has are answered alike, header for header", async (t) => {
  const server = await startTestServer(t, { accounts: 1 })
  const answers = []
  for (const name of ["person-0", "nobody-0"]) {
    const body = { name: named(name), auth: authOf("guess"), device: newDevice(), deviceName: "Test" }
    const { status, headers, body: text } = await post(server, API.logIn.path, API.logIn.body.write(body))
    answers.push({ status, text, headers: { ...headers, date: "" } })
  }
  assert.equal(answers[0]?.status, 401)
  assert.deepEqual(answers[1], answers[0])
})

test("a name that breaks the rule is bad_name, on every route that takes one", async (t) => {
  const server = await startTestServer(t, { accounts: 0 })
  for (const { path } of [API.salt, API.signUp, API.logIn])
    for (const name of ["ab", "a".repeat(33), "Anna", "-anna", "an na", "ännä", "", 7, null, ["anna"]])
      assert.equal(errorOf((await post(server, path, { name })).body).error, "bad_name", `${path} ${name}`)
  for (const body of [null, [], "anna", 7]) assert.equal((await post(server, API.salt.path, body)).status, 400)
  for (const name of ["abc", "a".repeat(32), "0._-"])
    assert.equal((await post(server, API.salt.path, { name })).status, 200, name)
})

test("too many sign-ups from one address are told when to come again; behind a trusted proxy its word counts", async (t) => {
  const settings = { LIMIT_SIGN_UPS: "1, 0.01/s" }
  const direct = await startTestServer(t, { accounts: 1, settings })
  const proxied = await startTestServer(t, { accounts: 1, settings: { ...settings, TRUST_PROXY: "on" } })
  const status = async (server: TestServer, forwarded: string) => {
    const body = API.signUp.body.write(signUpBody("person-0"))
    return (await post(server, API.signUp.path, body, { "X-Forwarded-For": forwarded })).status
  }
  assert.deepEqual([await status(direct, "192.0.2.1"), await status(direct, "192.0.2.2")], [409, 429])
  assert.deepEqual([await status(proxied, "192.0.2.1"), await status(proxied, "192.0.2.2")], [409, 409])
  assert.equal(await status(proxied, "192.0.2.99, 192.0.2.2"), 429, "only the last entry is the proxy's")
  const body = API.signUp.body.write(signUpBody("person-0"))
  const limited = await post(direct, API.signUp.path, body)
  assert.deepEqual([errorOf(limited.body).error, limited.headers["retry-after"]], ["rate_limited", "100"])
})

test("an address of PUBLIC_ORIGINS may post, besides the one that was connected to", async (t) => {
  const settings = { PUBLIC_ORIGINS: "https://chat.example" }
  const server = await startTestServer(t, { accounts: 0, settings })
  const status = async (Origin: string) => (await post(server, API.salt.path, { name: "anna" }, { Origin })).status
  assert.equal(await status("https://chat.example"), 200)
  assert.equal(await status(`https://127.0.0.1:${server.port}`), 200)
  assert.equal(await status("https://chat.example:444"), 403)
})

test("TLS 1.3 and nothing older", async (t) => {
  const { port } = await startTestServer(t, { accounts: 0 })
  const handshake = (version: tls.SecureVersion) =>
    new Promise((resolve) => {
      const options = { host: "127.0.0.1", port, rejectUnauthorized: false, minVersion: version, maxVersion: version }
      const socket = tls.connect(options, () => {
        resolve(socket.getProtocol())
        socket.destroy()
      })
      socket.on("error", () => resolve("refused"))
    })
  assert.deepEqual([await handshake("TLSv1.3"), await handshake("TLSv1.2")], ["TLSv1.3", "refused"])
})

test("eight KiB of headers and no more, over TLS as well", async (t) => {
  const { port } = await startTestServer(t, { accounts: 0 })
  const status = async (length: number) => {
    const socket = tls.connect({ host: "127.0.0.1", port, rejectUnauthorized: false })
    await once(socket, "secureConnect")
    socket.write(`GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\nX: ${"x".repeat(length)}\r\n\r\n`)
    const [first] = await once(socket, "data")
    socket.destroy()
    return String(first).slice(9, 12)
  }
  assert.equal(await status(7_900), "200")
  assert.equal(await status(8_300), "431")
})

test("after the end there is nobody at the port, and the end waits for no idle connection", async (t) => {
  const server = await startTestServer(t, { accounts: 1 })
  const idle = tls.connect({ host: "127.0.0.1", port: server.port, rejectUnauthorized: false })
  await once(idle, "secureConnect")
  const gone = new Promise((resolve) => idle.on("error", resolve).on("close", resolve))
  await server.close()
  await gone
  await assert.rejects(ask({ port: server.port, path: "/healthz", secure: true }), { code: "ECONNREFUSED" })
})
