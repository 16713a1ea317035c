/**
 * History for a new device of one's own: what was said before it came is kept by the other devices and by nobody else, so
 * one of them sends it. They talk in a group of their own that nobody sees, the *device room*: its id comes from the
 * account key, its members are devices of this account, and everything in it is encrypted and delivered like any message,
 * so a transfer survives restarts on both sides.
 *
 * The new device asks and shows a code; the other shows the code of whoever asks, and sends when its person has seen that
 * both are the same. Somebody who has only stolen the password has another device key, and so another code: twelve digits
 * of a hash of that key, too many to be found by trying.
 */
import { concatBytes } from "../../shared/bytes.ts"
import { deviceId } from "../../shared/ids.ts"
import type { Content } from "./content.ts"
import { itemChange } from "./history.ts"
import type { Member } from "./mls/index.ts"
import {
  ASKED,
  askedKey,
  HANDING,
  handingKey,
  handingRecord,
  type ItemRecord,
  itemPrefix,
  itemRecord,
  readRecord,
  writeRecord,
} from "./records.ts"
import type { Room } from "./room.ts"
import type { Surroundings } from "./room-surroundings.ts"
import type { Rooms } from "./rooms.ts"
import { ClientError, type DeviceId, type HistoryState, type RoomId } from "./types.ts"

/** What one device says to the others of its account. */
export type DeviceContent = Extract<Content, { readonly type: "ask-history" | "history" }>
type Chunk = Extract<Content, { readonly type: "history" }>

/** A chunk goes out now and then, so that it never uses up the messages that the person may send. */
const CHUNK_EVERY = 1_000
/** UTF-16 units of one chunk as JSON; it has to fit into the outbox. */
const CHUNK_MAX = 24_000
const LINES_AT_ONCE = 100
const DEVICES_MAX = 100
const CODE_GROUPS = 3

export class HistoryTransfer {
  readonly #around: Surroundings
  readonly #rooms: Rooms
  readonly #asked = new Set<DeviceId>()
  readonly #handing = new Map<DeviceId, { readonly done: number; readonly left: number }>()
  #received: HistoryState["receiving"]

  constructor(around: Surroundings, rooms: Rooms) {
    this.#around = around
    this.#rooms = rooms
  }

  /** Goes on with what was under way when the chat was closed. */
  async resume(): Promise<void> {
    const { vault } = this.#around
    for (const { key } of await vault.list(ASKED, { limit: DEVICES_MAX })) this.#asked.add(deviceOf(key, ASKED))
    for (const { key } of await vault.list(HANDING, { limit: DEVICES_MAX })) this.#start(deviceOf(key, HANDING))
  }

  /** What is on its way; told as `transfer` when it changes. */
  get state(): HistoryState {
    const sending = [...this.#handing].map(([device, progress]) => ({ device, ...progress }))
    return { asked: [...this.#asked], sending, receiving: this.#received }
  }

  /** Asks the other devices of this account for their history. Resolves when the question is stored. */
  async ask(): Promise<void> {
    const room = await this.#room()
    if (!room.isKnown) await room.want(() => ({ standing: "founding" }))
    room.enter()
    this.#received = { done: 0, left: undefined }
    await room.posting.tell({ type: "ask-history" })
    this.#changed()
  }

  /** The code of a device of one's own, three groups of four digits; undefined while it is not in the device room. */
  async codeOf(device: DeviceId): Promise<readonly string[] | undefined> {
    const member = (await this.#room()).ownDevice(device)
    return member === undefined ? undefined : codeFor(member)
  }

  /** Sends what this device knows to one that has asked. Throws ClientError `not_found` when it has not. */
  async give(device: DeviceId): Promise<void> {
    if (!this.#asked.delete(device)) throw new ClientError("not_found")
    const record = { room: "", before: "", done: 0, total: 0 }
    await this.#around.vault.write([
      { key: askedKey(device), value: undefined },
      { key: handingKey(device), value: writeRecord(handingRecord, record) },
    ])
    this.#start(device)
  }

  /** Sends nothing to a device that has asked; it is not told. */
  async refuse(device: DeviceId): Promise<void> {
    this.#asked.delete(device)
    await this.#around.vault.write([{ key: askedKey(device), value: undefined }])
    this.#changed()
  }

  /**
   * Takes what another device of this account said, before its entry counts as handled; the same again does no
   * harm. Who gets history from another device does not wait for this one any more.
   */
  async heard(from: DeviceId, content: DeviceContent): Promise<void> {
    const { vault, self } = this.#around
    if (content.type === "history") {
      if (content.to === self.device) await this.#take(content)
      else if (this.#asked.has(content.to)) await this.refuse(content.to)
      return
    }
    await vault.write([{ key: askedKey(from), value: new Uint8Array(1) }])
    this.#asked.add(from)
    this.#changed()
  }

  /** Stores lines that this device does not have itself. */
  async #take({ room, lines, done, left }: Chunk): Promise<void> {
    const { vault, emit } = this.#around
    const changes = lines.map((line) => itemChange(room, line))
    const known = await Promise.all(changes.map(({ key }) => vault.get(key)))
    await vault.write(changes.filter((_, index) => known[index] === undefined))
    this.#received = { done, left }
    this.#changed()
    emit("history", room)
  }

  #start(device: DeviceId): void {
    this.#handing.set(device, { done: 0, left: 0 })
    this.#changed()
    this.#around.background(this.#hand(device))
  }

  /** Sends chunk after chunk, from where it stood. */
  async #hand(device: DeviceId): Promise<void> {
    const { stop, platform } = this.#around
    const room = await this.#room()
    while (!stop.aborted) {
      await platform.delay(CHUNK_EVERY, stop)
      if (stop.aborted || room.cursor() === undefined || room.posting.size > 0) continue
      const isOver = room.ownDevice(device) === undefined || !(await this.#handNext(room, device))
      if (isOver) break
    }
    if (stop.aborted) return
    await this.#around.vault.write([{ key: handingKey(device), value: undefined }])
    this.#handing.delete(device)
    this.#changed()
  }

  /** Sends the next chunk; resolves to whether there was one. */
  async #handNext(room: Room, device: DeviceId): Promise<boolean> {
    const { vault } = this.#around
    const stored = await vault.get(handingKey(device))
    if (stored === undefined) return false
    const at = readRecord(handingRecord, stored)
    const next = await this.#linesAfter(at)
    if (next === undefined) return false
    const total = at.done === 0 ? await this.#count() : at.total
    const done = at.done + next.count
    const left = Math.max(0, total - done)
    const chunk = { type: "history", to: device, room: next.room, done, left, lines: next.lines } as const
    await room.posting.tell(chunk)
    const record = { room: next.room, before: next.before, done, total }
    await vault.write([{ key: handingKey(device), value: writeRecord(handingRecord, record) }])
    this.#handing.set(device, { done, left })
    this.#changed()
    return true
  }

  /** The newest lines that were not sent yet: of the room that it stands in, then of the next one. */
  async #linesAfter({ room, before }: { readonly room: string; readonly before: string }) {
    for (const id of this.#roomIds()) {
      if (id < room) continue
      const end = id === room && before !== "" ? itemPrefix(id) + before : `${itemPrefix(id)}~`
      const found = await this.#around.vault.list(itemPrefix(id), { before: end, limit: LINES_AT_ONCE })
      if (found.length === 0) continue
      const newest = found.map(({ value }) => readRecord(itemRecord, value)).reverse()
      const lines = newest.slice(0, Math.max(1, fitting(newest)))
      const last = lines.at(-1)?.position ?? ""
      // A line that no chunk could hold is left out; the others count it as sent.
      return { room: id, before: last, count: lines.length, lines: lines.filter((line) => sizeOf(line) <= CHUNK_MAX) }
    }
    return undefined
  }

  /** How many lines there are. */
  async #count(): Promise<number> {
    const counts = await Promise.all(this.#roomIds().map((id) => this.#around.vault.count(itemPrefix(id))))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  #roomIds(): RoomId[] {
    return this.#rooms
      .views()
      .map(({ id }) => id)
      .sort()
  }

  #room(): Promise<Room> {
    return this.#rooms.ensure(this.#around.deviceRoom, "group")
  }

  #changed(): void {
    this.#around.emit("transfer", undefined)
  }
}

const deviceOf = (key: string, prefix: string): DeviceId => deviceId.parse(key.slice(prefix.length), "device")

const sizeOf = (line: ItemRecord): number => JSON.stringify(itemRecord.write(line)).length

/** How many of these lines go into one chunk. */
function fitting(lines: readonly ItemRecord[]): number {
  let size = 0
  const tooMany = lines.findIndex((line) => {
    size += sizeOf(line) + 1
    return size > CHUNK_MAX
  })
  return tooMany === -1 ? lines.length : tooMany
}

async function codeFor({ device, leafKey, accountKey }: Member): Promise<string[]> {
  const label = new TextEncoder().encode(`SecureChat history code 1 ${device}`)
  const hash = await crypto.subtle.digest("SHA-256", concatBytes(label, accountKey, leafKey))
  const view = new DataView(hash)
  return Array.from({ length: CODE_GROUPS }, (_, group) => String(view.getUint32(4 * group) % 10_000).padStart(4, "0"))
}
