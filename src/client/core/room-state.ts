/**
 * What a device knows of one room and stores: the MLS group and how far it has come in the log. Both change together, with
 * the lines of the conversation that come with the change, in one write; memory follows only after the write, so
 * memory and storage never disagree. The keys of people are compared with those on record whenever the roster has moved.
 */
import { type ItemRecord, itemChange, OWN_LINES, positionOf } from "./history.ts"
import { decodeGroup, type Group, Refusal } from "./mls/index.ts"
import { peopleOf } from "./people.ts"
import { groupKey, itemPrefix, type RoomRecord, readRecord, roomKey, roomRecord, writeRecord } from "./records.ts"
import type { Surroundings } from "./room-surroundings.ts"
import { DamagedRecord, type RecordChange } from "./sealed-vault.ts"
import type { RoomId } from "./types.ts"

const BEGINNING: RoomRecord = { cursor: 0, after: 0, delivered: 0 }
/** Keys that changed stand among the lines of this device's own, after the one that says that it joined again. */
const ALARM_LINES = OWN_LINES + 1

export class RoomState {
  readonly #room: RoomId
  readonly #around: Surroundings
  #group: Group | undefined
  #place: RoomRecord
  #delivered: number

  private constructor(room: RoomId, around: Surroundings, group: Group | undefined, place: RoomRecord) {
    this.#room = room
    this.#around = around
    this.#group = group
    this.#place = place
    this.#delivered = place.delivered
  }

  /** Reads a room as it was stored. A group that can't be read is none: the device joins again. */
  static async load(room: RoomId, around: Surroundings): Promise<RoomState> {
    const place = await around.vault.get(roomKey(room))
    const group = await readGroup(room, around)
    return new RoomState(room, around, group, place === undefined ? BEGINNING : readRecord(roomRecord, place))
  }

  /** Undefined while this device is not in the room. */
  get group(): Group | undefined {
    return this.#group
  }

  get place(): RoomRecord {
    return this.#place
  }

  /** Everything up to this seq is delivered to somebody. Stored with the next change. */
  get delivered(): number {
    return this.#delivered
  }

  set delivered(seq: number) {
    this.#delivered = seq
  }

  /** Stores where the room stands now, with the lines that led there; resolves to the lines that this device adds. */
  async store(
    group: Group,
    { cursor, after }: Pick<RoomRecord, "cursor" | "after">,
    items: readonly ItemRecord[],
    more: readonly RecordChange[],
  ): Promise<readonly ItemRecord[]> {
    const place = { cursor, after, delivered: this.#delivered }
    const hasMoved = group.epoch !== this.#group?.epoch
    const pins = hasMoved ? this.#around.pins.compare(peopleOf(group.members())) : { changes: [], changed: [] }
    const at = items.at(-1)?.at ?? this.#around.platform.now()
    const alarms = pins.changed.map((name, index): ItemRecord => {
      const position = positionOf(cursor, ALARM_LINES + index)
      return { type: "roster", position, at, change: "key-changed", name, devices: 0 }
    })
    await this.#around.vault.write([
      { key: roomKey(this.#room), value: writeRecord(roomRecord, place) },
      ...(group === this.#group ? [] : [{ key: groupKey(this.#room), value: group.encode() }]),
      ...[...items, ...alarms].map((item) => itemChange(this.#room, item)),
      ...pins.changes,
      ...more,
    ])
    this.#group = group
    this.#place = place
    return alarms
  }

  /** Stores a group that has only used up a key of its own for sending. */
  async storeSent(group: Group, more: readonly RecordChange[]): Promise<void> {
    await this.#around.vault.write([{ key: groupKey(this.#room), value: group.encode() }, ...more])
    this.#group = group
  }

  /** Lets go of a group that can't be continued; the conversation stays. */
  async forget(): Promise<void> {
    await this.#around.vault.write([{ key: groupKey(this.#room), value: undefined }])
    this.#group = undefined
  }

  /**
   * For a device that has lost the room and is in again: the line that says so, after the last entry that it had handled.
   * None if there is one already, or if this is the first time.
   */
  async explanation(): Promise<readonly ItemRecord[]> {
    if (this.#place === BEGINNING) return []
    const position = positionOf(this.#place.cursor, OWN_LINES)
    if ((await this.#around.vault.get(itemPrefix(this.#room) + position)) !== undefined) return []
    const at = this.#around.platform.now()
    return [{ type: "problem", position, at, problem: "rejoined", name: null }]
  }
}

async function readGroup(room: RoomId, { vault, identity }: Surroundings): Promise<Group | undefined> {
  try {
    const stored = await vault.get(groupKey(room))
    return stored === undefined ? undefined : decodeGroup(identity, stored)
  } catch (error) {
    if (error instanceof DamagedRecord || error instanceof Refusal) return undefined
    throw error
  }
}
