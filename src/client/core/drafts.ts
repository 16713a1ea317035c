/**
 * What is being written and was not sent, a text for each room. It lives in the vault, sealed like everything there, and
 * nowhere else: never in the browser's own storage, never on the wire. The newest text is in memory; it is stored after a
 * short pause, and at once when somebody asks (a page that is left) or the chat ends (another tab takes over). So what a
 * crash can cost is a second of typing.
 */
import { wellFormed } from "./content.ts"
import { DRAFT_MAX, draftKey, draftRecord, readRecord, writeRecord } from "./records.ts"
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
  readonly #changed = new Map<RoomId, string>()
  #isWaiting = false

  constructor(vault: SealedVault, delay: (milliseconds: number) => Promise<void>) {
    this.#vault = vault
    this.#delay = delay
  }

  /** The draft of a room; "" when there is none, or none that can be read. */
  async get(room: RoomId): Promise<string> {
    const changed = this.#changed.get(room)
    if (changed !== undefined) return changed
    try {
      const stored = await this.#vault.get(draftKey(room))
      return stored === undefined ? "" : readRecord(draftRecord, stored).text
    } catch {
      return ""
    }
  }

  /** Takes the newest text of a room; what is past DRAFT_MAX characters is not kept. */
  set(room: RoomId, text: string): void {
    this.#changed.set(room, wellFormed(text.slice(0, DRAFT_MAX)))
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
    for (const [room, text] of written) if (this.#changed.get(room) === text) this.#changed.delete(room)
  }
}

function changeOf([room, text]: readonly [RoomId, string]): RecordChange {
  return { key: draftKey(room), value: text === "" ? undefined : writeRecord(draftRecord, { text }) }
}
