import assert from "node:assert/strict"
import { once } from "node:events"
import { mkdir, readdir, realpath, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import path from "node:path"
import { test } from "node:test"
import sqlite3 from "sqlite3"
import { runToItsEnd, type Settings, startServerProcess } from "../helpers/server-process.ts"
import { type Owner, temporaryFolder } from "../helpers/temp.ts"

/** One line on what is wrong, status 1, and nothing else. */
async function assertOneLine(owner: Owner, settings: Settings, line: RegExp, folder?: string): Promise<void> {
  const { code, output } = await runToItsEnd(owner, settings, folder)
  assert.match(output, /^[^\n]+\n$/, "the output is one line")
  assert.match(output, line)
  assert.equal(code, 1)
}

const BAD_SETTINGS: readonly (readonly [name: string, value: string])[] = [
  ["PORT", "65536"],
  ["PORT", "five thousand"],
  ["HOST", "not a host"],
  ["SECRET_KEY", "0123"],
  ["DATA_DIR", ""],
  ["REGISTRATION", "maybe"],
  ["PUBLIC_ORIGINS", "http://chat.example"],
  ["TRUST_PROXY", "1"],
  ["SESSION_LOGS", "yes"],
  ["LIMIT_MESSAGES", "many"],
  ["LIMIT_MESSAGES", "0, 3/s"],
  ["LIMIT_TYPING", "5 per 0s"],
  ["LIMIT_COMMITS", "5 per minute"],
  ["LIMIT_SIGN_UPS", "-1, 1/s"],
]

for (const [name, value] of BAD_SETTINGS)
  test(`${name} set to "${value}" stops the start and is named, its value is not`, async (t) => {
    const { code, output } = await runToItsEnd(t, { [name]: value })
    assert.match(output, new RegExp(`^${name} must be [^\\n]+\\n$`))
    if (value.length > 3) assert.ok(!output.includes(value), "the value is repeated")
    assert.equal(code, 1)
  })

test("a setting that nobody knows stops the start and is named", async (t) => {
  await assertOneLine(t, { LIMIT_MESAGES: "5 per 10s" }, /^LIMIT_MESAGES is not a setting/)
})

test("a certificate without its key stops the start and names both settings", async (t) => {
  await assertOneLine(t, { SSL_CERT_PATH: "cert.pem" }, /SSL_CERT_PATH and SSL_KEY_PATH/)
})

test("a certificate that is not there stops the start and names the setting", async (t) => {
  await assertOneLine(t, { SSL_CERT_PATH: "none.pem", SSL_KEY_PATH: "none.pem" }, /^SSL_CERT_PATH .*exist/)
})

test("a line of .env that is no setting stops the start and is named by its number", async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(path.join(folder, ".env"), "# comment\nREGISTRATION=closed\nmy password\n")
  await assertOneLine(t, {}, /\.env, line 3/, folder)
})

test("a setting in .env that nobody knows stops the start and is named", async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(path.join(folder, ".env"), "REGISTRATOIN=closed\n")
  await assertOneLine(t, {}, /REGISTRATOIN is not a setting/, folder)
})

test("a port in use stops the start with what to do", async (t) => {
  const other = createServer().listen(0)
  t.after(() => other.close())
  await once(other, "listening")
  const address = other.address()
  const port = typeof address === "object" && address !== null ? String(address.port) : ""
  await assertOneLine(t, { PORT: port }, new RegExp(`^Port ${port} is in use\\. .*PORT`))
})

for (const name of ["DATA_DIR", "LOG_DIR", "CERT_DIR"])
  test(`a file in the place of ${name} stops the start with what to do`, async (t) => {
    const folder = await temporaryFolder(t)
    const file = path.join(folder, "a-file")
    await writeFile(file, "")
    await assertOneLine(t, { [name]: file }, new RegExp(name), folder)
  })

test("a database of a newer release stops the start with what to do, and stays as it is", async (t) => {
  const server = await startServerProcess(t)
  await server.stop()
  const file = path.join(server.folder, "data/securechat.db")
  await sql(file, "PRAGMA user_version = 1000")
  await assertOneLine(t, {}, /newer SecureChat/, server.folder)
  assert.deepEqual(await sql(file, "PRAGMA user_version"), [{ user_version: 1000 }])
})

test("a database that is none stops the start with what to do", async (t) => {
  const folder = await temporaryFolder(t)
  await mkdir(path.join(folder, "data"))
  await writeFile(
    path.join(folder, "data/securechat.db"),
    "this is no database, and longer than a header of one\n".repeat(99),
  )
  await assertOneLine(t, {}, /damaged/, folder)
})

test("an authority that does not fit its key stops the start with what to do", async (t) => {
  const server = await startServerProcess(t)
  await server.stop()
  await writeFile(path.join(server.folder, "certs/ca.pem"), "gone")
  await assertOneLine(t, {}, /ca\.pem and ca-key\.pem .*don't fit/, server.folder)
})

test("a good start prints addresses, fingerprint and data folder, and makes its folders", async (t) => {
  const server = await startServerProcess(t)
  await server.printed(/Certificate authority \(SHA-256\): (?:[0-9A-F]{2}:){31}[0-9A-F]{2}\n/)
  assert.match(server.output, new RegExp(`^Open https://localhost:${server.port}$`, "m"))
  await server.printed(/^Data folder: .*\n/m)
  assert.ok(server.output.includes(`Data folder: ${path.join(server.folder, "data")}\n`))
  assert.ok((await readdir(path.join(server.folder, "data"))).includes("securechat.db"))
})

test("a data folder given from where the server was started is printed as a whole path", async (t) => {
  const server = await startServerProcess(t, { DATA_DIR: "elsewhere" })
  const [, folder = ""] = await server.printed(/^Data folder: (.*)\n/m)
  assert.equal(folder, path.join(await realpath(server.folder), "elsewhere"))
})

for (const signal of ["SIGTERM", "SIGINT"] as const)
  test(`${signal} ends the server in order`, async (t) => {
    const server = await startServerProcess(t)
    process.kill(server.pid, signal)
    assert.deepEqual(await server.launch(), { code: 0, signal: null })
  })

function sql(file: string, statement: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file)
    database.all(statement, (error, rows) => {
      database.close()
      if (error === null) resolve(rows)
      else reject(error)
    })
  })
}
