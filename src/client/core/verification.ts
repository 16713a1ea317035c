/** Whether the keys of people are the right ones: what two people compare, and what one of them makes of it. */
import type { Surroundings } from "./room-surroundings.ts"
import type { Rooms } from "./rooms.ts"
import { safetyNumber, verificationText } from "./safety-number.ts"
import { type AccountName, ClientError, type Verification } from "./types.ts"

type Around = Pick<Surroundings, "pins" | "self" | "vault">

/** How the key of somebody stands, and the safety number to compare with them. Throws ClientError `not_found`. */
export async function verificationOf({ pins, self }: Around, name: AccountName): Promise<Verification> {
  const accountKey = pins.keyOf(name)
  if (accountKey === undefined) throw new ClientError("not_found")
  const digits = await safetyNumber(self, { name, accountKey })
  const text = verificationText(self, { name, accountKey })
  return { digits, text, isVerified: pins.isVerified(name), isNew: pins.isUnaccepted(name) }
}

/** Takes the key that somebody has now for right; with `verified`, it was compared with them. What was held goes out. */
export async function acceptKey(
  { pins, vault }: Around,
  rooms: Rooms,
  name: AccountName,
  { verified }: { readonly verified: boolean },
): Promise<void> {
  await vault.write(verified ? pins.verify(name, true) : pins.accept(name))
  rooms.retry()
}
