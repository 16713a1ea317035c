/**
 * Account reset: for somebody who has lost both the password and the recovery code. With them the account key is gone, so
 * the account gets a new one, and with it a new password and a new recovery code; all its sessions and devices end. Members
 * of its rooms remove the old devices on notices, which this server signs with the key that the rooms' charters name: only
 * then may the new key bear the name there. Everybody who knew the old key is told that it has changed.
 *
 * What somebody could try: guessing a code (96 bits, counted like passwords), using one twice (the transaction looks), using
 * one for another name (the name is in it), telling by an answer whether a name exists (entrance.ts).
 */

import type { AnswerOf, BodyOf } from "../shared/api.ts"
import { sameBytes } from "../shared/bytes.ts"
import { UserError } from "../shared/errors.ts"
import type { DeviceId } from "../shared/ids.ts"
import type { Entered, Entrance, Visitor } from "./entrance.ts"
import type { Passwords } from "./passwords.ts"
import { passwordRecord, recoveryRecord } from "./recovery.ts"
import { checkResetCode } from "./reset-code.ts"
import type { Secrets } from "./secret.ts"
import type { Store } from "./store/index.ts"

export interface ResetOptions {
  readonly store: Store
  readonly passwords: Passwords
  readonly secrets: Secrets
  readonly now: () => number
  readonly onSessionEnded: (device: DeviceId) => void
  readonly onRetired: (device: DeviceId, statement: Uint8Array<ArrayBuffer>) => Promise<void>
}

export class Reset {
  readonly #options: ResetOptions
  readonly #entrance: Entrance

  constructor(options: ResetOptions, entrance: Entrance) {
    this.#options = options
    this.#entrance = entrance
  }

  /**
   * Throws UserError `wrong_credentials` (also for a code that is used or too old, and for a name that does not exist),
   * `rate_limited`, `busy`, `device_taken`, `bad_request` for an account key that is in use.
   */
  async run(body: BodyOf<"reset">, visitor: Visitor): Promise<Entered<AnswerOf<"reset">>> {
    const { store, passwords, secrets, now, onSessionEnded, onRetired } = this.#options
    const { account, proof } = await this.#entrance.prove(body.name, visitor, async (stored, network) => {
      const hashed = await passwords.hash(body.auth, network)
      const madeAt = checkResetCode(secrets, body.name, body.code, now())
      return madeAt === undefined || madeAt <= (stored?.resetAt ?? 0) ? undefined : { hashed, madeAt }
    })
    if (await store.devices.has(body.device)) throw new UserError("device_taken")
    if (sameBytes(account.accountKey, body.accountKey)) throw new UserError("bad_request")
    const { hashed, madeAt } = proof
    const record = { ...passwordRecord(body, hashed), ...recoveryRecord(body), accountKey: body.accountKey }
    const noticeFor = (device: DeviceId) => secrets.signNotice(device, account.accountKey)
    const ended = await store.accounts.reset(account.id, record, { madeAt, now: now(), noticeFor })
    if (ended === undefined) throw new UserError("wrong_credentials")
    for (const device of ended) onSessionEnded(device)
    for (const device of ended) await onRetired(device, noticeFor(device))
    const cookies = await this.#entrance.enter(account.id, body, false)
    return { answer: { name: body.name, device: body.device }, cookies }
  }
}
