/** The life of an open chat: how its connection stands, and its one end, after which nothing is written any more. */
import type { ConnectionState } from "./types.ts"

export interface LifetimeOptions {
  /** Hears of every change of the state. */
  readonly changed: (state: ConnectionState) => void
  /** Lets go of everything; called once, after `stop` was aborted. */
  readonly letGo: () => Promise<void>
}

export class Lifetime {
  readonly #options: LifetimeOptions
  readonly #stop = new AbortController()
  #state: ConnectionState = { kind: "connecting" }
  #ended: Promise<void> | undefined

  constructor(options: LifetimeOptions) {
    this.#options = options
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** Aborted when the chat ends. */
  get stop(): AbortSignal {
    return this.#stop.signal
  }

  /** How the connection stands now; what is final ends the chat. */
  turn(state: ConnectionState): void {
    this.#state = state
    this.#options.changed(state)
    const goesOn = state.kind === "online" || state.kind === "connecting" || state.kind === "offline"
    if (!goesOn) void this.end(undefined)
  }

  /** Ends once; resolves when the last write is done. */
  end(state: ConnectionState | undefined): Promise<void> {
    this.#ended ??= this.#end(state)
    return this.#ended
  }

  /** Runs what nobody waits for. When it fails, the chat ends, unless it failed because the chat has ended. */
  watch(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!this.stop.aborted) void this.end({ kind: "failed", error })
    })
  }

  async #end(state: ConnectionState | undefined): Promise<void> {
    this.#stop.abort()
    if (state !== undefined) this.turn(state)
    await this.#options.letGo()
  }
}
