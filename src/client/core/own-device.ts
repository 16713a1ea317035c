/**
 * This device as one of an account: its id, and its vault. The id stands in the clear beside the sealed records, so that it
 * is found before the vault can be opened; the identity and the account key stand in the vault, encrypted, and the vault's
 * key is kept by the platform while logged in.
 */
import { sameBytes, toBase64Url } from "../../shared/bytes.ts"
import { type AccountName, accountName, type DeviceId, deviceId } from "../../shared/ids.ts"
import { LIMITS } from "../../shared/limits.ts"
import { vaultKey } from "./keys.ts"
import {
  type AccountKeyPair,
  decodeIdentity,
  encodeIdentity,
  type Identity,
  makeIdentity,
  readCredential,
  verifyCredential,
} from "./mls/identity.ts"
import type { Platform, Vault } from "./platform.ts"
import { ACCOUNT_KEY, IDENTITY } from "./records.ts"
import { DamagedRecord, SealedVault } from "./sealed-vault.ts"
import { ClientError } from "./types.ts"

const DEVICE = "open/device"

/** A device of an account, with the account's key. */
export interface Entered {
  readonly name: AccountName
  readonly device: DeviceId
  readonly accountKeyPair: AccountKeyPair
}

/** Makes an id for a device that is new to its account. */
export function newDevice(platform: Platform): DeviceId {
  return deviceId.parse(toBase64Url(platform.random(LIMITS.idLength)), "device")
}

/** Deletes everything that this device stores of an account. */
export async function destroyVault(platform: Platform, name: string): Promise<void> {
  await (await platform.openVault(name)).destroy()
}

export interface Asked<T> {
  readonly device: DeviceId
  readonly answer: T
  /** The device had been ended for good, and what it stored is gone: this is a new one. */
  readonly wasRetired: boolean
}

/** Asks the server to log this device in; once more as a new device when the one it was has been ended for good. */
export async function askAsDevice<T>(
  platform: Platform,
  name: AccountName,
  ask: (device: DeviceId) => Promise<T>,
): Promise<Asked<T>> {
  const known = await withVault(platform, name, knownDevice)
  const device = known ?? newDevice(platform)
  try {
    return { device, answer: await ask(device), wasRetired: false }
  } catch (error) {
    const wasRetired = error instanceof ClientError && error.code === "device_retired"
    if (known === undefined || !wasRetired) throw error
  }
  const fresh = newDevice(platform)
  const answer = await ask(fresh)
  await destroyVault(platform, name)
  return { device: fresh, answer, wasRetired: true }
}

/** Opens the vault of a device that has just logged in, and puts its identity in when it is new. Throws `wrong_key`. */
export async function settle(platform: Platform, entered: Entered): Promise<void> {
  const { name, device, accountKeyPair } = entered
  const key = await vaultKey(accountKeyPair.privateKey, device)
  const found = await withVault(platform, name, async (vault) => {
    if ((await knownDevice(vault)) !== device) return undefined
    return new SealedVault(vault, key).get(ACCOUNT_KEY)
  }).catch(async (error: unknown) => {
    if (!(error instanceof DamagedRecord)) throw error
    // Another key than this vault was made under: the account had been made anew, and nobody can read the vault any more.
    await destroyVault(platform, name)
    return undefined
  })
  if (found === undefined) await withVault(platform, name, (vault) => prepare(vault, key, entered))
  else if (!sameBytes(found, accountKeyPair.privateKey)) throw new ClientError("wrong_key")
  await platform.keys.keep(name, key)
}

async function prepare(vault: Vault, key: CryptoKey, entered: Entered): Promise<void> {
  const identity = await identityOf(entered)
  await vault.write([{ key: DEVICE, value: new TextEncoder().encode(entered.device) }])
  await new SealedVault(vault, key).write([
    { key: IDENTITY, value: encodeIdentity(identity) },
    { key: ACCOUNT_KEY, value: entered.accountKeyPair.privateKey },
  ])
}

/** Makes a device's identity. Throws ClientError `wrong_key` when the halves of the account key don't fit together. */
export async function identityOf({ name, device, accountKeyPair }: Entered): Promise<Identity> {
  const identity = await makeIdentity({ name, device, accountKeyPair })
  // The server named the public key: a credential that does not verify under it shows that the two don't fit.
  const fits = await verifyCredential(readCredential(identity.credential), identity.signatureKey.publicKey)
  if (!fits) throw new ClientError("wrong_key")
  return identity
}

/** The account that is logged in on this device, out of its vault. Throws ClientError `locked`, DamagedRecord. */
export async function ownDevice(platform: Platform): Promise<Entered> {
  const current = await platform.keys.current()
  if (current === undefined) throw new ClientError("locked")
  return withVault(platform, current.account, async (vault) => {
    const sealed = new SealedVault(vault, current.key)
    const [identity, privateKey] = [await sealed.get(IDENTITY), await sealed.get(ACCOUNT_KEY)]
    if (identity === undefined || privateKey === undefined) throw new ClientError("locked")
    const { name, device, accountKey } = decodeIdentity(identity)
    return {
      name: accountName.parse(name, "stored name"),
      device: deviceId.parse(device, "stored device"),
      accountKeyPair: { publicKey: accountKey, privateKey },
    }
  })
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
