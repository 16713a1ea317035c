/**
 * All rooms of this device: those it has stored, and those that the server says it or its account is in. A room that is only
 * the server's word is tried, and shown once this device is in it.
 *
 * The general room comes first: it says which keys belong to which names, so no other room is entered before it.
 */

import { roomId } from "../../shared/ids.ts"
import { GENERAL_ROOM } from "../../shared/limits.ts"
import type { ServerMessage, ServerMessageOf } from "../../shared/protocol.ts"
import { storedRooms } from "./about.ts"
import { Room } from "./room.ts"
import type { Surroundings } from "./room-surroundings.ts"
import {
  type AccountName,
  ClientError,
  type Item,
  type Page,
  type RoomId,
  type RoomKind,
  type RoomView,
} from "./types.ts"

export const GENERAL = roomId.parse(GENERAL_ROOM, "room")

type OfOneRoom = Extract<
  ServerMessage,
  {
    readonly type:
      | "entry"
      | "sent"
      | "delivered"
      | "marks"
      | "invited"
      | "elsewhere"
      | "removed"
      | "departure"
      | "refused"
  }
>

export class Rooms {
  readonly #around: Surroundings
  readonly #rooms = new Map<RoomId, Room>()
  readonly #loading = new Map<RoomId, Promise<Room>>()

  private constructor(around: Surroundings) {
    this.#around = around
  }

  static async load(around: Surroundings): Promise<Rooms> {
    const rooms = new Rooms(around)
    await rooms.ensure(GENERAL, "general")
    for (const id of await storedRooms(around.vault)) await rooms.ensure(roomId.parse(id, "stored room"), "group")
    return rooms
  }

  /** Whether this device is in the general room. */
  get hasGeneral(): boolean {
    return this.#rooms.get(GENERAL)?.cursor() !== undefined
  }

  views(): readonly RoomView[] {
    const { deviceRoom } = this.#around
    const shown = [...this.#rooms.values()].filter((room) => room.isKnown && room.id !== deviceRoom)
    return shown.map((room) => room.view())
  }

  /** Whether somebody is in a room, by its tree. */
  holds(id: RoomId, name: AccountName): boolean {
    const people = this.#rooms.get(id)?.view().people ?? []
    return people.some((person) => person.name === name)
  }

  /** Throws ClientError `not_found`. */
  get(id: RoomId): Room {
    const room = this.#rooms.get(id)
    if (room === undefined) throw new ClientError("not_found")
    return room
  }

  /** A page of a room's lines, as Chat.messages gives them. Rejects with ClientError `not_found`. */
  async items(id: RoomId, page: Page): Promise<Item[]> {
    return this.get(id).posting.items(page)
  }

  /** The room with this id, loaded when it was not; `kind` is what it is if nothing is stored of it. */
  ensure(id: RoomId, kind: RoomKind): Promise<Room> {
    const loading = this.#loading.get(id) ?? this.#load(id, kind)
    this.#loading.set(id, loading)
    return loading
  }

  async #load(id: RoomId, kind: RoomKind): Promise<Room> {
    const room = await Room.load(id, kind, this.#around)
    this.#rooms.set(id, room)
    return room
  }

  cursors() {
    return [...this.#rooms.values()].flatMap((room) => {
      const seq = room.cursor()
      return seq === undefined ? [] : [{ room: room.id, seq }]
    })
  }

  /** A new connection stands. */
  ready({ rooms, elsewhere, departures }: ServerMessageOf<"ready">): void {
    for (const { room, kind } of [...rooms, ...elsewhere]) void this.ensure(room, kind)
    for (const [id, loading] of this.#loading)
      this.#then(loading, (room) => room.ready(rooms.find((state) => state.room === id)))
    for (const { room, statement } of departures) this.#with(room, (found) => found.changing.heard(statement))
  }

  /** Hands a message to its room, after all that came for it before. Messages for other rooms are dropped. */
  take(message: OfOneRoom): void {
    if (message.type === "invited" || message.type === "elsewhere") void this.ensure(message.room, message.kind)
    this.#with(message.room, (room) => {
      if (message.type === "entry") {
        const { type: _, ...entry } = message
        room.take(entry)
      } else if (message.type === "sent") room.sent(message)
      else if (message.type === "refused") this.#around.background(room.posting.refused(message))
      else if (message.type === "marks") room.attention.take(message.marks)
      else if (message.type === "delivered") room.posting.delivered(message.seq)
      else if (message.type === "invited") room.invited(message.seq)
      else if (message.type === "elsewhere") room.enter()
      else if (message.type === "removed") room.removed(message.seq)
      else room.changing.heard(message.statement)
    })
  }

  /** Somebody came online: those who could not be added before may have handed in KeyPackages now. */
  cameOnline(name: AccountName): void {
    for (const room of this.#rooms.values()) if (room.view().adding.includes(name)) room.changing.look(true)
  }

  /** What was held back may go now. */
  retry(): void {
    for (const room of this.#rooms.values()) {
      room.posting.pump()
      this.#around.emit("room", room.id)
    }
  }

  /** This device is in a room; with the general room, all others can be entered. */
  entered(id: RoomId): void {
    if (id === GENERAL) for (const room of this.#rooms.values()) room.enter()
  }

  #with(id: RoomId, use: (room: Room) => void): void {
    const loading = this.#loading.get(id)
    if (loading !== undefined) this.#then(loading, use)
  }

  #then(loading: Promise<Room>, use: (room: Room) => void): void {
    this.#around.background(loading.then(use))
  }
}
