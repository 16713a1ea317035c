/**
 * The devices of an account: which there are, and the end of one. The end is for good: its session and its socket close, its
 * KeyPackages go, its id never logs in again, and a statement that its account key signed makes the members of its rooms
 * remove it. The server checks whom a statement is about; whether it is signed is for those who act on it.
 */

import type { AnswerOf, BodyOf } from "../shared/api.ts"
import { sameBytes } from "../shared/bytes.ts"
import { UserError } from "../shared/errors.ts"
import type { DeviceId } from "../shared/ids.ts"
import { expired, SESSION_COOKIE } from "./cookies.ts"
import type { Entered } from "./entrance.ts"
import type { Session } from "./session.ts"
import { readStatement } from "./statement.ts"
import type { Store } from "./store/index.ts"

export interface DevicesOptions {
  readonly store: Store
  readonly now: () => number
  readonly onSessionEnded: (device: DeviceId) => void
  readonly onRetired: (device: DeviceId, statement: Uint8Array<ArrayBuffer>) => Promise<void>
}

export class Devices {
  readonly #options: DevicesOptions

  constructor(options: DevicesOptions) {
    this.#options = options
  }

  /** The devices of an account that have not ended, the one seen last first. */
  async list({ account }: Session): Promise<AnswerOf<"devices">> {
    return { devices: await this.#options.store.devices.list(account.id) }
  }

  /**
   * Ends a device of the account, which may be the one that asks; the same again is answered the same. Throws UserError
   * `bad_request` for a statement about something else, `not_found` for a device that is not the account's.
   */
  async retire(session: Session, { device, statement }: BodyOf<"retire">): Promise<Entered<AnswerOf<"retire">>> {
    const { store, now, onSessionEnded, onRetired } = this.#options
    const said = readStatement(statement)
    const account = await store.accounts.find(session.account.name)
    const fits = account !== undefined && sameBytes(account.accountKey, said.accountKey)
    if (said.scope !== "device" || said.device !== device || !fits) throw new UserError("bad_request")
    await store.devices.retire(session.account.id, device, statement, now())
    onSessionEnded(device)
    await onRetired(device, statement)
    return { answer: {}, cookies: device === session.device ? [expired(SESSION_COOKIE)] : [] }
  }

  /** When accounts were here last, in the order in which they were asked for. */
  async lastSeen({ accounts }: BodyOf<"lastSeen">): Promise<AnswerOf<"lastSeen">> {
    const found = await this.#options.store.devices.lastSeen(accounts)
    return { accounts: accounts.map((account) => ({ account, at: found.get(account) ?? null })) }
  }
}
