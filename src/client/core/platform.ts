/**
 * What core needs from where it runs: a browser (client/browser) or Node (client/node). Core itself touches no DOM and no
 * files; clock, randomness, waiting and the network come through here, so tests can replace each of them.
 */

import type { Stretch } from "./stretch.ts"

export interface HttpAnswer {
  readonly status: number
  /** Parsed JSON, or undefined when the answer was none. */
  readonly body: unknown
}

/** Thrown by `request` when no answer came: the server cannot be reached. */
export class Unreachable extends Error {
  override readonly name = "Unreachable"
}

export interface SocketHandlers {
  readonly open: () => void
  /** One text frame. */
  readonly message: (text: string) => void
  /** Called once, also when it never opened; the code is RFC 6455's, 1006 when the connection was lost. */
  readonly closed: (code: number) => void
}

export interface Socket {
  /** Does nothing when the socket is not open. */
  readonly send: (text: string) => void
  /** Calls `closed` soon, whether or not the other end answers. */
  readonly close: () => void
}

/** One change of a vault; no value deletes. */
export interface VaultChange {
  readonly key: string
  readonly value: Uint8Array | undefined
}

export interface VaultRange {
  /** Keys from this one on, itself included. */
  readonly from: string
  /** Keys before this one, itself left out. */
  readonly before: string
  readonly limit: number
  /** Takes the last `limit` keys of the range and not the first; the answer is in ascending order all the same. */
  readonly newest: boolean
}

/**
 * Storage of one account on one device: bytes by text keys, which are ASCII and ordered by character code. It is dumb on
 * purpose: whoever implements it never sees what it stores (sealed-vault.ts).
 */
export interface Vault {
  readonly get: (key: string) => Promise<Uint8Array | undefined>
  readonly range: (range: VaultRange) => Promise<readonly { readonly key: string; readonly value: Uint8Array }[]>
  /** Writes all changes or none, durably: a crash after it resolved loses nothing. */
  readonly write: (changes: readonly VaultChange[]) => Promise<void>
  readonly close: () => void
  /** Deletes the whole vault; it is closed then. */
  readonly destroy: () => Promise<void>
}

export interface Lock {
  /** Resolves when somebody else takes the lock over: finish what is being written, then release it. */
  readonly lost: Promise<void>
  readonly release: () => void
}

export interface Platform {
  /** What this device is called in the list of one's devices: "Firefox on Linux". At most LIMITS.deviceNameMax. */
  readonly deviceName: string
  /** Sends JSON to this server with the session's cookie. Rejects with Unreachable. */
  readonly request: (method: "GET" | "POST", path: string, body?: unknown) => Promise<HttpAnswer>
  /** Opens the WebSocket at /ws. */
  readonly connect: (handlers: SocketHandlers) => Socket
  /** Opens or makes the vault of an account. */
  readonly openVault: (account: string) => Promise<Vault>
  /**
   * Holds an account's vault key while it is logged in, in a form that code cannot read out (a browser keeps a CryptoKey
   * that is not extractable). `current` is the account that is logged in.
   */
  readonly keys: {
    readonly current: () => Promise<{ readonly account: string; readonly key: CryptoKey } | undefined>
    readonly keep: (account: string, key: CryptoKey) => Promise<void>
    readonly forget: () => Promise<void>
  }
  /**
   * Takes a lock that one holder has at a time; undefined when somebody else has it and `steal` is false. With `steal` it
   * asks the holder to let go and waits until he has, but not for ever: a tab that hangs loses it after a few seconds.
   */
  readonly lock: (name: string, steal: boolean) => Promise<Lock | undefined>
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly random: (length: number) => Uint8Array<ArrayBuffer>
  /** stretch.ts's; only tests of something else than passwords take a quick one. */
  readonly stretch: Stretch
  /** Resolves after the time, or as soon as the signal is aborted. Never rejects. */
  readonly delay: (milliseconds: number, signal?: AbortSignal) => Promise<void>
  /** Calls the listener when the network seems to be back. */
  readonly onNetwork: (listener: () => void) => () => void
}
