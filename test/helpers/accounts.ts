/**
 * The accounts of a server without the server: a real store in a temporary folder, a clock that moves when told, and a
 * scrypt that is quick and counted. What is asked of the store is written down by name.
 */
import { createHash, randomBytes } from "node:crypto"
import { Accounts } from "../../src/server/accounts.ts"
import { type Config, readConfig } from "../../src/server/config.ts"
import { Guessing } from "../../src/server/guessing.ts"
import { Passwords } from "../../src/server/passwords.ts"
import { RateLimiter } from "../../src/server/rate-limit.ts"
import { openSecrets } from "../../src/server/secret.ts"
import { openStore, type Store } from "../../src/server/store/index.ts"
import type { BodyOf } from "../../src/shared/api.ts"
import { toBase64Url } from "../../src/shared/bytes.ts"
import { type AccountName, accountName, type DeviceId, deviceId } from "../../src/shared/ids.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { quickScrypt } from "./quick-passwords.ts"
import { type Owner, temporaryFolder } from "./temp.ts"

export const ADDRESS = "192.0.2.1"

export const named = (name: string): AccountName => accountName.parse(name, "name")
export const newDevice = (): DeviceId => deviceId.parse(toBase64Url(randomBytes(LIMITS.idLength)), "device")

/** The proof of a password, without the half million rounds that a browser makes. */
export const authOf = (password: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(createHash("sha256").update(password).digest())

/** What a browser sends to sign up. */
export function signUpBody(name: string, changes: Partial<BodyOf<"signUp">> = {}): BodyOf<"signUp"> {
  const random = (length: number) => new Uint8Array(randomBytes(length))
  return {
    ...{ name: named(name), salt: random(LIMITS.kdfSaltLength), iterations: LIMITS.kdfIterationsMin },
    ...{ auth: authOf("right"), accountKey: random(32), wrappedKey: random(112) },
    ...{ recoveryAuth: random(32), recoveryWrappedKey: random(112) },
    ...{ device: newDevice(), deviceName: "Test" },
    ...changes,
  }
}

/** The Cookie header of a browser that got these Set-Cookie values. */
export const cookieHeader = (cookies: readonly string[]): string =>
  cookies.map((each) => each.split(";", 1)[0] ?? "").join("; ")

export async function startAccounts(owner: Owner, settings: Readonly<Record<string, string>> = {}) {
  const dir = await temporaryFolder(owner)
  const store = await openStore({ dir })
  owner.after(() => store.close())
  const config: Config = readConfig({ LIMIT_SIGN_UPS: "9999, 9999/s", ...settings })
  let time = Date.UTC(2026, 0, 1)
  const now = () => time
  const asked: string[] = []
  const ended: DeviceId[] = []
  const passwords = new Passwords(async (secret, salt, length, cost) => {
    asked.push(`scrypt ${cost.N}`)
    return quickScrypt(secret, salt, length, cost)
  })
  const rates = {
    ...{ messages: config.LIMIT_MESSAGES, typing: config.LIMIT_TYPING },
    ...{ commits: config.LIMIT_COMMITS, claims: config.LIMIT_CLAIMS, "sign-ups": config.LIMIT_SIGN_UPS },
  }
  const secrets = await openSecrets(dir, config.SECRET_KEY)
  const retired: { readonly device: DeviceId; readonly statement: Uint8Array }[] = []
  const accounts = new Accounts({
    ...{ store: written(store, asked), passwords, now },
    guessing: new Guessing(now),
    limiter: new RateLimiter(rates, now),
    secrets,
    registration: config.REGISTRATION,
    onSessionEnded: (device) => ended.push(device),
    onRetired: async (device, statement) => {
      retired.push({ device, statement })
    },
  })
  return {
    ...{ accounts, store, dir, asked, ended, retired, secrets, now },
    pass: (milliseconds: number) => {
      time += milliseconds
    },
    /** Signs somebody up whose password is "right". */
    async signUp(name: string, changes: Partial<BodyOf<"signUp">> = {}, address = ADDRESS) {
      const body = signUpBody(name, changes)
      const { cookies } = await accounts.signUp(body, { address, cookies: undefined })
      return { ...body, cookies: cookieHeader(cookies) }
    },
    logIn(name: string, password: string, more: { address?: string; cookies?: string; device?: DeviceId } = {}) {
      const { address = ADDRESS, cookies, device = newDevice() } = more
      return accounts.logIn(
        { name: named(name), auth: authOf(password), device, deviceName: "Test" },
        { address, cookies },
      )
    },
  }
}

/** The same store; each question about accounts and sessions is written down before it is asked. */
function written(store: Store, asked: string[]): Store {
  const noting = <T extends object>(queries: T): T =>
    new Proxy(queries, {
      get(target, name, receiver) {
        asked.push(String(name))
        return Reflect.get(target, name, receiver)
      },
    })
  return {
    ...store,
    accounts: noting(store.accounts),
    devices: noting(store.devices),
    sessions: noting(store.sessions),
  }
}
