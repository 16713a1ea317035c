import assert from "node:assert/strict"
import { test } from "node:test"
import { SECURITY_HEADERS } from "../../src/server/headers.ts"
import { errorBody } from "../../src/shared/api.ts"
import { parseJson } from "../../src/shared/protocol.ts"
import { assertError, json, startRouter } from "../helpers/http-routes.ts"

test("a route answers with what its handler gives, as its schema writes it", async (t) => {
  const { get, post, visits } = await startRouter(t)
  const posted = await post("/echo", '{"text":"Grüße"}')
  assert.deepEqual([posted.status, posted.body], [200, '{"text":"Grüße"}'])
  const looked = await get("/look/general_chat/at?x=/look/other/at")
  assert.deepEqual([looked.status, looked.body], [200, '{"text":"general_chat"}'])
  assert.deepEqual(looked.headers["set-cookie"], ["a=1", "b=2"])
  assert.equal(visits[0]?.address, "192.0.2.1")
})

test("every answer carries the security headers: data, errors, redirects of the parser's", async (t) => {
  const { get, post } = await startRouter(t)
  const answers = [
    await post("/echo", json(20)),
    await get("/nothing"),
    await get("/throw/fails"),
    await post("/mine", "x"),
  ]
  for (const { headers } of answers)
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) assert.equal(headers[name.toLowerCase()], value, name)
})

test("the policy allows this server's scripts, styles, pictures and connections, and nothing else", () => {
  const policy = SECURITY_HEADERS["Content-Security-Policy"]?.split("; ") ?? []
  assert.ok(policy.includes("default-src 'none'"))
  assert.ok(policy.includes("require-trusted-types-for 'script'"))
  assert.ok(policy.includes("frame-ancestors 'none'"))
  assert.doesNotMatch(policy.join(" "), /unsafe|\*|https?:|data:/)
})

test("an address that is none is answered with not_found, whatever the method", async (t) => {
  const { get } = await startRouter(t)
  const none = [
    "/",
    "/echo/",
    "//echo",
    "/ECHO",
    "/echo%2F",
    "/../echo",
    "/look//at",
    "/look/a/b/at",
    `/look/${"x".repeat(129)}/at`,
  ]
  for (const path of none)
    for (const method of ["GET", "POST", "OPTIONS"]) assertError(await get(path, { method }), "not_found")
  assertError(await get("*", { method: "OPTIONS" }), "not_found")
})

test("a method that an address does not take is answered with those it takes", async (t) => {
  const { get } = await startRouter(t)
  const allow = async (path: string, method: string) => {
    const answer = await get(path, { method })
    assert.equal(answer.status, 405)
    return answer.headers.allow
  }
  assert.equal(await allow("/echo", "GET"), "POST")
  assert.equal(await allow("/echo", "OPTIONS"), "POST")
  assert.equal(await allow("/mine", "DELETE"), "POST, GET, HEAD")
  assert.equal(await allow("/page", "POST"), "GET, HEAD")
  assertError(await get("/echo", { method: "PUT" }), "method_not_allowed")
})

test("HEAD is answered like GET, without the body", async (t) => {
  const { get } = await startRouter(t)
  const [got, head] = [await get("/look/a/at"), await get("/look/a/at", { method: "HEAD" })]
  assert.deepEqual([head.status, head.body], [200, ""])
  assert.equal(head.headers["content-length"], got.headers["content-length"])
  assert.equal((await get("/page", { method: "HEAD" })).status, 200)
  assert.equal((await get("/none", { method: "HEAD" })).status, 404)
})

test("a POST from another site, or from nowhere, is refused before it is read", async (t) => {
  const { post, get, visits } = await startRouter(t)
  for (const Origin of ["https://evil", "null", "", "https://here.evil", "https://here, https://here"])
    assertError(await post("/echo", json(20), { Origin }), "foreign_origin")
  const headers = { "Content-Type": "application/json" }
  assertError(await get("/echo", { method: "POST", body: json(20), headers }), "foreign_origin")
  assert.deepEqual(visits, [])
})

test("a route that needs a session is refused without one, before the body is looked at", async (t) => {
  const { post, get, visits } = await startRouter(t)
  for (const Cookie of ["", "wrong", "right; right"])
    assertError(await post("/mine", "no json", { Cookie }), "not_logged_in")
  assertError(await get("/mine"), "not_logged_in")
  assert.deepEqual(visits, [])
  assert.equal((await get("/mine", { headers: { Cookie: "right" } })).body, '{"text":"anna"}')
})

test("a refusal is answered with its status, its details, and Retry-After when it names seconds", async (t) => {
  const { get } = await startRouter(t)
  const stale = await get("/throw/stale")
  assertError(stale, "stale")
  assert.equal(errorBody.parse(parseJson(stale.body), "error").seq, 7)
  const waits = await get("/throw/waits")
  assertError(waits, "rate_limited")
  assert.equal(errorBody.parse(parseJson(waits.body), "error").seconds, 9)
  assert.equal(waits.headers["retry-after"], "9")
})

test("what nobody expected is answered as internal and reported by kind and place, never by its text", async (t) => {
  const { get, reports } = await startRouter(t)
  for (const what of ["fails", "strange"]) assertError(await get(`/throw/${what}`), "internal")
  assert.match(reports.join("\n"), /^GET failed: TypeError at .*http-routes\.ts[^\n]*\nGET failed: not an Error$/)
  const parse = await get("/throw/parse")
  assertError(parse, "bad_request")
  assert.doesNotMatch(parse.body + reports.join("\n"), /the-secret/)
})

test("a session that can't be looked up is an internal error, and the next request is answered", async (t) => {
  const findSession = async () => {
    throw new Error("the store")
  }
  const { get, reports } = await startRouter(t, { findSession })
  assertError(await get("/mine"), "internal")
  assert.equal(reports.length, 1)
  assert.equal((await get("/page")).status, 200)
})
