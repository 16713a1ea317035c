/** What a person has set on this device; stored in the vault, and the same for all rooms. */
import {
  type EmojiRecord,
  MUTED_MAX,
  PANE_WIDTHS,
  RECENT_EMOJI_MAX,
  readRecord,
  SETTINGS,
  type SettingsRecord,
  settingsRecord,
  writeRecord,
} from "./records.ts"
import type { SealedVault } from "./sealed-vault.ts"
import { Serial } from "./serial.ts"
import type { RoomId } from "./types.ts"

const PRESET: SettingsRecord = { tellsRead: true }
const NO_EMOJI: EmojiRecord = { recent: [], tone: 0 }

export class Settings {
  readonly #vault: SealedVault
  readonly #changes = new Serial()
  #values: SettingsRecord

  private constructor(vault: SealedVault, values: SettingsRecord) {
    this.#vault = vault
    this.#values = values
  }

  static async load(vault: SealedVault): Promise<Settings> {
    const stored = await vault.get(SETTINGS)
    return new Settings(vault, stored === undefined ? PRESET : readRecord(settingsRecord, stored))
  }

  /** Whether others hear what this person has seen. */
  get tellsRead(): boolean {
    return this.#values.tellsRead
  }

  /** The emoji that were used last, newest first and without their skin tone, and the tone that was chosen. */
  get emoji(): EmojiRecord {
    return this.#values.emoji ?? NO_EMOJI
  }

  /** Whether the system tells of new messages while nobody looks. */
  get notifies(): boolean {
    return this.#values.notifies ?? false
  }

  /** Whether it shows what they say, to whoever sees the screen. */
  get showsWords(): boolean {
    return this.#values.showsWords ?? false
  }

  get sounds(): boolean {
    return this.#values.sounds ?? false
  }

  /** Whether Enter sends and Shift+Enter breaks the line, or the other way round. */
  get enterSends(): boolean {
    return this.#values.enterSends ?? true
  }

  /** Whether a chat is not told of. */
  isMuted(room: RoomId): boolean {
    return this.#values.muted?.includes(room) ?? false
  }

  /** Of more than MUTED_MAX chats the one that was muted first is told of again. */
  mute(room: RoomId, on: boolean): Promise<void> {
    return this.#change(() => {
      const others = (this.#values.muted ?? []).filter((each) => each !== room)
      return { muted: on ? [...others, room].slice(-MUTED_MAX) : others }
    })
  }

  /** Whether this person wants to write with the editor; undefined: never said. */
  get formats(): boolean | undefined {
    return this.#values.formats
  }

  /** Pixels that the list of chats is wide; undefined until the person has made it so. */
  get listWidth(): number | undefined {
    return this.#values.listWidth
  }

  /** The same of a chat's details. */
  get detailsWidth(): number | undefined {
    return this.#values.detailsWidth
  }

  /** Changes what is given. Throws what the storage throws; nothing has changed then. */
  change(change: Partial<SettingsRecord>): Promise<void> {
    return this.#change(() => change)
  }

  /** Remembers that an emoji was used. Which ones were is a hint at what was said, so that it is stored sealed only. */
  usedEmoji(emoji: string): Promise<void> {
    return this.#change(() => {
      const recent = [emoji, ...this.emoji.recent.filter((each) => each !== emoji)].slice(0, RECENT_EMOJI_MAX)
      return { emoji: { ...this.emoji, recent } }
    })
  }

  setTone(tone: EmojiRecord["tone"]): Promise<void> {
    return this.#change(() => ({ emoji: { ...this.emoji, tone } }))
  }

  /** One after another, so that no change undoes one that is still being stored. */
  #change(make: () => Partial<SettingsRecord>): Promise<void> {
    return this.#changes.run(async () => {
      const values = { ...this.#values, ...make() }
      await this.#vault.write([{ key: SETTINGS, value: writeRecord(settingsRecord, values) }])
      this.#values = values
    })
  }
}

export { PANE_WIDTHS }
