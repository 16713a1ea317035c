/**
 * People who talk without a browser: each has a platform for Node (one device), and the chat that is open on it. The server
 * is the real one, in the test's own process or as a process of its own (server-process.ts). Whoever waits, waits for an
 * event of the chat, never for time to pass.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import type {
  Chat,
  ChatEvents,
  Item,
  NodePlatform,
  Platform,
  RoomId,
  RoomView,
  TextItem,
} from "../../src/client/node/index.ts"
import { readConfig } from "../../src/server/config.ts"
import { type RunningServer, type Surroundings, startServer } from "../../src/server/server.ts"
import { roomId } from "../../src/shared/ids.ts"
import { GENERAL_ROOM } from "../../src/shared/limits.ts"
import { core } from "./core.ts"
import { portToComeBackTo } from "./port.ts"
import { quickScrypt, quickStretch } from "./quick-passwords.ts"
import { type Owner, temporaryFolder } from "./temp.ts"

export const GENERAL = roomId.parse(GENERAL_ROOM, "room")
export const PASSWORD = "a row of nine tall poplars"

/** Tests send as fast as they can. */
const GENEROUS = {
  LIMIT_MESSAGES: "9999, 9999/s",
  LIMIT_TYPING: "9999, 9999/s",
  LIMIT_COMMITS: "9999, 9999/s",
  LIMIT_CLAIMS: "9999, 9999/s",
  LIMIT_SIGN_UPS: "9999, 9999/s",
}

/** Where people find a server. */
export interface Place {
  readonly url: string
  /** PEM of its certificate authority. */
  readonly ca: string
}

export interface LocalServer extends Place {
  readonly server: RunningServer
  readonly folder: string
  /** Stops it before the test ends. */
  readonly close: () => Promise<void>
}

/** Starts the real server in this process, or, with `again`, one that was closed. It is stopped after the test. */
export async function startLocalServer(
  owner: Owner,
  settings: Readonly<Record<string, string>> = {},
  surroundings: Surroundings = {},
  again?: LocalServer,
): Promise<LocalServer> {
  const folder = again?.folder ?? (await temporaryFolder(owner))
  const inside = (name: string) => path.join(folder, name)
  const folders = { DATA_DIR: inside("data"), LOG_DIR: inside("logs"), CERT_DIR: inside("certs") }
  const config = readConfig({
    PORT: String(again?.server.port ?? (await portToComeBackTo())),
    HOST: "localhost",
    ...folders,
    ...GENEROUS,
    ...settings,
  })
  const staticDir = await emptyPages(inside("static"))
  const usual = { report: () => undefined, staticDir, scrypt: quickScrypt }
  const server = await startServer(config, { ...usual, ...surroundings })
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= server.close()
    return closing
  }
  owner.after(close)
  return { server, folder, close, ...(await placeOf(server.port, folder)) }
}

/** The files without which a server does not start. */
async function emptyPages(folder: string): Promise<string> {
  await mkdir(path.join(folder, "build"), { recursive: true })
  for (const name of ["home.html", "chat.html", "build/chat.js"]) await writeFile(path.join(folder, name), "\n")
  return folder
}

/** The place of a server on this machine whose folders are in `folder`. */
export async function placeOf(port: number, folder: string): Promise<Place> {
  return { url: `https://localhost:${port}`, ca: await readFile(path.join(folder, "certs", "ca.pem"), "utf8") }
}

export interface PersonOptions {
  /** Where the vault is kept; in memory when left out. */
  readonly folder?: string
  /** Takes the time that a password takes on a real device. */
  readonly isSlow?: boolean
  /** Changes what core gets to see of the platform. */
  readonly around?: (platform: NodePlatform) => Platform
}

/** Somebody with one device. */
export class Person {
  readonly name: string
  /** What core works with. */
  readonly platform: Platform
  readonly device: NodePlatform
  #chat: Chat | undefined

  private constructor(name: string, device: NodePlatform, platform: Platform) {
    this.name = name
    this.device = device
    this.platform = platform
  }

  /** Makes somebody who has not signed up yet. The chat is closed after the test. */
  static at(owner: Owner, { url, ca }: Place, name: string, { folder, around, isSlow }: PersonOptions = {}): Person {
    const whole = core.nodePlatform({ url, ca, ...(folder === undefined ? {} : { folder }) })
    const device = isSlow ? whole : { ...whole, stretch: quickStretch }
    const person = new Person(name, device, around === undefined ? device : around(device))
    owner.after(async () => {
      await person.close()
      device.close()
    })
    return person
  }

  /** Signs somebody up and opens the chat; waits until the general room is entered. */
  static async signUp(owner: Owner, place: Place, name: string, options: PersonOptions = {}): Promise<Person> {
    const person = Person.at(owner, place, name, options)
    await core.signUp(person.platform, { name, password: PASSWORD })
    await person.open()
    await person.joined()
    return person
  }

  /** Another device of an account: logs in and opens the chat; waits until the general room is entered. */
  static async logIn(owner: Owner, place: Place, name: string, options: PersonOptions = {}): Promise<Person> {
    const person = Person.at(owner, place, name, options)
    await core.logIn(person.platform, { name, password: PASSWORD })
    await person.open()
    await person.joined()
    return person
  }

  /** The chat that is open. */
  get chat(): Chat {
    if (this.#chat === undefined) throw new Error(`${this.name} has no chat open`)
    return this.#chat
  }

  async open(options: { readonly takeOver?: boolean } = {}): Promise<Chat> {
    this.#chat = await core.openChat(this.platform, options)
    return this.#chat
  }

  async close(): Promise<void> {
    await this.#chat?.close()
    this.#chat = undefined
  }

  /** Resolves when this device is in the general room, and can be added to others while it is away. */
  async joined(): Promise<void> {
    await this.until(() => this.room.joined)
    await this.chat.reachable
  }

  get room(): RoomView {
    const room = this.view(GENERAL)
    if (room === undefined) throw new Error("there is no general room")
    return room
  }

  /** What is shown of a room; undefined when it is not. */
  view(room: RoomId): RoomView | undefined {
    return this.chat.rooms().find(({ id }) => id === room)
  }

  /** Resolves when this device is in a room. */
  isIn(room: RoomId): Promise<void> {
    return this.until(() => this.view(room)?.joined === true)
  }

  /** Resolves when this device sees exactly these people in a room, in the order of their names. */
  isWith(room: RoomId, ...names: readonly string[]): Promise<void> {
    return this.until(
      () =>
        this.view(room)
          ?.people.map(({ name }) => name)
          .join() === names.join(),
    )
  }

  /** Resolves when something is true; looked at again after every event of the chat. */
  until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
    return until([this.chat], isTrue)
  }

  say(text: string, room = GENERAL) {
    return this.chat.send(room, text)
  }

  async items(room = GENERAL): Promise<Item[]> {
    return this.view(room) === undefined ? [] : this.chat.messages(room, { limit: 10_000 })
  }

  /** The texts of the conversation, in its order. */
  async texts(room = GENERAL): Promise<string[]> {
    return textsOf(await this.items(room)).map(({ text }) => text)
  }

  /** Resolves with the message of this text, as soon as it stands in the conversation. */
  sees(text: string, room = GENERAL): Promise<TextItem> {
    return this.#meets(room, (item) => item.text === text)
  }

  /** Resolves when a message of one's own has come as far as this. */
  reaches(text: string, ...states: readonly TextItem["state"][]): Promise<TextItem> {
    return this.reachesIn(GENERAL, text, ...states)
  }

  reachesIn(room: RoomId, text: string, ...states: readonly TextItem["state"][]): Promise<TextItem> {
    return this.#meets(room, (item) => item.text === text && states.includes(item.state))
  }

  /** Resolves with a message as soon as there is such a one: among what is stored, or told of later. */
  #meets(room: RoomId, isIt: (item: TextItem) => boolean): Promise<TextItem> {
    return new Promise((resolve, reject) => {
      const chat = this.chat
      const end = (item: TextItem | undefined): void => {
        if (item === undefined) return
        for (const off of offs) off()
        resolve(item)
      }
      const find = (items: readonly Item[]) => end(textsOf(items).find(isIt))
      const look = () => this.items(room).then(find).catch(reject)
      const offs = [
        chat.on("item", (told) => told.room === room && find([told.item])),
        chat.on("history", look),
        chat.on("connection", look),
      ]
      look()
    })
  }
}

export function textsOf(items: readonly Item[]): TextItem[] {
  return items.filter((item) => item.kind === "text")
}

const EVENTS: readonly (keyof ChatEvents)[] = [
  "connection",
  "room",
  "online",
  "item",
  "gone",
  "typing",
  "pause",
  "transfer",
  "history",
]

/** Resolves when something is true of some chats; looked at again after every event of any of them. */
export function until(chats: readonly Chat[], isTrue: () => boolean | Promise<boolean>): Promise<void> {
  return new Promise((resolve, reject) => {
    let isLooking = false
    let again = false
    const offs = chats.flatMap((chat) => EVENTS.map((name) => chat.on(name, () => void look())))
    const look = async (): Promise<void> => {
      again = true
      if (isLooking) return
      isLooking = true
      try {
        while (again) {
          // Events come several at a time; one look for all of them is enough.
          await new Promise((resume) => setImmediate(resume))
          again = false
          if (!(await isTrue())) continue
          for (const off of offs) off()
          return resolve()
        }
      } catch (error) {
        for (const off of offs) off()
        reject(error)
      } finally {
        isLooking = false
      }
    }
    void look()
  })
}
