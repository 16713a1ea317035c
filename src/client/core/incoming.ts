/** What the server says, handed to the part of the chat that it concerns. */
import type { ServerMessage, ServerMessageOf } from "../../shared/protocol.ts"
import { ignoringRefusals } from "./departing.ts"
import { topUp } from "./key-packages.ts"
import { Online } from "./online.ts"
import type { Surroundings } from "./room-surroundings.ts"
import { GENERAL, type Rooms } from "./rooms.ts"
import type { RoomId } from "./types.ts"
import { Typing } from "./typing.ts"

export class Incoming {
  readonly online: Online
  readonly typing: Typing
  readonly #around: Surroundings
  readonly #rooms: Rooms
  /** Resolves when the server holds KeyPackages of this device: from then on it can be added to rooms while it is away. */
  readonly reachable: Promise<void>
  #isReachable = (): void => undefined
  #sessionLogs: boolean | undefined
  /** How many KeyPackages of this device the server has left, until more were made. */
  #keyPackages: number | undefined

  constructor(around: Surroundings, rooms: Rooms) {
    this.#around = around
    this.#rooms = rooms
    this.reachable = new Promise((resolve) => {
      this.#isReachable = resolve
    })
    this.online = new Online(() => around.emit("online", undefined))
    this.typing = new Typing(around.platform, around.stop, (room) => around.emit("typing", room))
  }

  /** Whether the server keeps session logs; undefined until it has said so. */
  get sessionLogs(): boolean | undefined {
    return this.#sessionLogs
  }

  /** A new connection stands. */
  ready(message: ServerMessageOf<"ready">): void {
    this.#sessionLogs = message.sessionLogs
    this.#keyPackages = message.keyPackages
    this.online.reset(message.online)
    this.#rooms.ready(message)
    if (this.#rooms.hasGeneral) this.#topUp()
  }

  take(message: Exclude<ServerMessage, { readonly type: "ready" | "pong" }>): void {
    if (message.type === "entry") this.typing.spoke(message.room, message.sender)
    if (message.type === "presence") this.#present(message)
    else if (message.type === "typing") {
      if (this.#rooms.holds(message.room, message.account)) this.typing.heard(message.room, message.account)
    } else if (message.type !== "error") this.#rooms.take(message)
  }

  /** This device is in a room now. */
  entered(room: RoomId): void {
    this.#rooms.entered(room)
    if (room === GENERAL) this.#topUp()
  }

  #present({ account, online }: ServerMessageOf<"presence">): void {
    this.online.change(account, online)
    if (online) this.#rooms.cameOnline(account)
  }

  /** Once for each connection, and after the general room, for which a person waits. */
  #topUp(): void {
    const left = this.#keyPackages
    this.#keyPackages = undefined
    if (left === undefined) return
    this.#around.background(ignoringRefusals(topUp(this.#around, left).then(() => this.#isReachable())))
  }
}
