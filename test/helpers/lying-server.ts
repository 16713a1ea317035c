/**
 * A server that lies to one device: everything that the real server answers or sends can be changed, left out or made up
 * before core gets to see it, while all others hear the truth. What a device sends can be kept from the server as well.
 */
import type { TestContext } from "node:test"
import type { HttpAnswer, Item, NodePlatform, Platform, RoomId, SocketHandlers } from "../../src/client/node/index.ts"
import { ERRORS, type ErrorCode } from "../../src/shared/errors.ts"
import {
  type ClientMessage,
  clientMessage,
  parseFrame,
  type ServerMessage,
  type ServerMessageOf,
  serverMessage,
  writeFrame,
} from "../../src/shared/protocol.ts"
import type { Schema } from "../../src/shared/schema.ts"
import type { Person } from "./core-people.ts"

/** How long a connection may take to be ready, to be asked, and to answer: these stay, and tests wait for no other. */
const KEPT: readonly number[] = [10_000, 15_000, 20_000]
const SHORTENED_TO = 10
const ATTACK_WITHIN = 60_000

export interface Route<A> {
  readonly method: "GET" | "POST"
  readonly path: string
  readonly answer: Schema<A>
}

/** A question to the server; `truth` asks the real one. */
export interface Asked {
  readonly method: "GET" | "POST"
  readonly path: string
  readonly body: unknown
  readonly truth: () => Promise<HttpAnswer>
}

type Answering = (asked: Asked) => Promise<HttpAnswer | undefined> | HttpAnswer | undefined

/** An answer that refuses. */
export const refusing = (code: ErrorCode): HttpAnswer => ({
  status: ERRORS[code].status,
  body: { error: code, text: ERRORS[code].text },
})

export class Liar {
  /** Lies about answers; undefined leaves a question to the next one, and in the end to the truth. */
  readonly #answering: Answering[] = []
  /** What is delivered in place of a message of the server. */
  frames: (message: ServerMessage) => readonly ServerMessage[] = (message) => [message]
  /** Whether the server gets what the device sends. */
  sends: (message: ClientMessage) => boolean = () => true
  /** Every question so far, as `method path`. */
  readonly asked: string[] = []
  /** Every wait that the device asked for and that was shortened, in milliseconds. */
  readonly waits: number[] = []
  readonly #waiting = new Set<() => void>()
  #handlers: SocketHandlers | undefined
  #close = (): void => undefined

  /** Goes between the platform and core. */
  readonly around = (device: NodePlatform): Platform => ({
    ...device,
    delay: (milliseconds, signal) => {
      if (shortened(milliseconds) < milliseconds) this.waits.push(milliseconds)
      return device.delay(shortened(milliseconds), signal)
    },
    request: async (method, path, body) => {
      this.asked.push(`${method} ${path}`)
      for (const look of this.#waiting) look()
      const truth = () => device.request(method, path, body)
      for (const lie of this.#answering) {
        const answer = await lie({ method, path, body, truth })
        if (answer !== undefined) return answer
      }
      return truth()
    },
    connect: (handlers) => {
      this.#handlers = handlers
      const socket = device.connect({ ...handlers, message: (text) => this.#hear(handlers, text) })
      this.#close = () => socket.close()
      const send = (text: string): void => {
        if (this.sends(parseFrame(clientMessage, text))) socket.send(text)
      }
      return { ...socket, send }
    },
  })

  /** Changes the answers of one route until `tellTheTruth`. */
  answers<A>({ method, path, answer }: Route<A>, change: (truth: A, room: string) => A | Promise<A> | undefined): void {
    const pattern = patternOf(path)
    this.#answering.push(async ({ method: asked, path: at, truth }) => {
      const room = pattern.exec(at)
      if (asked !== method || room === null) return undefined
      const { status, body } = await truth()
      const changed = status === 200 ? await change(answer.parse(body, "answer"), room[1] ?? "") : undefined
      return changed === undefined ? { status, body } : { status, body: answer.write(changed) }
    })
  }

  /** Answers a route in the place of the server. */
  instead({ method, path }: Pick<Route<unknown>, "method" | "path">, lie: Answering): void {
    const pattern = patternOf(path)
    this.#answering.push((asked) => (asked.method === method && pattern.test(asked.path) ? lie(asked) : undefined))
  }

  /** Resolves when this was asked so many times more. */
  asksFor(path: string, times = 1): Promise<void> {
    const count = () => this.asked.filter((asked) => asked.endsWith(path)).length
    const wanted = count() + times
    return new Promise((resolve) => {
      const look = (): void => {
        if (count() < wanted) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
    })
  }

  /** Sends what the server never sent. */
  push(...messages: readonly ServerMessage[]): void {
    for (const message of messages) this.#handlers?.message(writeFrame(serverMessage, message))
  }

  /** Sends any text. */
  pushText(text: string): void {
    this.#handlers?.message(text)
  }

  /** Ends the connection, so that the device makes a new one. */
  cut(): void {
    this.#close()
  }

  /** No more lies. */
  tellTheTruth(): void {
    this.#answering.length = 0
    this.frames = (message) => [message]
    this.sends = () => true
  }

  #hear(handlers: SocketHandlers, text: string): void {
    for (const message of this.frames(parseFrame(serverMessage, text)))
      handlers.message(writeFrame(serverMessage, message))
  }
}

const shortened = (milliseconds: number): number =>
  KEPT.includes(milliseconds) ? milliseconds : Math.min(milliseconds, SHORTENED_TO)

const patternOf = (path: string): RegExp => new RegExp(`^${path.replace(":room", "([^/]+)")}$`)

/** Changes every message of one type. */
export function changing<T extends ServerMessage["type"]>(
  type: T,
  change: (message: ServerMessageOf<T>) => readonly ServerMessage[],
): Liar["frames"] {
  const isMeant = (message: ServerMessage): message is ServerMessageOf<T> => message.type === type
  return (message) => (isMeant(message) ? change(message) : [message])
}

/** What a person sees of a room, a line each, without times. */
export async function lines(person: Person, room?: RoomId): Promise<string[]> {
  return (await person.items(room)).map(lineOf)
}

function lineOf(item: Item): string {
  if (item.kind === "text") return `${item.sender}: ${item.text}`
  if (item.kind === "problem") return item.name === undefined ? item.problem : `${item.problem} (${item.name})`
  if (item.kind === "named") return `${item.sender} named it ${item.text}`
  return `${item.name} ${item.kind}${item.by === undefined ? "" : ` by ${item.by}`}`
}

let words = 0

/** Everybody says something and reads it from everybody else: the room works. */
export async function talk(room: RoomId, ...people: readonly Person[]): Promise<void> {
  const said = people.map((person) => ({ person, text: `${person.name} says ${++words}` }))
  for (const { person, text } of said) {
    await person.say(text, room)
    for (const other of people) await other.sees(text, room)
  }
}

/** Runs what somebody does while the server lies; resolves to the lines that have come meanwhile, talk left out. */
export async function newLines(person: Person, room: RoomId | undefined, during: () => Promise<unknown>) {
  const before = await lines(person, room)
  await during()
  const now = await lines(person, room)
  return now.filter((line) => !before.includes(line) && !/ says \d+$/.test(line))
}

/** Resolves when a line of this beginning stands in a room. */
export async function shows(person: Person, room: RoomId, beginning: string): Promise<void> {
  await person.until(async () => (await lines(person, room)).some((line) => line.startsWith(beginning)))
}

/**
 * One attack after another, each a test of its own. One that fails or hangs leaves no lie behind for the others. `open`
 * says of those that get through why.
 */
export async function attacks(
  t: TestContext,
  liars: readonly Liar[],
  table: Readonly<Record<string, () => Promise<unknown>>>,
  open: Readonly<Record<string, string>> = {},
) {
  for (const [name, attack] of Object.entries(table)) {
    const todo = open[name]
    await t.test(name, { timeout: ATTACK_WITHIN, ...(todo === undefined ? {} : { todo }) }, async (each) => {
      each.after(() => {
        for (const liar of liars) liar.tellTheTruth()
      })
      await attack()
    })
  }
}
