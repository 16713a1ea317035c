/** What a device tells the server about a room besides commits: that it was welcomed, and that its person leaves. */
import { API } from "../../shared/api.ts"
import { call } from "./api.ts"
import type { Group } from "./mls/index.ts"
import { ACCOUNT_KEY } from "./records.ts"
import type { Surroundings } from "./room-surroundings.ts"
import { ClientError, type RoomId } from "./types.ts"

/** The Welcome of this commit is needed no more. When that does not arrive, the server says again that it has one. */
export async function welcomed({ platform }: Surroundings, room: RoomId, seq: number): Promise<void> {
  await ignoringRefusals(call(platform, API.welcomed, { room, body: { seq } }))
}

/**
 * States for every device of this account that it leaves; whoever commits next removes them (core/mls, departure.ts).
 * Resolves to false when nobody else is in the room who could do so.
 */
export async function depart({ platform, vault, self }: Surroundings, room: RoomId, group: Group): Promise<boolean> {
  const own = group.members().filter(({ name }) => name === self.name)
  if (own.length === group.members().length) return false
  const privateKey = await vault.get(ACCOUNT_KEY)
  if (privateKey === undefined) throw new ClientError("locked")
  for (const member of own) {
    const statement = await group.leave({ publicKey: self.accountKey, privateKey }, member)
    await ignoringRefusals(call(platform, API.depart, { room, body: { statement: new Uint8Array(statement) } }))
  }
  return true
}

/** For what is said again with the next connection. */
export async function ignoringRefusals(said: Promise<unknown>): Promise<void> {
  await said.catch((error: unknown) => {
    if (!(error instanceof ClientError)) throw error
  })
}
