/** What a person has set on this device; stored in the vault, and the same for all rooms. */
import { readRecord, SETTINGS, type SettingsRecord, settingsRecord, writeRecord } from "./records.ts"
import type { SealedVault } from "./sealed-vault.ts"

const PRESET: SettingsRecord = { tellsRead: true }

export class Settings {
  readonly #vault: SealedVault
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

  /** Changes what is given. Throws what the storage throws; nothing has changed then. */
  async change(change: Partial<SettingsRecord>): Promise<void> {
    const values = { ...this.#values, ...change }
    await this.#vault.write([{ key: SETTINGS, value: writeRecord(settingsRecord, values) }])
    this.#values = values
  }
}
