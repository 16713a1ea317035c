/**
 * What is being written and was not sent, for each room a text and perhaps its form. It lives in the vault, sealed like everything there, and
 * nowhere else: never in the browser's own storage, never on the wire. The newest text is in memory; it is stored after a
 * short pause, and at once when somebody asks (a page that is left) or the chat ends (another tab takes over). So what a
 * crash can cost is a second of typing.
 */
import { wellFormed } from "./content.ts"
import { DRAFT_MAX, draftKey, draftRecord, readRecord, writeRecord } from "./records.ts"
import { NOTHING_WRITTEN, type Written } from "./rich-text.ts"
import type { RecordChange, SealedVault } from "./sealed-vault.ts"
import { Serial } from "./serial.ts"
import type { RoomId } from "./types.ts"

/** Milliseconds between a change and its writing: one write for many keys. */
const PAUSE = 500

export class Drafts {
  readonly #vault: SealedVault
  readonly #delay: (milliseconds: number) => Promise<void>
  readonly #serial = new Serial()
  /** Texts that are newer than what is stored. */
  readonly #changed = new Map<RoomId, Written>()
  #isWaiting = false

  constructor(vault: SealedVault, delay: (milliseconds: number) => Promise<void>) {
    this.#vault = vault
    this.#delay = delay
  }

  /** The draft of a room; NOTHING_WRITTEN when there is none, or none that can be read. */
  async get(room: RoomId): Promise<Written> {
    const changed = this.#changed.get(room)
    if (changed !== undefined) return changed
    try {
      const stored = await this.#vault.get(draftKey(room))
      if (stored === undefined) return NOTHING_WRITTEN
      const { text, doc } = readRecord(draftRecord, stored)
      return { text, doc }
    } catch {
      return NOTHING_WRITTEN
    }
  }

  /** Takes what is newest in a room; text past DRAFT_MAX characters is not kept. */
  set(room: RoomId, { text, doc }: Written): void {
    this.#changed.set(room, { text: wellFormed(text.slice(0, DRAFT_MAX)), doc })
    if (!this.#isWaiting) void this.#keepSoon()
  }

  /** Stores what is newer than what is stored. Never rejects: a draft that can't be stored is still where it is written. */
  async keep(): Promise<void> {
    await this.#serial.run(() => this.#write()).catch(() => undefined)
  }

  async #keepSoon(): Promise<void> {
    this.#isWaiting = true
    await this.#delay(PAUSE)
    this.#isWaiting = false
    await this.keep()
  }

  async #write(): Promise<void> {
    const written = new Map(this.#changed)
    if (written.size === 0) return
    await this.#vault.write([...written].map(changeOf))
    for (const [room, draft] of written) if (this.#changed.get(room) === draft) this.#changed.delete(room)
  }
}

function changeOf([room, { text, doc }]: readonly [RoomId, Written]): RecordChange {
  const draft = doc === undefined ? { text } : { text, doc }
  return { key: draftKey(room), value: text === "" ? undefined : writeRecord(draftRecord, draft) }
}
