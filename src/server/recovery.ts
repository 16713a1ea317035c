/**
 * A new password, by the one before or by the recovery code, and a new recovery code. The account key stays the same, so
 * nobody else notices: the browser wraps it anew, and what was wrapped under the old password is overwritten. A new
 * password ends the sessions of all other devices, in case the old one was known to somebody else.
 *
 * What somebody could try: guessing at these doors instead of the log-in (entrance.ts counts all of them together), asking
 * whether a name exists (a wrong recovery code costs what a wrong password costs, and hears the same), changing a
 * password at a browser that was left open (that takes the password).
 */
import { createHash, timingSafeEqual } from "node:crypto"
import type { AnswerOf, BodyOf } from "../shared/api.ts"
import type { DeviceId } from "../shared/ids.ts"
import type { Entered, Entrance, Visitor } from "./entrance.ts"
import { type Passwords, type SealingKey, seal, type Verifier } from "./passwords.ts"
import type { Session } from "./session.ts"
import type { AccountRecord, PasswordRecord, RecoveryRecord } from "./store/accounts.ts"
import type { Store } from "./store/index.ts"

export interface RecoveryOptions {
  readonly store: Store
  readonly passwords: Passwords
  readonly onSessionEnded: (device: DeviceId) => void
}

export class Recovery {
  readonly #options: RecoveryOptions
  readonly #entrance: Entrance

  constructor(options: RecoveryOptions, entrance: Entrance) {
    this.#options = options
    this.#entrance = entrance
  }

  /** Sets another password. Throws UserError `wrong_credentials`, `rate_limited`, `busy`. */
  async changePassword(session: Session, body: BodyOf<"password">, visitor: Visitor): Promise<AnswerOf<"password">> {
    const { passwords } = this.#options
    const { account, proof } = await this.#entrance.prove(session.account.name, visitor, async (stored, network) => {
      const isRight = (await passwords.check(body.currentAuth, stored, network)) !== undefined
      return isRight ? passwords.hash(body.auth, network) : undefined
    })
    await this.#setPassword(account.id, passwordRecord(body, proof), session.device)
    return {}
  }

  /** Replaces the recovery code. Throws UserError as `changePassword` does. */
  async changeCode(
    session: Session,
    body: BodyOf<"recoveryCode">,
    visitor: Visitor,
  ): Promise<AnswerOf<"recoveryCode">> {
    const { store, passwords } = this.#options
    const { account } = await this.#entrance.prove(session.account.name, visitor, (stored, network) =>
      passwords.check(body.currentAuth, stored, network),
    )
    await store.accounts.setRecovery(account.id, recoveryRecord(body))
    return {}
  }

  /** What a recovery code unlocks. Throws UserError `wrong_credentials`, `rate_limited`, `busy`. */
  async key({ name, recoveryAuth }: BodyOf<"recoveryKey">, visitor: Visitor): Promise<AnswerOf<"recoveryKey">> {
    const { account } = await this.#entrance.prove(name, visitor, async (stored, network) => {
      // A code needs no slow hash. The run is for the price: no cheaper guess, no faster answer than at the log-in.
      await this.#options.passwords.check(recoveryAuth, undefined, network)
      return isRecoveryProof(recoveryAuth, stored)
    })
    return {
      accountKey: new Uint8Array(account.accountKey),
      recoveryWrappedKey: new Uint8Array(account.recoveryWrappedKey),
    }
  }

  /** Sets a password by the recovery code, and logs a device in. Throws UserError as `key` and Entrance.enter do. */
  async recover(body: BodyOf<"recover">, visitor: Visitor): Promise<Entered<AnswerOf<"recover">>> {
    const { account, isKnown, proof } = await this.#entrance.prove(body.name, visitor, async (stored, network) => {
      const hashed = await this.#options.passwords.hash(body.auth, network)
      return isRecoveryProof(body.recoveryAuth, stored) === undefined ? undefined : hashed
    })
    const cookies = await this.#entrance.enter(account.id, body, isKnown)
    await this.#setPassword(account.id, passwordRecord(body, proof), body.device)
    return { answer: { name: body.name, device: body.device }, cookies }
  }

  async #setPassword(account: number, record: PasswordRecord, except: DeviceId): Promise<void> {
    const { store, onSessionEnded } = this.#options
    for (const device of await store.accounts.setPassword(account, record, except)) onSessionEnded(device)
  }
}

const hashOfProof = (recoveryAuth: Uint8Array): Buffer => createHash("sha256").update(recoveryAuth).digest()
/** What no proof hashes to, as far as is known: stands for an account that does not exist. */
const NOBODY = Buffer.alloc(32)

/** true or undefined, as Entrance.prove takes it. */
function isRecoveryProof(recoveryAuth: Uint8Array, account: AccountRecord | undefined): true | undefined {
  const matches = timingSafeEqual(hashOfProof(recoveryAuth), account?.recoveryVerifier ?? NOBODY)
  return matches ? true : undefined
}

type NewPassword = Pick<BodyOf<"password">, "salt" | "iterations" | "wrappedKey">

/** What is stored of a new password, from what its browser sent and its proof's scrypt run gave. */
export function passwordRecord(
  { salt, iterations, wrappedKey }: NewPassword,
  { sealingKey, ...verifier }: Verifier & { readonly sealingKey: SealingKey },
): PasswordRecord {
  return { ...verifier, salt, iterations, wrappedKey: seal(sealingKey, wrappedKey) }
}

/** What is stored of a new recovery code. */
export function recoveryRecord(
  body: Pick<BodyOf<"recoveryCode">, "recoveryAuth" | "recoveryWrappedKey">,
): RecoveryRecord {
  return { recoveryVerifier: hashOfProof(body.recoveryAuth), recoveryWrappedKey: body.recoveryWrappedKey }
}
