/**
 * Signing up, logging in and out (DESIGN section 7). The password stays here: the server gets a proof derived from it, and
 * the account key encrypted under another derivation. A server that lowers the cost of guessing, or that answers with
 * an account key that does not fit, is refused.
 *
 * What this leaves behind on the device is an open vault (own-device.ts). Nothing here knows rooms, so the sign-in page
 * stays small.
 */
import { API } from "../../shared/api.ts"
import { currentKeys, newPassword, newRecoveryCode, parseName, unwrap } from "./account-keys.ts"
import { call } from "./api.ts"
import { retireDevice } from "./devices.ts"
import { makeAccountKey } from "./mls/identity.ts"
import { askAsDevice, destroyVault, newDevice, ownDevice, settle } from "./own-device.ts"
import type { Platform } from "./platform.ts"
import { DamagedRecord } from "./sealed-vault.ts"
import { ClientError, type Credentials } from "./types.ts"

/**
 * Makes an account and logs in. Throws ClientError: `bad_name`, `name_taken`, `rate_limited`, `registration_closed`,
 * `busy`, `unreachable`. The recovery code is for the person to write down; it is stored nowhere.
 */
export async function signUp(platform: Platform, credentials: Credentials): Promise<{ readonly recoveryCode: string }> {
  const name = parseName(credentials.name)
  const accountKeyPair = await makeAccountKey()
  const { privateKey } = accountKeyPair
  const password = await newPassword(platform, name, credentials.password, privateKey)
  const { recoveryCode, stored } = await newRecoveryCode(platform, name, privateKey)
  const device = newDevice(platform)
  const accountKey = new Uint8Array(accountKeyPair.publicKey)
  await call(platform, API.signUp, {
    body: { name, ...password, accountKey, ...stored, device, deviceName: platform.deviceName },
  })
  // A vault under a name that was new to the server is left over from another server, and its key is gone.
  await destroyVault(platform, name)
  await settle(platform, { name, device, accountKeyPair })
  return { recoveryCode }
}

/**
 * Logs in. `wasRetired`: this device had been ended for good, so what it stored is gone and it starts anew. Throws
 * ClientError: `bad_name`, `wrong_credentials`, `rate_limited` (with seconds), `weak_kdf`, `wrong_key`,
 * `too_many_devices`, `busy`, `unreachable`.
 */
export async function logIn(platform: Platform, credentials: Credentials): Promise<{ readonly wasRetired: boolean }> {
  const name = parseName(credentials.name)
  const { auth, wrap } = await currentKeys(platform, name, credentials.password)
  const { deviceName } = platform
  const { device, answer, wasRetired } = await askAsDevice(platform, name, (device) =>
    call(platform, API.logIn, { body: { name, auth, device, deviceName } }),
  )
  const privateKey = await unwrap(wrap, answer.wrappedKey, name)
  await settle(platform, { name, device, accountKeyPair: { publicKey: answer.accountKey, privateKey } })
  return { wasRetired }
}

/** Ends the session. The vault stays, locked until the next log-in; without the server it is locked all the same. */
export async function logOut(platform: Platform): Promise<void> {
  await platform.keys.forget()
  await ignoringRefusal(call(platform, API.logOut, { body: {} }))
}

/**
 * Ends this device for good, and deletes everything that it stored of the account that is logged in. When the server can't
 * be reached the device stays in the account's list, from where another device can end it.
 */
export async function forget(platform: Platform): Promise<void> {
  const current = await platform.keys.current()
  if (current !== undefined) await ignoringRefusal(ownDevice(platform).then((own) => retireDevice(platform, own)))
  await logOut(platform)
  if (current !== undefined) await destroyVault(platform, current.account)
}

async function ignoringRefusal(asked: Promise<unknown>): Promise<void> {
  await asked.catch((error: unknown) => {
    if (!(error instanceof ClientError || error instanceof DamagedRecord)) throw error
  })
}
