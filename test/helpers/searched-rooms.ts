/** Rooms that only a test holds, for searching in them: what is there, and what their chat's events tell. */
import { Emitter } from "../../src/client/core/emitter.ts"
import { Search, type SearchOptions } from "../../src/client/core/search.ts"
import type { SearchResult } from "../../src/client/core/search-index.ts"
import type { ChatEvents, Item, Page, RoomId, TextItem } from "../../src/client/core/types.ts"
import { toBase64Url } from "../../src/shared/bytes.ts"
import { accountName, messageId, roomId } from "../../src/shared/ids.ts"
import { GENERAL_ROOM, LIMITS } from "../../src/shared/limits.ts"
import { UNTOUCHED } from "./untouched.ts"

const idOf = (number: number) => toBase64Url(new Uint8Array(LIMITS.idLength).fill(number))
export const ROOMS = [
  roomId.parse(GENERAL_ROOM, "room"),
  roomId.parse(idOf(1), "room"),
  roomId.parse(idOf(2), "room"),
] as const
export const [GENERAL, GARDEN] = ROOMS
export const positionOf = (seq: number): string => `${String(seq).padStart(12, "0")}.000`

export function message(seq: number | string, text: string, at = 0): TextItem {
  return {
    ...{ kind: "text", position: typeof seq === "string" ? seq : positionOf(seq), at, text },
    ...{ id: messageId.parse(idOf(0), "id"), sender: accountName.parse("berta", "name") },
    ...{ accountKey: new Uint8Array(32), mine: false, state: "delivered", reason: undefined },
    ...UNTOUCHED,
  }
}

/** Rooms in memory. A read sees what is there now, and answers when `gate` lets it. */
class House {
  readonly events = new Emitter<ChatEvents>()
  readonly rooms = new Map<RoomId, Item[]>()
  gate: Promise<void> = Promise.resolve()
  reads = 0
  readonly views = () => [...this.rooms.keys()].map((id) => ({ id }))
  readonly items = async (room: RoomId, { before = "~~", after, limit }: Page): Promise<Item[]> => {
    this.reads += 1
    const items = this.rooms.get(room) ?? []
    const asked = items.filter(({ position }) => position > (after ?? "") && position < before)
    const answer = after === undefined ? asked.slice(-limit) : asked.slice(0, limit)
    await this.gate
    return answer
  }

  /** A line is new or has changed, and listeners hear of it. */
  async say(room: RoomId, item: Item, was?: string): Promise<void> {
    const others = (this.rooms.get(room) ?? []).filter(
      (each) => each.position !== item.position && each.position !== was,
    )
    this.rooms.set(
      room,
      [...others, item].sort((a, b) => (a.position < b.position ? -1 : 1)),
    )
    this.events.emit("item", { room, item, was })
    await Promise.resolve()
  }

  async discard(room: RoomId, position: string): Promise<void> {
    this.rooms.set(
      room,
      (this.rooms.get(room) ?? []).filter((item) => item.position !== position),
    )
    this.events.emit("gone", { room, position })
    await Promise.resolve()
  }
}

export function houseOf(lines: readonly (readonly [RoomId, Item])[], most?: number) {
  const house = new House()
  for (const room of ROOMS) {
    const items = lines.filter(([where]) => where === room).map(([, item]) => item)
    if (items.length > 0) house.rooms.set(room, items)
  }
  const search = new Search(house, house.events, most)
  const found = async (query: string, options?: SearchOptions) => textsOf((await search.find(query, options)).results)
  return { house, search, found }
}

export const textsOf = (results: readonly SearchResult[]): string[] => results.map(({ snippet }) => snippet)

/** Many messages of one room, a minute apart. */
export const many = (count: number, textOf: (seq: number) => string): (readonly [RoomId, Item])[] =>
  Array.from({ length: count }, (_, index) => [GENERAL, message(index + 1, textOf(index + 1), index * 60_000)])
