/**
 * What a device knows of one room and stores: the MLS group, how far it has come in the log, and what it wants of the room
 * (about.ts). They change together, with
 * the lines of the conversation that come with the change, in one write; memory follows only after the write, so
 * memory and storage never disagree. The keys of people are compared with those on record whenever the roster has moved.
 */
import { aboutChange, inGroup, readAbout, unknownRoom } from "./about.ts"
import { type Alteration, altered, targetOf } from "./altering.ts"
import { type ItemRecord, itemChange, OWN_LINES, positionOf, readLine } from "./history.ts"
import { decodeGroup, type Group, Refusal } from "./mls/index.ts"
import { afterNames, type Entrance } from "./naming.ts"
import { peopleOf } from "./people.ts"
import {
  type AboutRecord,
  groupKey,
  itemPrefix,
  type RoomRecord,
  readRecord,
  roomKey,
  roomRecord,
  writeRecord,
} from "./records.ts"
import type { Surroundings } from "./room-surroundings.ts"
import { DamagedRecord, type RecordChange } from "./sealed-vault.ts"
import type { AccountName, RoomId, RoomKind } from "./types.ts"

const OUT = { standing: "out", add: [], remove: [], isLeaving: false } as const
const BEGINNING: RoomRecord = { cursor: 0, after: 0, delivered: 0 }
/** Keys that changed stand among the lines of this device's own, after the one that says that it joined again. */
const ALARM_LINES = OWN_LINES + 1

/** What a step adds to a conversation. */
export interface News {
  readonly items: readonly ItemRecord[]
  readonly alterations: readonly Alteration[]
  readonly entrance: Entrance | undefined
}

export class RoomState {
  readonly #room: RoomId
  readonly #around: Surroundings
  #group: Group | undefined
  #place: RoomRecord
  #about: AboutRecord
  #delivered: number
  #read: number
  #isKnown: boolean

  private constructor(
    room: RoomId,
    around: Surroundings,
    stored: { readonly group: Group | undefined; readonly place: RoomRecord; readonly about: AboutRecord | undefined },
    kind: RoomKind,
  ) {
    this.#room = room
    this.#around = around
    this.#group = stored.group
    this.#place = stored.place
    this.#about = stored.about ?? unknownRoom(kind)
    this.#isKnown = stored.about !== undefined
    this.#delivered = stored.place.delivered
    this.#read = stored.place.read ?? 0
  }

  /** Reads a room as it was stored. A group that can't be read is none: the device joins again. */
  static async load(room: RoomId, kind: RoomKind, around: Surroundings): Promise<RoomState> {
    const stored = await around.vault.get(roomKey(room))
    const place = stored === undefined ? BEGINNING : readRecord(roomRecord, stored)
    const about = await readAbout(around.vault, room)
    return new RoomState(room, around, { group: await readGroup(room, around), place, about }, kind)
  }

  /** Undefined while this device is not in the room. */
  get group(): Group | undefined {
    return this.#group
  }

  get place(): RoomRecord {
    return this.#place
  }

  /** Whether this device has started or entered the room at any time. */
  get isKnown(): boolean {
    return this.#isKnown
  }

  get about(): AboutRecord {
    return this.#about
  }

  /** Whether a line stands at an entry already. */
  async hasLine(seq: number): Promise<boolean> {
    return (await this.#around.vault.get(itemPrefix(this.#room) + positionOf(seq, 0))) !== undefined
  }

  /** Stores what is known or wanted now. */
  async change(change: Partial<AboutRecord>): Promise<void> {
    const about = { ...this.#about, ...change }
    await this.#around.vault.write(aboutChange(this.#room, about))
    this.#about = about
    this.#isKnown = true
  }

  /** Everything up to this seq is delivered to somebody. Stored with the next change. */
  get delivered(): number {
    return this.#delivered
  }

  set delivered(seq: number) {
    this.#delivered = seq
  }

  /** Everything up to this seq is seen by everybody else. Stored with the next change. */
  get read(): number {
    return this.#read
  }

  set read(seq: number) {
    this.#read = seq
  }

  /**
   * Stores where the room stands now, with the lines that led there and what becomes of earlier ones; resolves to both as
   * they are kept.
   */
  async store(
    group: Group,
    { cursor, after, isFresh }: Pick<RoomRecord, "cursor" | "after" | "isFresh">,
    { items, alterations, entrance }: News,
    more: readonly RecordChange[],
  ): Promise<{ readonly lines: readonly ItemRecord[]; readonly changed: readonly ItemRecord[] }> {
    const marks = { delivered: this.#delivered, read: this.#read }
    const { epoch, charterBytes: charter } = group
    const place: RoomRecord = { cursor, after, ...marks, epoch, charter, ...(isFresh === true ? { isFresh } : {}) }
    const hasMoved = group.epoch !== this.#group?.epoch
    const pins = hasMoved ? this.#around.pins.compare(peopleOf(group.members())) : { changes: [], changed: [] }
    const at = items.at(-1)?.at ?? this.#around.platform.now()
    const { pins: known, self } = this.#around
    const altered = await this.#altered(items, alterations)
    const { about, lines } = afterNames(inGroup(this.#about, group, known, self), altered.items, entrance)
    const alarms = pins.changed.map((name, index): ItemRecord => {
      const position = positionOf(cursor, ALARM_LINES + index)
      return { type: "roster", position, at, change: "key-changed", name, devices: 0 }
    })
    await this.#around.vault.write([
      { key: roomKey(this.#room), value: writeRecord(roomRecord, place) },
      ...(this.#group !== undefined && isSame(about, this.#about) ? [] : aboutChange(this.#room, about)),
      ...(group === this.#group ? [] : [{ key: groupKey(this.#room), value: group.encode() }]),
      ...[...lines, ...alarms, ...altered.changed].map((item) => itemChange(this.#room, item)),
      ...pins.changes,
      ...more,
    ])
    this.#group = group
    this.#place = place
    this.#about = about
    this.#isKnown = true
    return { lines: [...lines, ...alarms], changed: altered.changed }
  }

  /** New lines as the alterations leave them, and earlier ones that these change. What this device never had stays away. */
  async #altered(items: readonly ItemRecord[], alterations: readonly Alteration[]) {
    const fresh = new Map(items.map((item) => [item.position, item]))
    const earlier = new Map<string, ItemRecord>()
    for (const alteration of alterations) {
      const position = targetOf(alteration.content)
      const place = fresh.has(position) ? fresh : earlier
      const line = place.get(position) ?? (await readLine(this.#around.vault, this.#room, position))
      if (line?.type === "text") place.set(position, altered(line, alteration))
    }
    return { items: [...fresh.values()], changed: [...earlier.values()] }
  }

  /** Stores a group that has only used up a key of its own for sending. */
  async storeSent(group: Group, more: readonly RecordChange[]): Promise<void> {
    await this.#around.vault.write([{ key: groupKey(this.#room), value: group.encode() }, ...more])
    this.#group = group
  }

  /** Lets go of a group that can't be continued, or that this person is not in any more; the conversation stays. */
  async forget(isOut: boolean): Promise<void> {
    const about: AboutRecord = isOut ? { ...this.#about, ...OUT } : this.#about
    const people = this.#group === undefined ? this.#place.people : namesIn(this.#group)
    const place = people === undefined ? this.#place : { ...this.#place, people }
    await this.#around.vault.write([
      { key: groupKey(this.#room), value: undefined },
      ...(place === this.#place ? [] : [{ key: roomKey(this.#room), value: writeRecord(roomRecord, place) }]),
      ...aboutChange(this.#room, about),
    ])
    this.#group = undefined
    this.#place = place
    this.#about = about
  }

  /** The lines that say that this device is in a room, `seq` being the entry that let it in, and what it has missed. */
  async arrival(
    { group, seq, at }: { readonly group: Group; readonly seq: number; readonly at: number },
    { isFounding, hasMissed }: { readonly isFounding: boolean; readonly hasMissed: boolean },
  ): Promise<readonly ItemRecord[]> {
    const { name } = this.#around.self
    const common = { type: "roster", position: positionOf(seq, 0), at, change: "you-joined", devices: 1 } as const
    const line = isFounding ? { ...common, name, by: name } : { ...common, name }
    const explanation = await this.#explanation(hasMissed ? Math.max(0, seq - 1) : undefined)
    return [...explanation, line, ...this.#changesSince(group, { seq, at })]
  }

  /** Who is here, and who is not, otherwise than when this device let go of the room: a server may have made it up. */
  #changesSince(group: Group, { seq, at }: { readonly seq: number; readonly at: number }): ItemRecord[] {
    const before = this.#place.people
    if (before === undefined) return []
    const now = namesIn(group)
    const joined = now.filter((name) => !before.includes(name)).map((name) => ({ name, change: "joined" as const }))
    const left = before.filter((name) => !now.includes(name)).map((name) => ({ name, change: "left" as const }))
    return [...joined, ...left]
      .filter(({ name }) => name !== this.#around.self.name)
      .slice(0, OWN_LINES - 1)
      .map((each, index) => ({ type: "roster", position: positionOf(seq, index + 1), at, devices: 0, ...each }))
  }

  /**
   * For a device that has lost the room and is in again: the line that says so, after the last entry that it had handled.
   * None if there is one already, or if this is the first time; but with `missed` always, after that entry: this device was
   * added to the room and could not read it from there on.
   */
  async #explanation(missed: number | undefined): Promise<readonly ItemRecord[]> {
    if (this.#place === BEGINNING && missed === undefined) return []
    const position = positionOf(missed ?? this.#place.cursor, OWN_LINES)
    if ((await this.#around.vault.get(itemPrefix(this.#room) + position)) !== undefined) return []
    const at = this.#around.platform.now()
    return [{ type: "problem", position, at, problem: "rejoined", name: null }]
  }
}

const namesIn = (group: Group): AccountName[] => peopleOf(group.members()).map(({ name }) => name)

const isSame = (a: AboutRecord, b: AboutRecord): boolean => JSON.stringify(a) === JSON.stringify(b)

async function readGroup(room: RoomId, { vault, identity }: Surroundings): Promise<Group | undefined> {
  try {
    const stored = await vault.get(groupKey(room))
    return stored === undefined ? undefined : decodeGroup(identity, stored)
  } catch (error) {
    if (error instanceof DamagedRecord || error instanceof Refusal) return undefined
    throw error
  }
}
