/**
 * A person without a browser: the client core in this process, signed up on a real server over TLS. Whoever waits, waits
 * for an event of the chat after which something is true.
 */
import { readFile } from "node:fs/promises"
import path from "node:path"
import type { Chat, ChatEvents, Item, RoomId, TextItem } from "../../src/client/core/index.ts"
import type { NodePlatform } from "../../src/client/node/index.ts"
import { roomId } from "../../src/shared/ids.ts"
import { GENERAL_ROOM } from "../../src/shared/limits.ts"
import { core } from "./core.ts"
import { PASSWORD } from "./people.ts"
import type { Owner } from "./temp.ts"

const EVENTS = ["connection", "room", "online", "item", "gone", "typing", "pause"] as const

/** The part of a server that a client needs: its address, and the folder whose `certs/ca.pem` it trusts. */
export interface Reachable {
  readonly url: string
  readonly folder: string
}

export class Client {
  readonly name: string
  readonly platform: NodePlatform
  #chat: Chat | undefined

  private constructor(name: string, platform: NodePlatform) {
    this.name = name
    this.platform = platform
  }

  /** Signs up on a server and opens the chat. It is closed after the test. */
  static async signUp(owner: Owner, { url, folder }: Reachable, name: string): Promise<Client> {
    const ca = await readFile(path.join(folder, "certs/ca.pem"), "utf8")
    const client = new Client(name, core.nodePlatform({ url, ca }))
    await core.signUp(client.platform, { name, password: PASSWORD })
    owner.after(async () => {
      await client.close()
      client.platform.close()
    })
    await client.open()
    return client
  }

  static readonly room: RoomId = roomId.parse(GENERAL_ROOM, "room")

  get chat(): Chat {
    if (this.#chat === undefined) throw new Error(`the chat of ${this.name} is closed`)
    return this.#chat
  }

  /** Opens the chat, as a page does, and waits until it is in the general room. */
  async open(): Promise<void> {
    this.#chat = await core.openChat(this.platform)
    await this.until(async ({ rooms }) => rooms[0]?.joined === true)
  }

  /** Closes the chat, as a page does that is left. What is stored stays. */
  async close(): Promise<void> {
    const chat = this.#chat
    this.#chat = undefined
    await chat?.close()
  }

  async say(text: string): Promise<void> {
    await this.chat.send(Client.room, text)
  }

  /** All that stands in the general room, oldest first. */
  items(): Promise<readonly Item[]> {
    return this.chat.messages(Client.room, { limit: 10_000 })
  }

  async texts(): Promise<readonly TextItem[]> {
    return (await this.items()).filter((item) => item.kind === "text")
  }

  /** Waits until something is true, looking at the beginning and after each event of the chat. */
  async until(isTrue: (now: { readonly rooms: ReturnType<Chat["rooms"]> }) => Promise<boolean>): Promise<void> {
    const { chat } = this
    let happened: () => void = () => undefined
    const offs = EVENTS.map((event: keyof ChatEvents) => chat.on(event, () => happened()))
    try {
      for (;;) {
        const next = new Promise<void>((resolve) => {
          happened = resolve
        })
        if (await isTrue({ rooms: chat.rooms() })) return
        await next
      }
    } finally {
      for (const off of offs) off()
    }
  }

  /** Waits until so many texts stand in the room, none of them on its way. */
  hasTexts(count: number): Promise<void> {
    return this.until(async () => {
      const texts = await this.texts()
      return texts.length >= count && texts.every(({ state }) => state !== "sending")
    })
  }
}
