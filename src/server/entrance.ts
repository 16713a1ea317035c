/**
 * How somebody gets in: a proof that is checked, then the session of a device and its cookies. Every kind of proof (a
 * password, a recovery code, a reset code) goes through the same steps: one question for the account, one for the
 * browser, the same counters of guesses, and a check that costs one scrypt run whether or not the name exists. So the
 * kinds cannot be played off against one another, and none of them tells whether a name exists.
 */
import { toHex } from "../shared/bytes.ts"
import { UserError } from "../shared/errors.ts"
import type { AccountName, DeviceId } from "../shared/ids.ts"
import { LIMITS } from "../shared/limits.ts"
import { BROWSER_COOKIE, newToken, SESSION_COOKIE, tokenHashIn } from "./cookies.ts"
import { type Guessing, networkOf } from "./guessing.ts"
import type { StoredAccount } from "./store/accounts.ts"
import type { Store } from "./store/index.ts"

export interface EntranceOptions {
  readonly store: Store
  readonly guessing: Guessing
  readonly now: () => number
  /** Called when a device's session has ended, or has been replaced by a new one. */
  readonly onSessionEnded: (device: DeviceId) => void
}

export interface Visitor {
  readonly address: string
  readonly cookies: string | undefined
}

/** A device that logs in. */
export interface EnteringDevice {
  readonly device: DeviceId
  readonly deviceName: string
}

/** An answer, with the cookies that it sets. */
export type Entered<A> = { readonly answer: A; readonly cookies: readonly string[] }

export interface Proved<T> {
  readonly account: StoredAccount
  /** This browser has logged in to the account before. */
  readonly isKnown: boolean
  readonly proof: T
}

/** Checks a proof: resolves to undefined when it is wrong. Must cost the same for an account that does not exist. */
export type Check<T> = (account: StoredAccount | undefined, network: string) => Promise<T | undefined>

export class Entrance {
  readonly #options: EntranceOptions

  constructor(options: EntranceOptions) {
    this.#options = options
  }

  /** Throws UserError `rate_limited`, `wrong_credentials`, or what the check throws. */
  async prove<T>(name: AccountName, { address, cookies }: Visitor, check: Check<T>): Promise<Proved<T>> {
    const { store, guessing, now } = this.#options
    const account = await store.accounts.find(name)
    const browser = tokenHashIn(cookies, BROWSER_COOKIE)
    const isKnown = browser !== undefined && (await store.accounts.knowsBrowser(browser, account?.id ?? 0, now()))
    const attempt = { account: name, address, browser: isKnown ? toHex(browser) : undefined }
    const seconds = guessing.wait(attempt)
    if (seconds > 0) throw new UserError("rate_limited", { seconds })
    const begun = guessing.begin(attempt)
    const proof = await check(account, networkOf(address)).catch((error: unknown) => {
      begun.takeBack()
      throw error
    })
    if (account === undefined || proof === undefined) {
      begun.failed()
      throw new UserError("wrong_credentials")
    }
    begun.takeBack()
    return { account, isKnown, proof }
  }

  /**
   * Starts the session of a device; gives its cookies, with one for a browser that is new to the account. Throws UserError
   * `device_taken`, `device_retired`, `too_many_devices`.
   */
  async enter(account: number, { device, deviceName }: EnteringDevice, isKnown: boolean): Promise<string[]> {
    const { store, now, onSessionEnded } = this.#options
    await store.devices.use(account, device, deviceName, now())
    const { hash, cookie } = newToken(SESSION_COOKIE, LIMITS.sessionFor)
    await store.sessions.start(hash, account, device, now())
    onSessionEnded(device)
    return isKnown ? [cookie] : [cookie, await this.#remember(account)]
  }

  /** Makes this browser one that has logged in to the account before; gives its cookie. */
  async #remember(account: number): Promise<string> {
    const { store, now } = this.#options
    const { hash, cookie } = newToken(BROWSER_COOKIE, LIMITS.browserFor)
    await store.accounts.rememberBrowser(hash, account, now())
    return cookie
  }
}
