/** What a room uses of the chat that it belongs to. */
import type { ClientMessage } from "../../shared/protocol.ts"
import type { DeviceContent } from "./history-transfer.ts"
import type { Identity } from "./mls/index.ts"
import type { Pins } from "./pins.ts"
import type { Platform } from "./platform.ts"
import type { SealedVault } from "./sealed-vault.ts"
import type { Settings } from "./settings.ts"
import type { AccountName, ChatEvents, DeviceId, MessageId, RoomId } from "./types.ts"

export interface Self {
  readonly name: AccountName
  readonly device: DeviceId
  readonly accountKey: Uint8Array<ArrayBuffer>
}

export interface Surroundings {
  readonly platform: Platform
  readonly vault: SealedVault
  readonly identity: Identity
  readonly self: Self
  readonly pins: Pins
  readonly settings: Settings
  readonly newId: () => MessageId
  readonly emit: <K extends keyof ChatEvents>(name: K, payload: ChatEvents[K]) => void
  /** Sends a message; false when there is no connection. */
  readonly send: (message: ClientMessage) => boolean
  readonly isOnline: () => boolean
  /** Aborted when this tab gives the state up: nothing is stored any more. */
  readonly stop: AbortSignal
  /** Runs what nobody waits for. When it fails, the chat ends: its state in memory is not to be trusted. */
  readonly background: (work: Promise<unknown>) => void
  /** The room in which the devices of this account talk to one another (history-transfer.ts). */
  readonly deviceRoom: RoomId
  /** Takes what one of them said; resolves when it is stored. */
  readonly heard: (from: DeviceId, content: DeviceContent) => Promise<void>
  /** Whether a room may be entered now: the general room at any time, others once the keys of people are known from it. */
  readonly mayEnter: (room: RoomId) => boolean
  /** This device is in a room now. */
  readonly entered: (room: RoomId) => void
  /** Makes a new connection, which resumes where the rooms stand. */
  readonly restart: () => void
}
