/**
 * Where core runs when it is no browser: tests, load generators, bots. Vaults are files in `folder`, or in memory without
 * one. The vault's key can't be read out of its CryptoKey and is kept in memory only, like the session: a program that
 * starts again logs in again, and finds its history and its device there.
 *
 * A lock holds among those who use the same platform object.
 */
import { randomBytes } from "node:crypto"
import { delay } from "../core/delay.ts"
import type { Lock, Platform } from "../core/platform.ts"
import { stretch } from "../core/stretch.ts"
import { openFileVault } from "./file-vault.ts"
import { MemoryVaults } from "./memory-vault.ts"
import { Network, type NetworkOptions } from "./network.ts"

/** What makes one device of one server. */
export interface NodePlatformOptions extends NetworkOptions {
  /** Where vaults are kept, made when missing with mode 0700; in memory when left out. One process at a time may use it. */
  readonly folder?: string
  /** What the owner's other devices call this one, at most LIMITS.deviceNameMax long; "Node" when left out. */
  readonly deviceName?: string
}

/** The Platform for Node, with what a browser tells by itself. */
export interface NodePlatform extends Platform {
  /** Says that the network is back: whatever waits to connect tries now. */
  readonly networkIsBack: () => void
  /** Lets go of idle connections, so that a program can end. */
  readonly close: () => void
}

/** Makes the platform of one device. Throws TypeError for an address that is not https. */
export function nodePlatform(options: NodePlatformOptions): NodePlatform {
  const network = new Network(options)
  const vaults = new MemoryVaults()
  const { folder } = options
  let current: { readonly account: string; readonly key: CryptoKey } | undefined
  const listeners = new Set<() => void>()
  return {
    request: (method, path, body) => network.request(method, path, body),
    connect: (handlers) => network.connect(handlers),
    openVault: async (account) => (folder === undefined ? vaults.open(account) : openFileVault(folder, account)),
    keys: {
      current: async () => current,
      keep: async (account, key) => {
        current = { account, key }
      },
      forget: async () => {
        current = undefined
      },
    },
    lock: locks(),
    deviceName: options.deviceName ?? "Node",
    now: Date.now,
    random: (length) => new Uint8Array(randomBytes(length)),
    delay,
    stretch,
    onNetwork: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    networkIsBack: () => {
      for (const listener of listeners) listener()
    },
    close: () => network.close(),
  }
}

/** How long somebody who takes a lock over waits for the holder to let go. */
const RELEASED_WITHIN = 5_000

/** Locks by name, one holder each. */
function locks(): Platform["lock"] {
  const holders = new Map<string, Holder>()
  return async (name, steal): Promise<Lock | undefined> => {
    const holder = holders.get(name)
    if (holder !== undefined && !steal) return undefined
    const mine = new Holder()
    holders.set(name, mine)
    if (holder !== undefined) await holder.takeOver()
    const release = (): void => {
      mine.released()
      if (holders.get(name) === mine) holders.delete(name)
    }
    return { lost: mine.lost, release }
  }
}

class Holder {
  lose = (): void => undefined
  released = (): void => undefined
  readonly lost = new Promise<void>((resolve) => {
    this.lose = resolve
  })
  readonly #released = new Promise<void>((resolve) => {
    this.released = resolve
  })

  /** Asks the holder to let go, and waits for it. */
  async takeOver(): Promise<void> {
    this.lose()
    const enough = new AbortController()
    await Promise.race([this.#released, delay(RELEASED_WITHIN, enough.signal)])
    enough.abort()
  }
}
