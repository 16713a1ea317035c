import assert from "node:assert/strict"
import { access, readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { test } from "node:test"
import { SETTINGS } from "../../src/server/config.ts"
import { API, errorBody } from "../../src/shared/api.ts"
import { CLOSE_CODES, ERROR_CODES, ERRORS } from "../../src/shared/errors.ts"
import { MESSAGE_KINDS } from "../../src/shared/label.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { clientMessage, serverMessage } from "../../src/shared/protocol.ts"
import type { Field } from "../../src/shared/schema.ts"
import { ROOT } from "../helpers/chromium.ts"
import { linksOf, type Table, tablesOf } from "../helpers/markdown.ts"

const read = (file: string) => readFile(path.join(ROOT, file), "utf8")
const protocolTables = tablesOf(await read("docs/protocol.md"))

const FIELD_COLUMNS = ["field", "takes", "meaning"]
const ANY_CODE = `one of ${ERROR_CODES.join(", ")}`

/** The first cells of the rows that a page must have for these fields. */
function rowsFor(fields: readonly Field[]): string[][] {
  return fields.map(({ name, takes, optional }) => [
    `\`${name}\`${optional ? " (optional)" : ""}`,
    takes === ANY_CODE ? "an error code" : takes,
  ])
}

const rowsIn = (table: Table | undefined, cells: number) => table?.rows.map((row) => row.slice(0, cells))
const under = (...headings: string[]) =>
  protocolTables.filter((table) => headings.every((heading) => table.under.includes(heading)))

function assertMessages(heading: string, schema: { readonly variants?: ReadonlyMap<string, readonly Field[]> }): void {
  const tables = under("The WebSocket", heading)
  const documented = tables.map((table) => [table.under.at(-1), table.columns, rowsIn(table, 2)])
  const defined = [...(schema.variants ?? [])].map(([type, fields]) => [`\`${type}\``, FIELD_COLUMNS, rowsFor(fields)])
  assert.notEqual(defined.length, 0)
  assert.deepEqual(documented, defined)
}

test("docs/protocol.md has every message of the client with its fields, and no other", () => {
  assertMessages("Messages of the client", clientMessage)
})

test("docs/protocol.md has every message of the server with its fields, and no other", () => {
  assertMessages("Messages of the server", serverMessage)
})

test("docs/protocol.md has every route, with the fields of its body and answer, and no other", () => {
  const [routes, ...details] = under("HTTPS")
  const defined = Object.values(API)
  assert.deepEqual(
    rowsIn(routes, 2),
    defined.map(({ method, path: address }) => [method, `\`${address}\``]),
  )
  const documented = details.map((table) => [table.under.at(-1), table.caption, table.columns, rowsIn(table, 2)])
  const rows = ({ fields = [] }: { readonly fields?: readonly Field[] }) => rowsFor(fields)
  assert.deepEqual(documented, [
    ["`errorBody`", "", FIELD_COLUMNS, rows(errorBody)],
    ...defined.flatMap((route) => {
      const heading = `\`${route.method} ${route.path}\``
      const body = "body" in route ? [[heading, "Body", FIELD_COLUMNS, rows(route.body)]] : []
      return [...body, [heading, "Answer", FIELD_COLUMNS, rows(route.answer)]]
    }),
  ])
})

test("docs/protocol.md has every error code with its status and text, and no other", () => {
  const [table] = under("Errors")
  assert.deepEqual(
    table?.rows,
    ERROR_CODES.map((code) => [`\`${code}\``, String(ERRORS[code].status), ERRORS[code].text]),
  )
})

test("docs/protocol.md has every close code and whether it is final, and no other", () => {
  const [table] = under("Close codes")
  assert.deepEqual(
    rowsIn(table, 3),
    Object.entries(CLOSE_CODES).map(([name, { code, final }]) => [`\`${name}\``, String(code), final ? "yes" : "no"]),
  )
})

test("docs/protocol.md has every limit with its value, and no other", () => {
  const [table] = under("Limits")
  assert.deepEqual(
    rowsIn(table, 2),
    Object.entries(LIMITS).map(([name, value]) => [`\`${name}\``, String(value)]),
  )
})

test("docs/protocol.md has every kind of message with its number, and no other", () => {
  const [table] = under("What the server reads")
  assert.deepEqual(
    table?.rows,
    MESSAGE_KINDS.map((kind, index) => [`\`${kind}\``, String(index + 1)]),
  )
})

test("docs/operating.md has every setting with its default and help, and no other", async () => {
  const tables = tablesOf(await read("docs/operating.md"))
  const table = tables.find(({ under: headings }) => headings.at(-1) === "Settings")
  assert.deepEqual(
    table?.rows,
    Object.entries(SETTINGS).map(([name, { preset, takes, help }]) => [
      `\`${name}\``,
      preset === "" ? "" : `\`${preset}\``,
      takes,
      help,
    ]),
  )
})

test("every test that docs/threat-model.md names exists", async () => {
  const tables = tablesOf(await read("docs/threat-model.md"))
  const cited = tables
    .filter(({ columns }) => columns.at(-1) === "test")
    .flatMap(({ rows }) => rows.map((row) => row.at(-1) ?? ""))
  assert.notEqual(cited.length, 0)
  const files = new Map<string, string>()
  for (const kind of ["unit", "scenario", "browser", "faults"])
    for (const name of await readdir(path.join(ROOT, "test", kind)).catch(() => []))
      if (name.endsWith(".test.ts")) files.set(`${kind}/${name}`, await read(`test/${kind}/${name}`))
  const missing = cited.filter((cell) => {
    const [, file = "", name = ""] = /^`([^`]+)`: (.+)$/.exec(cell) ?? []
    return !files.get(file)?.includes(`"${name}"`)
  })
  assert.deepEqual(missing, [])
})

test("every link from page to page leads to a file", async () => {
  const pages = (await readdir(path.join(ROOT, "docs"))).filter((name) => name.endsWith(".md"))
  const top = (await readdir(ROOT)).filter((name) => name.endsWith(".md"))
  for (const page of [...pages.map((name) => `docs/${name}`), ...top])
    for (const link of linksOf(await read(page)))
      await assert.doesNotReject(access(path.join(ROOT, path.dirname(page), link)), `${page} links to ${link}`)
})
