/**
 * A device that crashes at a chosen write to its storage: just before the write, or just after it and before anything that
 * would have followed. From then on nothing is written and nothing is sent, until the chat is opened again.
 */
import type { NodePlatform, Platform, Vault } from "../../src/client/node/index.ts"

export type Moment = "before" | "after"

export class CrashingDevice {
  readonly platform: Platform
  /** Writes still to be made before the crash; none is planned while undefined. */
  #left: number | undefined
  #moment: Moment = "before"
  #isDown = false
  #life = 0

  constructor(device: NodePlatform) {
    this.platform = {
      ...device,
      request: (method, path, body) =>
        this.#isDown ? new Promise(() => undefined) : device.request(method, path, body),
      connect: (handlers) => {
        const life = this.#life
        const socket = device.connect(handlers)
        return { ...socket, send: (text) => (this.#isDown || life !== this.#life ? undefined : socket.send(text)) }
      },
      openVault: async (account) => this.#watched(await device.openVault(account)),
    }
  }

  /** Crashes at the write with this number, counted from now and from 1. */
  plan(write: number, moment: Moment): void {
    this.#left = write
    this.#moment = moment
  }

  get hasCrashed(): boolean {
    return this.#isDown
  }

  /** Switches the device on again; a crash that did not come is called off. */
  restart(): void {
    if (this.#isDown) this.#life += 1
    this.#isDown = false
    this.#left = undefined
  }

  #watched(vault: Vault): Vault {
    const life = this.#life
    return {
      ...vault,
      get: (key) => vault.get(key),
      range: (range) => vault.range(range),
      close: () => vault.close(),
      destroy: () => vault.destroy(),
      write: async (changes) => {
        if (this.#isDown || life !== this.#life) throw new Error("the device is down")
        if (this.#left !== undefined) this.#left -= 1
        const isNow = this.#left === 0
        if (isNow && this.#moment === "before") this.#isDown = true
        else await vault.write(changes)
        if (isNow) this.#isDown = true
        if (isNow) throw new Error("the device has crashed")
      },
    }
  }
}
