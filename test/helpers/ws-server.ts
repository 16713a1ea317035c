/**
 * The real server in the test's own process, with as many people as a test wants: their accounts and sessions are written
 * into its store before it starts, because signing up costs each a slow hash. What they send are true headers with
 * nothing behind them (ws-messages.ts).
 */

import { randomBytes } from "node:crypto"
import { mkdir, writeFile } from "node:fs/promises"
import { request } from "node:https"
import path from "node:path"
import { readConfig } from "../../src/server/config.ts"
import { newToken, SESSION_COOKIE } from "../../src/server/cookies.ts"
import { Rooms } from "../../src/server/rooms.ts"
import { startServer } from "../../src/server/server.ts"
import type { Session } from "../../src/server/session.ts"
import { openStore, type Store } from "../../src/server/store/index.ts"
import type { After } from "../../src/server/turn.ts"
import { accountName, roomId } from "../../src/shared/ids.ts"
import { GENERAL_ROOM, LIMITS } from "../../src/shared/limits.ts"
import { quickScrypt } from "./quick-passwords.ts"
import { type Owner, temporaryFolder } from "./temp.ts"
import { connect, type Handshake, TestSocket } from "./ws-client.ts"
import { commitBody, externalCommit, founding, randomDevice } from "./ws-messages.ts"

/** One device of somebody, logged in. */
export interface Somebody {
  readonly session: Session
  /** The account's key, 32 bytes that are no real key. */
  readonly accountKey: Uint8Array<ArrayBuffer>
  /** The Cookie header. */
  readonly cookie: string
  /** The `seq` after which it gets the general room's entries; undefined: it has not joined. */
  readonly joinedAt: number | undefined
}

export interface Crowd {
  /** Accounts to make; each has `devices` devices, or one. */
  readonly accounts: number
  readonly devices?: number
  /** How many of all these devices, from the first, are in the general room. All unless given. */
  readonly members?: number
  readonly settings?: Readonly<Record<string, string>>
  readonly now?: () => number
  readonly after?: After
  /** What happens in the store before the server starts. */
  readonly before?: (past: Past) => Promise<void>
}

export interface Past {
  /** The folder of the database. */
  readonly dir: string
  readonly store: Store
  readonly rooms: Rooms
  readonly people: readonly Somebody[]
  /** The `seq` of the general room's newest commit. */
  readonly after: number
}

export interface TestServer {
  readonly port: number
  /** Account after account, device after device. */
  readonly people: readonly Somebody[]
  /** The `seq` of the general room's newest commit. */
  readonly after: number
  /** Lines that the server reported. */
  readonly reports: readonly string[]
  readonly folder: string
  person(index: number): Somebody
  /** A WebSocket that is open; fails when the server refuses. */
  open(handshake: Handshake): Promise<TestSocket>
  /** Somebody's WebSocket after `resume` and `ready`, from its place in the general room or the one given. */
  online(index: number, seq?: number): Promise<TestSocket>
  /** Ends the server before the test ends. */
  close(): Promise<void>
  /** The status and body of a GET or, with a body, a POST. */
  http(route: string, cookie?: string, body?: unknown): Promise<{ readonly status: number; readonly body: string }>
}

const PLENTY = "9999, 9999/s"

/** Starts a server with these people; it ends with the test. */
export async function startTestServer(owner: Owner, crowd: Crowd): Promise<TestServer> {
  const folder = await temporaryFolder(owner)
  const now = crowd.now ?? Date.now
  const { people, after } = await populate(path.join(folder, "data"), crowd, now())
  const folders = { DATA_DIR: "data", LOG_DIR: "logs", CERT_DIR: "certs" }
  const config = readConfig({
    ...Object.fromEntries(Object.entries(folders).map(([name, each]) => [name, path.join(folder, each)])),
    ...{ PORT: "0", HOST: "127.0.0.1", LIMIT_MESSAGES: PLENTY, LIMIT_COMMITS: PLENTY },
    ...crowd.settings,
  })
  const staticDir = await emptyPages(path.join(folder, "static"))
  const reports: string[] = []
  const running = await startServer(config, {
    ...{ now, report: (line: string) => reports.push(line), staticDir, scrypt: quickScrypt },
    ...(crowd.after === undefined ? {} : { after: crowd.after }),
  })
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= running.close()
    return closing
  }
  owner.after(close)
  const { port } = running
  const open = async (handshake: Handshake) => {
    const socket = await connect(port, handshake)
    if (!(socket instanceof TestSocket)) throw new Error(`refused with ${socket}`)
    owner.after(() => socket.webSocket.terminate())
    return socket
  }
  const person = (index: number) => {
    const found = people[index]
    if (found === undefined) throw new Error(`nobody has the number ${index}`)
    return found
  }
  return {
    ...{ port, people, after, reports, folder, person, open, close },
    async online(index, seq) {
      const { cookie, joinedAt } = person(index)
      const socket = await open({ cookie })
      const from = seq ?? joinedAt
      socket.send({ type: "resume", cursors: from === undefined ? [] : [{ room: GENERAL_ROOM_ID, seq: from }] })
      await socket.next("ready")
      return socket
    },
    http: (route, cookie, body) => ask(port, route, cookie, body),
  }
}

/** The general room's id, as the type that the protocol has for it. */
export const GENERAL_ROOM_ID = roomId.parse(GENERAL_ROOM, "room")

/** The files without which a server does not start. */
async function emptyPages(folder: string): Promise<string> {
  await mkdir(path.join(folder, "build"), { recursive: true })
  for (const name of ["home.html", "chat.html", "build/chat.js"]) await writeFile(path.join(folder, name), "\n")
  return folder
}

async function populate(dir: string, { accounts, devices = 1, members, before }: Crowd, now: number) {
  const store = await openStore({ dir })
  const rooms = new Rooms(store, () => now)
  const people: Somebody[] = []
  let after = 0
  for (let number = 0; number < accounts; number++) {
    const name = accountName.parse(`person-${number}`, "name")
    const accountKey = new Uint8Array(randomBytes(LIMITS.accountKeyLength))
    const id = await store.accounts.create(name, { ...recordOf(), accountKey }, now)
    for (let each = 0; each < devices; each++) {
      const device = randomDevice()
      const session = { account: { id, name }, device }
      await store.devices.use(id, device, "Test", now)
      const token = newToken(SESSION_COOKIE, LIMITS.sessionFor)
      await store.sessions.start(token.hash, id, device, now)
      const joins = people.length < (members ?? Number.POSITIVE_INFINITY)
      if (joins) after = await join(rooms, session, people.length, after)
      const cookie = token.cookie.split(";", 1)[0] ?? ""
      people.push({ session, accountKey, cookie, joinedAt: joins ? after : undefined })
    }
  }
  await before?.({ dir, store, rooms, people, after })
  await store.close()
  return { people, after }
}

/** The first founds the general room, all others join by external commit. */
async function join(rooms: Rooms, session: Session, count: number, after: number): Promise<number> {
  if (count === 0) {
    await rooms.found(session, GENERAL_ROOM_ID, founding())
    return 0
  }
  return (await rooms.commit(session, GENERAL_ROOM_ID, commitBody(after, externalCommit(count - 1), count))).seq
}

function recordOf() {
  return {
    ...{ salt: randomBytes(32), iterations: LIMITS.kdfIterationsMin },
    ...{ verifier: randomBytes(32), verifierSalt: randomBytes(16), verifierCost: "32768:8:3" },
    ...{ wrappedKey: randomBytes(112), recoveryVerifier: randomBytes(32), recoveryWrappedKey: randomBytes(112) },
  }
}

function ask(port: number, route: string, cookie?: string, body?: unknown) {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const headers = {
      ...(cookie === undefined ? {} : { Cookie: cookie }),
      ...(body === undefined ? {} : { "Content-Type": "application/json", Origin: `https://127.0.0.1:${port}` }),
    }
    const method = body === undefined ? "GET" : "POST"
    const options = { host: "127.0.0.1", port, path: route, method, headers, rejectUnauthorized: false }
    const asked = request(options, (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part
      })
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }))
    })
    asked.on("error", reject)
    asked.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
