/**
 * The built server as a process of its own, as people run it: `node dist/server.js` in a temporary folder, on a free
 * port. What it prints is kept. It can be killed without warning and started again on the same port and folders. All
 * waiting is for something that the server prints or does, never for time to pass.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import path from "node:path"
import { ROOT } from "./chromium.ts"
import { portToComeBackTo } from "./port.ts"
import { type Owner, temporaryFolder } from "./temp.ts"

/** Settings by name, as in docs/operating.md. */
export type Settings = Readonly<Record<string, string>>

export interface Ending {
  /** Exit code; null when a signal ended the process. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const READY = /https:\/\/localhost:(\d+)/

/** Starts the built server and waits until it listens. It is stopped after the test. */
export async function startServerProcess(owner: Owner, settings: Settings = {}): Promise<ServerProcess> {
  const server = new ServerProcess(await temporaryFolder(owner), settings)
  owner.after(() => server.kill())
  await server.start()
  return server
}

/** Starts the built server with settings that should stop it. Resolves with how it ended and what it printed. */
export async function runToItsEnd(
  owner: Owner,
  settings: Settings,
  folder?: string,
): Promise<Ending & { readonly output: string }> {
  const server = new ServerProcess(folder ?? (await temporaryFolder(owner)), settings)
  owner.after(() => server.kill())
  const ended = server.launch()
  // One that starts in spite of its settings would run for ever.
  const started = server.printed(READY).then(
    () => server.kill(),
    () => undefined,
  )
  const ending = await ended
  await started
  if (READY.test(server.output)) throw new Error(`the server started:\n${server.output}`)
  return { ...ending, output: server.output }
}

export class ServerProcess {
  /** Holds `data`, `logs` and `certs`. */
  readonly folder: string
  readonly #settings: Settings
  #port = 0
  #child: ChildProcess | undefined
  #ended: Promise<Ending> | undefined
  #output = ""
  readonly #watchers = new Set<() => void>()

  constructor(folder: string, settings: Settings) {
    this.folder = folder
    this.#settings = settings
  }

  get port(): number {
    return this.#port
  }

  /** The address that a browser opens. */
  get url(): string {
    return `https://localhost:${this.#port}`
  }

  /** Everything printed so far, by all runs, both streams. */
  get output(): string {
    return this.#output
  }

  get pid(): number {
    const pid = this.#child?.pid
    if (pid === undefined) throw new Error("the server does not run")
    return pid
  }

  /** Runs the program; resolves with its ending. */
  launch(): Promise<Ending> {
    if (this.#ended !== undefined) return this.#ended
    const inside = (name: string) => path.join(this.folder, name)
    const folders = { DATA_DIR: inside("data"), LOG_DIR: inside("logs"), CERT_DIR: inside("certs") }
    const { PATH = "", HOME = "" } = process.env
    const environment = { PATH, HOME, PORT: String(this.#port), ...folders, ...this.#settings }
    const child = spawn(process.execPath, [path.join(ROOT, "dist/server.js")], { cwd: this.folder, env: environment })
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text
        for (const watcher of this.#watchers) watcher()
      })
    this.#child = child
    this.#ended = once(child, "close").then(([code, signal]) => {
      this.#ended = undefined
      this.#child = undefined
      for (const watcher of this.#watchers) watcher()
      return { code, signal }
    })
    return this.#ended
  }

  /** Runs the program; resolves when it listens. Rejects with its output when it ends before. */
  async start(): Promise<void> {
    if (this.#port === 0) this.#port = await portToComeBackTo()
    const from = this.#output.length
    void this.launch()
    await this.printed(READY, from)
  }

  /** Resolves when something that matches is printed at or after a place in the output. */
  async printed(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(this.#output.slice(from))
        if (found === null && this.#child !== undefined) return
        this.#watchers.delete(look)
        if (found !== null) resolve(found)
        else reject(new Error(`the server ended before it printed ${pattern}:\n${this.#output}`))
      }
      this.#watchers.add(look)
      look()
    })
  }

  /** Ends the process without warning, as a power cut would. Resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL")
  }

  /** Asks the process to end; resolves with how it did. */
  async stop(): Promise<Ending | undefined> {
    return this.#end("SIGTERM")
  }

  async #end(signal: NodeJS.Signals): Promise<Ending | undefined> {
    const ended = this.#ended
    this.#child?.kill(signal)
    return ended
  }
}
