/**
 * The bot that docs/bots.md shows, run as it stands there: a process of its own, and somebody who talks to it. And the
 * tables of that page, held to what the client core has.
 */
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises"
import path from "node:path"
import { describe, it } from "node:test"
import type { ChatEvents } from "../../src/client/node/index.ts"
import { ROOT } from "../helpers/chromium.ts"
import { core } from "../helpers/core.ts"
import { type LocalServer, PASSWORD, Person, startLocalServer } from "../helpers/core-people.ts"
import { tablesOf } from "../helpers/markdown.ts"
import { type Owner, temporaryFolder } from "../helpers/temp.ts"

const LINES_MAX = 20
const NAME = "pingbot"

const page = await readFile(path.join(ROOT, "docs/bots.md"), "utf8")

/** The one program of the page. */
function botOfThePage(): string {
  const programs = [...page.matchAll(/^```js\n(.*?)^```$/gms)].map(([, program = ""]) => program)
  assert.equal(programs.length, 1)
  return programs[0] ?? ""
}

/** A folder with the bot in it, and the link to SecureChat that the page tells to make. */
async function folderOfTheBot(owner: Owner): Promise<string> {
  const folder = await temporaryFolder(owner)
  await mkdir(path.join(folder, "node_modules"))
  await symlink(ROOT, path.join(folder, "node_modules", "securechat"), "junction")
  await writeFile(path.join(folder, "bot.mjs"), botOfThePage())
  return folder
}

interface RunningBot {
  /** What it has printed so far. */
  readonly output: () => string
  /** Asks it to end; resolves with its exit code, null when only a signal ended it. */
  readonly stop: () => Promise<unknown>
  /** Rejects with what it printed when it ends unasked. */
  readonly ended: Promise<never>
}

/** Starts the bot as the page tells to. It is killed after the test. */
function startBot(owner: Owner, folder: string, { url, folder: served }: LocalServer): RunningBot {
  const { PATH = "" } = process.env
  const settings = { BOT_SERVER: url, BOT_CA: path.join(served, "certs", "ca.pem") }
  const env = { PATH, ...settings, BOT_NAME: NAME, BOT_PASSWORD: PASSWORD }
  const bot = spawn(process.execPath, ["bot.mjs"], { cwd: folder, env })
  owner.after(() => bot.kill("SIGKILL"))
  let output = ""
  for (const stream of [bot.stdout, bot.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
  let isAsked = false
  const exit = once(bot, "close")
  const ended = exit.then(([code]) => {
    if (isAsked) return new Promise<never>(() => undefined)
    throw new Error(`the bot ended with ${code}:\n${output}`)
  })
  ended.catch(() => undefined)
  const stop = async (): Promise<unknown> => {
    isAsked = true
    bot.kill("SIGTERM")
    const [code] = await exit
    return code
  }
  return { output: () => output, stop, ended }
}

describe("The bot of docs/bots.md", () => {
  it("has at most twenty lines", () => {
    assert.ok(botOfThePage().trimEnd().split("\n").length <= LINES_MAX)
  })

  it("answers in the general room, in a private chat and in a group, and to nothing else", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const bot = startBot(t, await folderOfTheBot(t), place)
    const talk = async (): Promise<void> => {
      await anna.isWith(anna.room.id, "anna", NAME)
      await anna.say("hello")
      await anna.say("ping")
      assert.equal((await anna.sees("pong")).sender, NAME)
      const [name] = anna.room.people.map((person) => person.name).filter((each) => each !== "anna")
      assert.ok(name !== undefined)
      const alone = await anna.chat.startPrivate(name)
      await anna.say("ping", alone)
      assert.equal((await anna.sees("pong", alone)).sender, NAME)
      const group = await anna.chat.startGroup({ name: "Lamps", people: [name] })
      await anna.isWith(group, "anna", NAME)
      await anna.say("ping", group)
      assert.equal((await anna.sees("pong", group)).sender, NAME)
      assert.deepEqual(await anna.texts(), ["hello", "ping", "pong"])
    }
    await Promise.race([talk(), bot.ended])
    assert.match(bot.output(), /^Signed up\. Keep the recovery code: (?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}$/m)
    assert.equal(await bot.stop(), 0, bot.output())
  })

  it("is the same device after a restart, and answers what was asked while it was away", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const folder = await folderOfTheBot(t)
    const before = startBot(t, folder, place)
    const begin = async (): Promise<void> => {
      await anna.isWith(anna.room.id, "anna", NAME)
      await anna.say("ping")
      await anna.sees("pong")
    }
    await Promise.race([begin(), before.ended])
    assert.equal(await before.stop(), 0, before.output())
    await anna.say("ping")
    const after = startBot(t, folder, place)
    const pongs = async () => (await anna.texts()).filter((text) => text === "pong").length
    const devices = () => anna.room.people.find(({ name }) => name === NAME)?.devices
    await Promise.race([anna.until(async () => (await pongs()) === 2 || devices() !== 1), after.ended])
    assert.equal(devices(), 1)
    assert.equal(await after.stop(), 0, after.output())
    assert.doesNotMatch(after.output(), /Signed up/)
    assert.deepEqual(await anna.texts(), ["ping", "pong", "ping", "pong"])
    assert.deepEqual(await readdir(path.join(folder, "vault")), [`${NAME}.vault`])
  })
})

/** The names in the first column of the table under a heading, in alphabetical order. */
function namesUnder(heading: string): string[] {
  const table = tablesOf(page).find(({ under }) => under.at(-1) === heading)
  return (table?.rows ?? []).flatMap(([cell = ""]) => cell.split(", ").map((name) => name.replaceAll("`", ""))).sort()
}

const EVENTS: Readonly<Record<keyof ChatEvents, true>> = {
  ...{ connection: true, room: true, online: true, item: true, gone: true },
  ...{ typing: true, transfer: true, history: true, pause: true },
}

describe("docs/bots.md", () => {
  it("has everything that the library exports, and nothing else", () => {
    assert.deepEqual(namesUnder("Functions"), Object.keys(core).sort())
  })

  it("has every member of an open chat, and no other", async (t) => {
    const { chat } = await Person.signUp(t, await startLocalServer(t), "anna")
    const members = [...Object.keys(chat), ...Object.getOwnPropertyNames(core.Chat.prototype)]
    assert.deepEqual(namesUnder("Chat"), members.filter((name) => name !== "constructor").sort())
  })

  it("has every event, and no other", () => {
    assert.deepEqual(namesUnder("Events"), Object.keys(EVENTS).sort())
  })
})
