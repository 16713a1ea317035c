import assert from "node:assert/strict"
import { once } from "node:events"
import { request } from "node:http"
import { connect } from "node:net"
import { test } from "node:test"
import { LIMITS } from "../../src/shared/limits.ts"
import { sendRaw } from "../helpers/http-client.ts"
import { assertError, json, SMALL, startRouter } from "../helpers/http-routes.ts"

test("only JSON that says it is JSON is taken", async (t) => {
  const { post } = await startRouter(t)
  const types = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/jsonp",
    "application/json; charset=latin1",
    "",
  ]
  for (const type of types) assertError(await post("/echo", json(20), { "Content-Type": type }), "unsupported_type")
  for (const type of ["application/json; charset=utf-8", "Application/JSON"])
    assert.equal((await post("/echo", json(20), { "Content-Type": type })).status, 200)
})

test("what is no JSON, no UTF-8, or not what the schema says is one bad_request, and nothing is reported", async (t) => {
  const { post, reports } = await startRouter(t)
  const deep = "[".repeat(8000) + "]".repeat(8000)
  const bodies = [
    "",
    "x",
    "{}",
    '{"text":1}',
    '{"text":"a","more":1}',
    '{"text":"a","__proto__":{}}',
    "[]",
    "null",
    deep,
  ]
  for (const body of bodies) assertError(await post("/echo", body), "bad_request")
  assertError(await post("/echo", new Uint8Array([0x22, 0xff, 0x22])), "bad_request")
  assert.deepEqual(reports, [])
})

for (const [path, limit] of [
  ["/echo", LIMITS.bodyMax],
  ["/mine", SMALL],
] as const) {
  test(`${path} takes a body of ${limit} bytes and refuses one more as too_large`, async (t) => {
    const { post } = await startRouter(t)
    assert.equal((await post(path, json(limit))).status, 200)
    assertError(await post(path, json(limit + 1)), "too_large")
  })

  test(`${path} takes ${limit} bytes without a length, refuses one more, and stays usable`, async (t) => {
    const { post } = await startRouter(t)
    const chunked = { "Transfer-Encoding": "chunked" }
    assert.equal((await post(path, json(limit), chunked)).status, 200)
    assertError(await post(path, json(limit + 1), chunked), "too_large")
  })
}

test("a client that sends megabytes too much still gets its answer, with and without a length", async (t) => {
  const { post } = await startRouter(t)
  const body = json(4 * 1024 * 1024)
  for (const headers of [{}, { "Transfer-Encoding": "chunked" }])
    assertError(await post("/mine", body, headers), "too_large")
  assertError(await post("/mine", body, { Cookie: "" }), "not_logged_in")
})

test("a length that is no number, or two of them, is no request", async (t) => {
  const { port } = await startRouter(t)
  const head = "POST /echo HTTP/1.1\r\nHost: here\r\nOrigin: https://here\r\nContent-Type: application/json\r\n"
  for (const lines of [
    "Content-Length: x",
    "Content-Length: -1",
    "Content-Length: 2\r\nContent-Length: 3",
    "Content-Length: 2\r\nTransfer-Encoding: chunked",
  ])
    assert.match(
      await sendRaw(port, `${head}${lines}\r\n\r\n{}`),
      /^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n/,
      lines,
    )
})

test("bytes that are no HTTP get a 400, too many headers a 431, and the connection ends", async (t) => {
  const { port } = await startRouter(t)
  for (const bytes of [
    "hello\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00",
    "GET / HTTP/1.1\r\n\r\n",
    "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
  ])
    assert.match(await sendRaw(port, bytes), /^HTTP\/1\.1 400 Bad Request\r\n/)
  const headers = `GET /none HTTP/1.1\r\nHost: here\r\nConnection: close\r\nX: `
  const fits = LIMITS.headersMax - headers.length - 200
  assert.match(await sendRaw(port, `${headers}${"x".repeat(fits)}\r\n\r\n`), /^HTTP\/1\.1 404 /)
  assert.match(await sendRaw(port, `${headers}${"x".repeat(LIMITS.headersMax)}\r\n\r\n`), /^HTTP\/1\.1 431 /)
})

test("headers or a body that never end are answered with 408 and reported to nobody", async (t) => {
  const { port, reports } = await startRouter(
    t,
    {},
    { headersTimeout: 40, requestTimeout: 80, connectionsCheckingInterval: 10 },
  )
  assert.match(
    await sendRaw(port, "GET / HTTP/1.1\r\nHost: a\r\nX: "),
    /^HTTP\/1\.1 408 Request Timeout\r\nConnection: close/,
  )
  const head =
    "POST /echo HTTP/1.1\r\nHost: here\r\nOrigin: https://here\r\nContent-Type: application/json\r\nContent-Length: 99"
  assert.match(await sendRaw(port, `${head}\r\n\r\n{`), /^HTTP\/1\.1 408 /)
  assert.deepEqual(reports, [])
})

test("a client that goes away in the middle of its body is reported to nobody", async (t) => {
  const { port, http, reports, get } = await startRouter(t)
  const socket = connect(port, "127.0.0.1")
  const head =
    "POST /echo HTTP/1.1\r\nHost: here\r\nOrigin: https://here\r\nContent-Type: application/json\r\nContent-Length: 99"
  socket.write(`${head}\r\n\r\n{`)
  const [asked] = await once(http, "request")
  const gone = new Promise((resolve) => asked.once("close", resolve))
  socket.destroy()
  await gone
  await get("/page")
  assert.deepEqual(reports, [])
})

test("many requests on one connection are answered in order", async (t) => {
  const { port } = await startRouter(t)
  const one = (path: string, more = "") => `GET /look/${path}/at HTTP/1.1\r\nHost: here\r\n${more}\r\n`
  const all = await sendRaw(port, one("a") + one("b") + one("c", "Connection: close\r\n"))
  assert.deepEqual(all.match(/"text":"."/g), ['"text":"a"', '"text":"b"', '"text":"c"'])
})

test("a client that asks first before it sends too much hears no before it sends", async (t) => {
  const { port } = await startRouter(t)
  const headers = {
    Origin: "https://here",
    "Content-Type": "application/json",
    "Content-Length": "99999",
    Expect: "100-continue",
  }
  const asked = request({ port, host: "127.0.0.1", path: "/echo", method: "POST", headers, agent: false })
  asked.flushHeaders()
  const [response] = await once(asked, "response")
  assert.equal(response.statusCode, 413)
  asked.destroy()
})
