/**
 * Signing up, logging in and out (DESIGN section 7). The password stays here: the server gets a proof derived from it, and
 * the account key encrypted under another derivation. A server that lowers the cost of guessing, or that answers with
 * an account key that does not fit, is refused.
 *
 * What this leaves behind on the device is an open vault: its key is kept by the platform while logged in, and the device's
 * identity and the account key stand in it, encrypted. Nothing here knows rooms, so the sign-in page stays small.
 */
import { sameBytes, toBase64Url } from "../../shared/bytes.ts"
import { type AccountName, accountName, type DeviceId, deviceId } from "../../shared/ids.ts"
import { LIMITS } from "../../shared/limits.ts"
import { API } from "../../shared/protocol.ts"
import { bytes, integer, object } from "../../shared/schema.ts"
import { call } from "./api.ts"
import { keysFromPassword, keysFromRecoveryCode, seal, unseal, vaultKey } from "./keys.ts"
import {
  type AccountKeyPair,
  encodeIdentity,
  makeAccountKey,
  makeIdentity,
  readCredential,
  verifyCredential,
} from "./mls/identity.ts"
import type { Platform, Vault } from "./platform.ts"
import { ACCOUNT_KEY, IDENTITY } from "./records.ts"
import { RECOVERY_CODE_LENGTH, writeRecoveryCode } from "./recovery-code.ts"
import { DamagedRecord, SealedVault } from "./sealed-vault.ts"
import { ClientError, type Credentials } from "./types.ts"

/** In the clear beside the sealed records: this device's id for the account, found before the vault can be opened. */
const DEVICE = "open/device"

/** The answer with any cost: one that is too low is told from an answer that makes no sense. */
const SALT = { ...API.salt, answer: object({ salt: bytes(LIMITS.kdfSaltLength), iterations: integer(0) }) }

const wrapContext = (name: string): string => `SecureChat account key of ${name}`

/**
 * Makes an account and logs in. Throws ClientError: `bad_name`, `name_taken`, `rate_limited`, `registration_closed`,
 * `busy`, `unreachable`. The recovery code is for the person to write down; it is stored nowhere.
 */
export async function signUp(platform: Platform, credentials: Credentials): Promise<{ readonly recoveryCode: string }> {
  const name = parseName(credentials.name)
  const salt = platform.random(LIMITS.kdfSaltLength)
  const iterations = LIMITS.kdfIterationsMin
  const { auth, wrap } = await keysFromPassword(credentials.password, salt, iterations)
  const code = platform.random(RECOVERY_CODE_LENGTH)
  const recovery = await keysFromRecoveryCode(code)
  const accountKeyPair = await makeAccountKey()
  const plain = accountKeyPair.privateKey
  const device = newDevice(platform)
  await call(platform, API.signUp, {
    body: {
      ...{ name, salt, iterations, auth, device, deviceName: platform.deviceName },
      accountKey: new Uint8Array(accountKeyPair.publicKey),
      wrappedKey: await seal(wrap, plain, wrapContext(name)),
      recoveryAuth: recovery.auth,
      recoveryWrappedKey: await seal(recovery.wrap, plain, wrapContext(name)),
    },
  })
  // A vault under a name that was new to the server is left over from another server, and its key is gone.
  await (await platform.openVault(name)).destroy()
  await settle(platform, { name, device, accountKeyPair })
  return { recoveryCode: await writeRecoveryCode(code) }
}

/**
 * Logs in. Throws ClientError: `bad_name`, `wrong_credentials`, `rate_limited` (with seconds), `weak_kdf`, `wrong_key`,
 * `too_many_devices`, `busy`, `unreachable`.
 */
export async function logIn(platform: Platform, credentials: Credentials): Promise<void> {
  const name = parseName(credentials.name)
  const { salt, iterations } = await call(platform, SALT, { body: { name } })
  const { auth, wrap } = await keysFromPassword(credentials.password, salt, iterations)
  const device = (await withVault(platform, name, knownDevice)) ?? newDevice(platform)
  const answer = await call(platform, API.logIn, { body: { name, auth, device, deviceName: platform.deviceName } })
  const privateKey = await unseal(wrap, answer.wrappedKey, wrapContext(name))
  if (privateKey === undefined) throw new ClientError("wrong_key")
  await settle(platform, { name, device, accountKeyPair: { publicKey: answer.accountKey, privateKey } })
}

/** Ends the session. The vault stays, locked until the next log-in; without the server it is locked all the same. */
export async function logOut(platform: Platform): Promise<void> {
  await platform.keys.forget()
  await call(platform, API.logOut, { body: {} }).catch((error: unknown) => {
    if (!(error instanceof ClientError)) throw error
  })
}

/** Ends the session and deletes everything that this device stored of the account that is logged in. */
export async function forget(platform: Platform): Promise<void> {
  const current = await platform.keys.current()
  await logOut(platform)
  if (current !== undefined) await (await platform.openVault(current.account)).destroy()
}

interface Entered {
  readonly name: AccountName
  readonly device: DeviceId
  readonly accountKeyPair: AccountKeyPair
}

/** Opens the vault of a device that has just logged in, and puts its identity in when it is new. Throws `wrong_key`. */
async function settle(platform: Platform, entered: Entered): Promise<void> {
  const { name, device, accountKeyPair } = entered
  const key = await vaultKey(accountKeyPair.privateKey, device)
  const found = await withVault(platform, name, async (vault) => {
    if ((await knownDevice(vault)) !== device) return undefined
    return new SealedVault(vault, key).get(ACCOUNT_KEY)
  }).catch(async (error: unknown) => {
    if (!(error instanceof DamagedRecord)) throw error
    // Another key than this vault was made under: the account had been made anew, and nobody can read the vault any more.
    await (await platform.openVault(name)).destroy()
    return undefined
  })
  if (found === undefined) await withVault(platform, name, (vault) => prepare(vault, key, entered))
  else if (!sameBytes(found, accountKeyPair.privateKey)) throw new ClientError("wrong_key")
  await platform.keys.keep(name, key)
}

async function prepare(vault: Vault, key: CryptoKey, { name, device, accountKeyPair }: Entered): Promise<void> {
  const identity = await makeIdentity({ name, device, accountKeyPair })
  // The server named the public key: a credential that does not verify under it shows that the two don't fit.
  const fits = await verifyCredential(readCredential(identity.credential), identity.signatureKey.publicKey)
  if (!fits) throw new ClientError("wrong_key")
  await vault.write([{ key: DEVICE, value: new TextEncoder().encode(device) }])
  await new SealedVault(vault, key).write([
    { key: IDENTITY, value: encodeIdentity(identity) },
    { key: ACCOUNT_KEY, value: accountKeyPair.privateKey },
  ])
}

async function withVault<T>(platform: Platform, name: string, use: (vault: Vault) => Promise<T>): Promise<T> {
  const vault = await platform.openVault(name)
  try {
    return await use(vault)
  } finally {
    vault.close()
  }
}

async function knownDevice(vault: Vault): Promise<DeviceId | undefined> {
  const found = await vault.get(DEVICE)
  return found === undefined ? undefined : deviceId.parse(new TextDecoder().decode(found), "stored device")
}

function newDevice(platform: Platform): DeviceId {
  return deviceId.parse(toBase64Url(platform.random(LIMITS.idLength)), "device")
}

function parseName(name: string): AccountName {
  try {
    return accountName.parse(name, "name")
  } catch {
    throw new ClientError("bad_name")
  }
}
