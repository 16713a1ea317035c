import assert from "node:assert/strict"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { test } from "node:test"
import fc from "fast-check"
import {
  type Config,
  envExample,
  readConfig,
  readEnvFile,
  SETTINGS,
  type SettingName,
} from "../../src/server/config.ts"
import { StartError } from "../../src/server/start-error.ts"
import { ROOT } from "../helpers/chromium.ts"
import { type Owner, temporaryFolder } from "../helpers/temp.ts"

/** What is taken for each setting, at its bounds, and what is not. A setting without a row does not compile. */
const VALUES: {
  readonly [K in SettingName]: {
    readonly good: readonly (readonly [string, Config[K]])[]
    readonly bad: readonly string[]
  }
} = {
  PORT: {
    good: [
      ["0", 0],
      ["65535", 65_535],
    ],
    bad: ["65536", "-1", "5000.5", "0x10", " 5000", "", "five"],
  },
  HOST: {
    good: [
      ["::", "::"],
      ["192.168.1.20", "192.168.1.20"],
    ],
    bad: ["", "not a host", "a/b"],
  },
  SSL_CERT_PATH: { good: [["", ""]], bad: [] },
  SSL_KEY_PATH: { good: [["", ""]], bad: [] },
  SECRET_KEY: {
    good: [
      ["", ""],
      ["0aF9".repeat(16), "0aF9".repeat(16)],
    ],
    bad: ["ab", "g".repeat(64), "a".repeat(65)],
  },
  DATA_DIR: { good: [["/srv/chat", "/srv/chat"]], bad: ["", "a\0b", "a".repeat(4097)] },
  LOG_DIR: { good: [["logs here", "logs here"]], bad: ["", "a\0b"] },
  CERT_DIR: { good: [["certs", "certs"]], bad: ["", "a\0b"] },
  REGISTRATION: {
    good: [
      ["open", "open"],
      ["closed", "closed"],
    ],
    bad: ["", "OPEN", "invite"],
  },
  PUBLIC_ORIGINS: {
    good: [
      ["", []],
      ["https://chat.example, https://chat.example:8443", ["https://chat.example", "https://chat.example:8443"]],
    ],
    bad: ["http://chat.example", "https://chat.example/", "chat.example", "https://chat.example,", "*", "null"],
  },
  TRUST_PROXY: {
    good: [
      ["on", "on"],
      ["off", "off"],
    ],
    bad: ["", "1", "true"],
  },
  SESSION_LOGS: {
    good: [
      ["on", "on"],
      ["off", "off"],
    ],
    bad: ["", "yes"],
  },
  LIMIT_MESSAGES: {
    good: [
      ["20, 2/s, pause 10s", { burst: 20, perSecond: 2, pause: 10 }],
      ["5 per 10s", { burst: 5, perSecond: 0.5, pause: 0 }],
      ["1, 0.001/s", { burst: 1, perSecond: 0.001, pause: 0 }],
      ["9999, 9999/s, pause 9999s", { burst: 9999, perSecond: 9999, pause: 9999 }],
    ],
    bad: ["", "20", "20,2/s", "0, 2/s", "20, 0/s", "10000, 2/s", "0 per 10s", "5 per 0s", "5 per 10", "-5 per 10s"],
  },
  LIMIT_TYPING: { good: [["5 per 10s", { burst: 5, perSecond: 0.5, pause: 0 }]], bad: ["many"] },
  LIMIT_COMMITS: { good: [["5 per 10s", { burst: 5, perSecond: 0.5, pause: 0 }]], bad: ["many"] },
  LIMIT_CLAIMS: { good: [["60, 1/s", { burst: 60, perSecond: 1, pause: 0 }]], bad: ["0, 1/s"] },
  LIMIT_SIGN_UPS: { good: [["5 per 10s", { burst: 5, perSecond: 0.5, pause: 0 }]], bad: ["many"] },
}

const names = Object.keys(VALUES) as SettingName[]

test("with nothing set, every setting has its default", () => {
  const config = readConfig({})
  assert.equal(config.PORT, 5000)
  assert.deepEqual(config.LIMIT_MESSAGES, { burst: 20, perSecond: 2, pause: 10 })
  assert.deepEqual(Object.keys(config), Object.keys(SETTINGS))
})

for (const name of names) {
  test(`${name} is taken up to its bounds`, () => {
    for (const [text, value] of VALUES[name].good) assert.deepEqual(readConfig({ [name]: text })[name], value, text)
  })

  test(`${name} beyond its bounds stops the start and is named, its value is not`, () => {
    for (const value of VALUES[name].bad)
      assert.throws(() => readConfig({ [name]: value }), {
        name: "StartError",
        message: `${name} must be ${SETTINGS[name].takes}.`,
      })
  })
}

test("no text whatever gets past a rate other than as whole, bounded numbers", () => {
  const piece = fc.constantFrom("5", "0", " per ", "10s", ", ", "2/s", "/s", ", pause ", ".", "-", "1e9", "NaN")
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((pieces) => pieces.join("")),
      ),
      (value) => {
        const rate = SETTINGS.LIMIT_TYPING.parse(value)
        if (rate === undefined) return
        assert.ok(Number.isInteger(rate.burst) && rate.burst >= 1 && rate.burst <= 9999)
        assert.ok(rate.perSecond > 0 && rate.perSecond <= 9999)
        assert.ok(Number.isInteger(rate.pause) && rate.pause >= 0 && rate.pause <= 9999)
      },
    ),
  )
})

test("a certificate and its key are given together or not at all", () => {
  assert.equal(readConfig({ SSL_CERT_PATH: "a.pem", SSL_KEY_PATH: "b.pem" }).SSL_KEY_PATH, "b.pem")
  for (const alone of ["SSL_CERT_PATH", "SSL_KEY_PATH"])
    assert.throws(() => readConfig({ [alone]: "a.pem" }), /^StartError: SSL_CERT_PATH and SSL_KEY_PATH belong together/)
})

test("a misspelt setting in the environment is an error; what other programs use is not", () => {
  for (const name of ["LIMIT_MESAGES", "SSL_CERT", "SESSION_LOG", "PUBLIC_ORIGIN"])
    assert.throws(() => readConfig({ [name]: "x" }), new RegExp(`^StartError: ${name} is not a setting`))
  readConfig({ PATH: "/bin", HOME: "/root", SSL_CERT_FILE: "/etc/ssl/cert.pem", SSL_CERT_DIR: "/etc/ssl/certs" })
})

async function envFile(owner: Owner, text: string): Promise<string> {
  const file = path.join(await temporaryFolder(owner), ".env")
  await writeFile(file, text)
  return file
}

test(".env gives what the environment does not say", async (t) => {
  const file = await envFile(
    t,
    '# comment\r\n\r\nPORT=8443\r\nREGISTRATION=closed\nLIMIT_TYPING="5 per 10s"\n  # more\n',
  )
  const config = readConfig({ REGISTRATION: "open" }, await readEnvFile(file))
  assert.equal(config.PORT, 8443)
  assert.equal(config.REGISTRATION, "open")
  assert.equal(config.LIMIT_TYPING.burst, 5)
})

test("without .env there is nothing to read, and one that can't be read stops the start", async (t) => {
  const folder = await temporaryFolder(t)
  assert.deepEqual([...(await readEnvFile(path.join(folder, ".env")))], [])
  await mkdir(path.join(folder, "env"))
  await assert.rejects(readEnvFile(path.join(folder, "env")), StartError)
})

const BAD_LINES: readonly (readonly [line: string, error: RegExp])[] = [
  ["my secret sentence", /line 2: write NAME=value/],
  ["PORT = 5000", /line 2: write NAME=value/],
  ["export PORT=5000", /line 2: write NAME=value/],
  ['PORT="5000', /line 2: write NAME=value/],
  ["PORT=5000 # not a comment", /line 2: write NAME=value/],
  ["PROT=5000", /PROT is not a setting/],
  ["HOME=/root", /HOME is not a setting/],
  ["HOST=localhost", /line 2: HOST stands there twice/],
]

for (const [line, error] of BAD_LINES)
  test(`the line "${line}" of .env stops the start, and its value is not repeated`, async (t) => {
    const file = await envFile(t, `HOST=127.0.0.1\n${line}\n`)
    await assert.rejects(readEnvFile(file), (thrown: unknown) => {
      assert.ok(thrown instanceof StartError)
      assert.match(thrown.message, error)
      assert.doesNotMatch(thrown.message, /5000|secret|localhost/)
      return true
    })
  })

test(".env.example is what the table of settings says", async () => {
  assert.equal(await readFile(path.join(ROOT, ".env.example"), "utf8"), envExample())
})

test(".env.example holds the defaults: uncommented, it changes nothing", async (t) => {
  const text = envExample().replace(/^# (?=[A-Z_]+=)/gm, "")
  assert.deepEqual(readConfig({}, await readEnvFile(await envFile(t, text))), readConfig({}))
})
