/** Who this device is, from what is stored here. */
import { accountName, deviceId } from "../../shared/ids.ts"
import { decodeIdentity } from "./mls/index.ts"
import { IDENTITY } from "./records.ts"
import type { Self, Surroundings } from "./room-surroundings.ts"
import type { SealedVault } from "./sealed-vault.ts"
import { ClientError } from "./types.ts"

/** Throws ClientError `locked` when the vault has no identity. */
export async function loadSelf(vault: SealedVault): Promise<{ readonly self: Self } & Pick<Surroundings, "identity">> {
  const stored = await vault.get(IDENTITY)
  if (stored === undefined) throw new ClientError("locked")
  const identity = decodeIdentity(stored)
  const { name, device, accountKey } = identity
  const ids = { name: accountName.parse(name, "name"), device: deviceId.parse(device, "device") }
  return { identity, self: { ...ids, accountKey: new Uint8Array(accountKey) } }
}
