/**
 * Getting in without the password. With the recovery code the account keeps its key: this device unwraps it, checks that it
 * is the one the server names, and wraps it under a new password. Without the code the key is gone: a reset code from the
 * person who runs the server lets this device make a new one, and everybody who knew the old one is told.
 */
import { API } from "../../shared/api.ts"
import { newPassword, newRecoveryCode, parseCode, parseName, unwrap } from "./account-keys.ts"
import { call } from "./api.ts"
import { keysFromRecoveryCode } from "./keys.ts"
import { makeAccountKey } from "./mls/identity.ts"
import { askAsDevice, destroyVault, identityOf, newDevice, settle } from "./own-device.ts"
import type { Platform } from "./platform.ts"

export interface CodeAndPassword {
  readonly name: string
  /** As the person typed it. */
  readonly code: string
  /** The new password. */
  readonly password: string
}

/**
 * Sets a password by the recovery code and logs in; the account key and the recovery code stay. Throws ClientError
 * `bad_name`, `bad_code` (copied wrongly), `wrong_credentials`, `rate_limited` (with seconds), `wrong_key`,
 * `too_many_devices`, `busy`, `unreachable`.
 */
export async function recover(
  platform: Platform,
  { name: typed, code, password }: CodeAndPassword,
): Promise<{ readonly wasRetired: boolean }> {
  const name = parseName(typed)
  const { auth: recoveryAuth, wrap } = await keysFromRecoveryCode(await parseCode(code))
  const { accountKey, recoveryWrappedKey } = await call(platform, API.recoveryKey, { body: { name, recoveryAuth } })
  const privateKey = await unwrap(wrap, recoveryWrappedKey, name)
  const accountKeyPair = { publicKey: accountKey, privateKey }
  // Before anything is set: a key that does not fit must not be wrapped under the new password.
  await identityOf({ name, device: newDevice(platform), accountKeyPair })
  const fresh = await newPassword(platform, name, password, privateKey)
  const { deviceName } = platform
  const { device, wasRetired } = await askAsDevice(platform, name, (device) =>
    call(platform, API.recover, { body: { name, recoveryAuth, ...fresh, device, deviceName } }),
  )
  await settle(platform, { name, device, accountKeyPair })
  return { wasRetired }
}

/**
 * Gives an account that has lost everything a new key, a new password and a new recovery code, and logs in. What this device
 * stored under the old key is deleted: it can't be read any more. Throws ClientError as `recover` does.
 */
export async function resetAccount(
  platform: Platform,
  { name: typed, code: typedCode, password }: CodeAndPassword,
): Promise<{ readonly recoveryCode: string }> {
  const name = parseName(typed)
  const code = await parseCode(typedCode)
  const accountKeyPair = await makeAccountKey()
  const { privateKey } = accountKeyPair
  const fresh = await newPassword(platform, name, password, privateKey)
  const { recoveryCode, stored } = await newRecoveryCode(platform, name, privateKey)
  const device = newDevice(platform)
  const accountKey = new Uint8Array(accountKeyPair.publicKey)
  await call(platform, API.reset, {
    body: { name, code, ...fresh, accountKey, ...stored, device, deviceName: platform.deviceName },
  })
  await destroyVault(platform, name)
  await settle(platform, { name, device, accountKeyPair })
  return { recoveryCode }
}
