/** The devices of one's own account, the end of one of them, and when others were here last. */
import { type AnswerOf, API } from "../../shared/api.ts"
import { call } from "./api.ts"
import { signRetirement } from "./mls/departure.ts"
import type { Entered } from "./own-device.ts"
import type { Platform } from "./platform.ts"
import type { AccountName } from "./types.ts"

/** A device of one's own account; times are milliseconds since 1970 by the server's clock. */
export type OwnDevice = AnswerOf<"devices">["devices"][number]

/** The devices that have not ended, the one seen last first. Throws ClientError as `call` does. */
export async function listDevices(platform: Platform): Promise<readonly OwnDevice[]> {
  return (await call(platform, API.devices)).devices
}

/**
 * Ends a device of the account for good: its session and socket at once, its place in rooms with the next commit there, on
 * a statement that the account key signs here. Throws ClientError `not_found`, and as `call` does.
 */
export async function retireDevice(
  platform: Platform,
  { device, accountKeyPair }: Pick<Entered, "device" | "accountKeyPair">,
): Promise<void> {
  const statement = new Uint8Array(await signRetirement(accountKeyPair, device))
  await call(platform, API.retire, { body: { device, statement } })
}

/**
 * When accounts were here last, at most LIMITS.accountsAtOnce; undefined for a name that nobody has. Throws ClientError as
 * `call` does.
 */
export async function lastSeen(
  platform: Platform,
  names: readonly AccountName[],
): Promise<ReadonlyMap<AccountName, number | undefined>> {
  const { accounts } = await call(platform, API.lastSeen, { body: { accounts: [...names] } })
  return new Map(accounts.map(({ account, at }) => [account, at ?? undefined]))
}
