/**
 * Every setting: its name, its default, what it may be. They come from the environment, and from a file `.env` for what
 * the environment doesn't say. A setting that is unknown, out of range or unreadable stops the start and names itself;
 * its value is never repeated, since it may be a secret that was put in the wrong place.
 */
import { readFile } from "node:fs/promises"
import { StartError } from "./start-error.ts"

/** A token bucket: how many at once, how many a second, and how long the pause is once it is empty. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
  /** Whole seconds. */
  readonly pause: number
}

interface Setting<T> {
  /** What is used when nobody says anything, as it would be written. */
  readonly preset: string
  /** What it may be, for the error and for .env.example. */
  readonly takes: string
  readonly help: string
  /** undefined: not one of those. */
  readonly parse: (text: string) => T | undefined
}

const setting = <T>(
  preset: string,
  takes: string,
  help: string,
  parse: (text: string) => T | undefined,
): Setting<T> => ({ preset, takes, help, parse })

const text = (pattern: RegExp) => (value: string) => (pattern.test(value) ? value : undefined)
const orNothing = (value: string) => value
const whole = (min: number, max: number) => (value: string) =>
  /^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max ? Number(value) : undefined
const choice =
  <const T extends string>(...values: readonly T[]) =>
  (value: string): T | undefined =>
    values.find((each) => each === value)

/** `20, 2/s, pause 10s` or `5 per 10s`. */
function parseRate(value: string): Rate | undefined {
  const window = /^(\d{1,4}) per (\d{1,4})s$/.exec(value)
  if (window !== null) {
    const [count, seconds] = [Number(window[1]), Number(window[2])]
    return count > 0 && seconds > 0 ? { burst: count, perSecond: count / seconds, pause: 0 } : undefined
  }
  const bucket = /^(\d{1,4}), (\d{1,4}(?:\.\d{1,3})?)\/s(?:, pause (\d{1,4})s)?$/.exec(value)
  if (bucket === null) return undefined
  const [burst, perSecond, pause] = [Number(bucket[1]), Number(bucket[2]), Number(bucket[3] ?? 0)]
  return burst > 0 && perSecond > 0 ? { burst, perSecond, pause } : undefined
}

function parseOrigins(value: string): readonly string[] | undefined {
  const origins = value === "" ? [] : value.split(",").map((each) => each.trim())
  return origins.every((each) => URL.canParse(each) && new URL(each).origin === each && each.startsWith("https://"))
    ? origins
    : undefined
}

const RATE = '"20, 2/s, pause 10s" (at once, per second, pause once used up) or "5 per 10s"'
const PATH = /^[^\0]{1,4096}$/

/** The table. `.env.example` is written from it, and a test keeps the two equal. */
export const SETTINGS = {
  PORT: setting("5000", "a port, 0 to 65535; 0 takes a free one", "Where the server listens.", whole(0, 65_535)),
  HOST: setting("::", "an address of this machine", "On which address: :: is all of them.", text(/^[\w.:-]{1,255}$/)),
  SSL_CERT_PATH: setting("", "a PEM file", "Your own certificate (chain) instead of a self-made one.", orNothing),
  SSL_KEY_PATH: setting("", "a PEM file", "The private key of SSL_CERT_PATH.", orNothing),
  SECRET_KEY: setting(
    "",
    "64 hex digits",
    "Keys of this server are derived from it; made and kept in DATA_DIR when missing.",
    text(/^(?:|[0-9a-fA-F]{64})$/),
  ),
  DATA_DIR: setting("data", "a folder", "The database.", text(PATH)),
  LOG_DIR: setting("logs", "a folder", "The session logs.", text(PATH)),
  CERT_DIR: setting("certs", "a folder", "The self-made certificate authority and certificate.", text(PATH)),
  REGISTRATION: setting("open", "open or closed", "Whether anybody may sign up.", choice("open", "closed")),
  PUBLIC_ORIGINS: setting(
    "",
    "https://… addresses with commas between them",
    "Under which addresses browsers may reach this server, when it is not the one they connect to.",
    parseOrigins,
  ),
  TRUST_PROXY: setting(
    "off",
    "on or off",
    "Take a visitor's address from the last X-Forwarded-For entry. Only behind a proxy of your own.",
    choice("on", "off"),
  ),
  SESSION_LOGS: setting("on", "on or off", "Keep the session logs; members see which.", choice("on", "off")),
  LIMIT_MESSAGES: setting("20, 2/s, pause 10s", RATE, "Messages per account.", parseRate),
  LIMIT_TYPING: setting("10, 1/s", RATE, "Typing signals per account.", parseRate),
  LIMIT_COMMITS: setting("30, 1/s", RATE, "Joins and key changes per account.", parseRate),
  LIMIT_CLAIMS: setting("60, 1/s", RATE, "Questions for KeyPackages per account.", parseRate),
  LIMIT_SIGN_UPS: setting("10, 0.01/s", RATE, "New accounts per address.", parseRate),
} as const

type Settings = typeof SETTINGS
export type SettingName = keyof Settings
export type Config = {
  readonly [K in SettingName]: Settings[K] extends Setting<infer T> ? T : never
}

const NAMES = Object.keys(SETTINGS) as SettingName[]
/** Environment variables that begin so are meant for us: a misspelt one is an error and not ignored. */
const OUR_PREFIXES = ["LIMIT_", "SSL_", "SESSION_LOG", "PUBLIC_ORIGIN"]
/** OpenSSL's own names, which many systems set for all programs. */
const OF_OTHERS = ["SSL_CERT_FILE", "SSL_CERT_DIR"]

/** Reads `.env` from a folder; nothing when there is none. Throws StartError for a line that is not NAME=value. */
export async function readEnvFile(file: string): Promise<ReadonlyMap<string, string>> {
  const found = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return ""
    throw new StartError(`${file} can't be read (${error.code}).`)
  })
  const values = new Map<string, string>()
  for (const [index, line] of found.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue
    const [, name, quoted, plain] = /^([A-Z_]+)=(?:"([^"]*)"|([^"#]*))$/.exec(line) ?? []
    if (name === undefined) throw new StartError(`${file}, line ${index + 1}: write NAME=value.`)
    if (!isSetting(name)) throw new StartError(`${file}: ${name} is not a setting. .env.example lists all.`)
    if (values.has(name)) throw new StartError(`${file}, line ${index + 1}: ${name} stands there twice.`)
    values.set(name, (quoted ?? plain ?? "").trim())
  }
  return values
}

const isSetting = (name: string): name is SettingName => NAMES.some((each) => each === name)

/** Turns the environment, and what `.env` adds, into a Config. Throws StartError that names the setting. */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  file: ReadonlyMap<string, string> = new Map(),
): Config {
  for (const name of Object.keys(environment))
    if (!isSetting(name) && !OF_OTHERS.includes(name) && OUR_PREFIXES.some((prefix) => name.startsWith(prefix)))
      throw new StartError(`${name} is not a setting. .env.example lists all.`)
  const read = NAMES.map((name) => {
    const { preset, takes, parse } = SETTINGS[name]
    const value = parse(environment[name] ?? file.get(name) ?? preset)
    if (value === undefined) throw new StartError(`${name} must be ${takes}.`)
    return [name, value]
  })
  const config = Object.fromEntries(read) as Config
  if ((config.SSL_CERT_PATH === "") !== (config.SSL_KEY_PATH === ""))
    throw new StartError("SSL_CERT_PATH and SSL_KEY_PATH belong together: give both, or none.")
  return config
}

/** The text of `.env.example`. */
export function envExample(): string {
  const head = "# All settings, with what holds when nothing is said. Copy to .env and change what you need.\n"
  const lines = NAMES.map((name) => {
    const { preset, takes, help } = SETTINGS[name]
    return `\n# ${help}\n# Takes ${takes}.\n# ${name}=${/[ ,]/.test(preset) ? `"${preset}"` : preset}\n`
  })
  return head + lines.join("")
}
