/**
 * Sign-up, log-in, log-out (DESIGN section 7). The password never comes here: the browser sends a proof derived from it
 * and its account key wrapped under a second derivation. A log-in tells nobody whether a name exists: an unknown name
 * gets a salt made by HMAC, costs one scrypt run like a known one, waits for guesses like a known one, and is answered
 * with the same words. (A sign-up must say that a name is taken; its rate is limited.)
 */
import { createHash } from "node:crypto"
import { toHex } from "../shared/bytes.ts"
import { UserError } from "../shared/errors.ts"
import type { AccountName, DeviceId } from "../shared/ids.ts"
import { LIMITS } from "../shared/limits.ts"
import type { AnswerOf, BodyOf } from "../shared/protocol.ts"
import { BROWSER_COOKIE, expired, newToken, SESSION_COOKIE, tokenHashIn } from "./cookies.ts"
import { type Guessing, networkOf } from "./guessing.ts"
import { open, type Passwords, seal } from "./passwords.ts"
import type { RateLimiter } from "./rate-limit.ts"
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
}

interface Visitor {
  readonly address: string
  readonly cookies: string | undefined
}

interface EnteringDevice {
  readonly device: DeviceId
  readonly deviceName: string
}

type Entered<A> = { readonly answer: A; readonly cookies: readonly string[] }

export class Accounts {
  readonly #options: AccountsOptions

  constructor(options: AccountsOptions) {
    this.#options = options
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
    const { sealingKey, ...verifier } = await passwords.hash(body.auth, network)
    const record = {
      ...verifier,
      accountKey: body.accountKey,
      salt: body.salt,
      iterations: body.iterations,
      wrappedKey: seal(sealingKey, body.wrappedKey),
      recoveryVerifier: createHash("sha256").update(body.recoveryAuth).digest(),
      recoveryWrappedKey: body.recoveryWrappedKey,
    }
    const account = await store.accounts.create(body.name, record, now())
    const session = await this.#enter(account, body)
    const cookies = [session, await this.#remember(account)]
    return { answer: { name: body.name, device: body.device }, cookies }
  }

  /** Throws UserError `rate_limited`, `wrong_credentials`, `device_taken`, `device_retired`, `too_many_devices`, `busy`. */
  async logIn(body: BodyOf<"logIn">, { address, cookies }: Visitor): Promise<Entered<AnswerOf<"logIn">>> {
    const { store, passwords, guessing, now } = this.#options
    const account = await store.accounts.find(body.name)
    const browser = tokenHashIn(cookies, BROWSER_COOKIE)
    const known = browser !== undefined && (await store.accounts.knowsBrowser(browser, account?.id ?? 0, now()))
    const attempt = { account: body.name, address, browser: known ? toHex(browser) : undefined }
    const seconds = guessing.wait(attempt)
    if (seconds > 0) throw new UserError("rate_limited", { seconds })
    const begun = guessing.begin(attempt)
    const sealingKey = await passwords.check(body.auth, account, networkOf(address)).catch((error: unknown) => {
      begun.takeBack()
      throw error
    })
    if (account === undefined || sealingKey === undefined) {
      begun.failed()
      throw new UserError("wrong_credentials")
    }
    begun.takeBack()
    const accountKey = new Uint8Array(account.accountKey)
    const wrappedKey = open(sealingKey, account.wrappedKey)
    const session = await this.#enter(account.id, body)
    const entered = known ? [session] : [session, await this.#remember(account.id)]
    return { answer: { name: body.name, device: body.device, accountKey, wrappedKey }, cookies: entered }
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

  /** Starts the session of a device; gives its cookie. */
  async #enter(account: number, { device, deviceName }: EnteringDevice): Promise<string> {
    const { store, now, onSessionEnded } = this.#options
    await store.devices.use(account, device, deviceName, now())
    const { hash, cookie } = newToken(SESSION_COOKIE, LIMITS.sessionFor)
    await store.sessions.start(hash, account, device, now())
    onSessionEnded(device)
    return cookie
  }

  /** Makes this browser one that has logged in to the account before; gives its cookie. */
  async #remember(account: number): Promise<string> {
    const { store, now } = this.#options
    const { hash, cookie } = newToken(BROWSER_COOKIE, LIMITS.browserFor)
    await store.accounts.rememberBrowser(hash, account, now())
    return cookie
  }
}
