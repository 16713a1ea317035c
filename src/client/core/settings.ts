/** What a person has set on this device; stored in the vault, and the same for all rooms. */
import {
  type EmojiRecord,
  RECENT_EMOJI_MAX,
  readRecord,
  SETTINGS,
  type SettingsRecord,
  settingsRecord,
  writeRecord,
} from "./records.ts"
import type { SealedVault } from "./sealed-vault.ts"
import { Serial } from "./serial.ts"

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
