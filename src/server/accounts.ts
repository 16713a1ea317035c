/**
 * Sign-up, log-in, log-out (DESIGN section 7). The password never comes here: the browser sends a proof derived from it
 * and its account key wrapped under a second derivation. A log-in tells nobody whether a name exists: an unknown name
 * gets a salt made by HMAC, and everything else alike is entrance.ts. (A sign-up must say that a name is taken; its rate
 * is limited.)
 */

import type { AnswerOf, BodyOf } from "../shared/api.ts"
import { UserError } from "../shared/errors.ts"
import type { AccountName, DeviceId } from "../shared/ids.ts"
import { LIMITS } from "../shared/limits.ts"
import { expired, SESSION_COOKIE, tokenHashIn } from "./cookies.ts"
import { Devices } from "./devices.ts"
import { type Entered, Entrance, type Visitor } from "./entrance.ts"
import { type Guessing, networkOf } from "./guessing.ts"
import { open, type Passwords } from "./passwords.ts"
import type { RateLimiter } from "./rate-limit.ts"
import { passwordRecord, Recovery, recoveryRecord } from "./recovery.ts"
import { Reset } from "./reset.ts"
import type { Secrets } from "./secret.ts"
import type { Session } from "./session.ts"
import type { Store } from "./store/index.ts"

export interface AccountsOptions {
  readonly store: Store
  readonly passwords: Passwords
  readonly guessing: Guessing
  readonly limiter: RateLimiter
  readonly secrets: Secrets
  readonly registration: "open" | "closed"
  readonly now: () => number
  /** Called when a device's session has ended, or has been replaced by a new one. */
  readonly onSessionEnded: (device: DeviceId) => void
  /** Called when a device has ended for good, with the statement that its rooms are to hear. */
  readonly onRetired: (device: DeviceId, statement: Uint8Array<ArrayBuffer>) => Promise<void>
}

export class Accounts {
  readonly recovery: Recovery
  readonly reset: Reset
  readonly devices: Devices
  readonly #options: AccountsOptions
  readonly #entrance: Entrance

  constructor(options: AccountsOptions) {
    this.#options = options
    this.#entrance = new Entrance(options)
    this.recovery = new Recovery(options, this.#entrance)
    this.reset = new Reset(options, this.#entrance)
    this.devices = new Devices(options)
  }

  /** The salt and cost of a name, known or not. */
  async salt(name: AccountName): Promise<AnswerOf<"salt">> {
    const { store, secrets } = this.#options
    // Made in both cases, so that both take the same time.
    const madeUp = secrets.saltFor(name)
    const account = await store.accounts.find(name)
    if (account === undefined) return { salt: madeUp, iterations: LIMITS.kdfIterationsMin }
    return { salt: new Uint8Array(account.salt), iterations: account.iterations }
  }

  /** Throws UserError `registration_closed`, `rate_limited`, `name_taken`, `device_taken`, `busy`. */
  async signUp(body: BodyOf<"signUp">, { address }: Visitor): Promise<Entered<AnswerOf<"signUp">>> {
    const { store, passwords, limiter, registration, now } = this.#options
    if (registration === "closed") throw new UserError("registration_closed")
    const network = networkOf(address)
    const seconds = limiter.take("sign-ups", network)
    if (seconds > 0) throw new UserError("rate_limited", { seconds })
    if ((await store.accounts.find(body.name)) !== undefined) throw new UserError("name_taken")
    // Asked before the account exists: afterwards its name would be taken by an account that nobody could use.
    if (await store.devices.has(body.device)) throw new UserError("device_taken")
    const password = passwordRecord(body, await passwords.hash(body.auth, network))
    const record = { ...password, ...recoveryRecord(body), accountKey: body.accountKey }
    const account = await store.accounts.create(body.name, record, now())
    const cookies = await this.#entrance.enter(account, body, false)
    return { answer: { name: body.name, device: body.device }, cookies }
  }

  /** Throws UserError `rate_limited`, `wrong_credentials`, `busy`, and as Entrance.enter does. */
  async logIn(body: BodyOf<"logIn">, visitor: Visitor): Promise<Entered<AnswerOf<"logIn">>> {
    const { account, isKnown, proof } = await this.#entrance.prove(body.name, visitor, (stored, network) =>
      this.#options.passwords.check(body.auth, stored, network),
    )
    const accountKey = new Uint8Array(account.accountKey)
    const wrappedKey = open(proof, account.wrappedKey)
    const cookies = await this.#entrance.enter(account.id, body, isKnown)
    return { answer: { name: body.name, device: body.device, accountKey, wrappedKey }, cookies }
  }

  async logOut(session: Session, cookies: string | undefined): Promise<Entered<AnswerOf<"logOut">>> {
    const token = tokenHashIn(cookies, SESSION_COOKIE)
    if (token !== undefined) await this.#options.store.sessions.end(token)
    this.#options.onSessionEnded(session.device)
    return { answer: {}, cookies: [expired(SESSION_COOKIE)] }
  }

  /** Whose session the cookies hold. */
  async findSession(cookies: string | undefined): Promise<Session | undefined> {
    const token = tokenHashIn(cookies, SESSION_COOKIE)
    return token === undefined ? undefined : this.#options.store.sessions.find(token, this.#options.now())
  }
}
