/**
 * A new password, and a new recovery code, for the account that is logged in. Both wrap the account key anew and leave it as
 * it is: the vault's key comes from it, so history stays readable, and nobody else notices. When the server takes the
 * change and its answer is lost (`unreachable`), the new one holds already: try again, with it or with the one before.
 */
import { API } from "../../shared/api.ts"
import { currentKeys, newPassword, newRecoveryCode } from "./account-keys.ts"
import { call } from "./api.ts"
import { ownDevice } from "./own-device.ts"
import type { Platform } from "./platform.ts"

/**
 * Sets another password; all other devices of the account have to log in again. Throws ClientError `locked`,
 * `wrong_credentials`, `rate_limited` (with seconds), `weak_kdf`, `busy`, `unreachable`.
 */
export async function changePassword(
  platform: Platform,
  { current, next }: { readonly current: string; readonly next: string },
): Promise<void> {
  const { name, accountKeyPair } = await ownDevice(platform)
  const { auth: currentAuth } = await currentKeys(platform, name, current)
  const password = await newPassword(platform, name, next, accountKeyPair.privateKey)
  await call(platform, API.password, { body: { currentAuth, ...password } })
}

/** Replaces the recovery code: the one before opens nothing any more. Throws ClientError as `changePassword` does. */
export async function makeRecoveryCode(
  platform: Platform,
  { password }: { readonly password: string },
): Promise<{ readonly recoveryCode: string }> {
  const { name, accountKeyPair } = await ownDevice(platform)
  const { auth: currentAuth } = await currentKeys(platform, name, password)
  const { recoveryCode, stored } = await newRecoveryCode(platform, name, accountKeyPair.privateKey)
  await call(platform, API.recoveryCode, { body: { currentAuth, ...stored } })
  return { recoveryCode }
}
