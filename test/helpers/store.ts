/** A store in a folder of its own, with people in the general room: what tests of the server's data need. */
import { randomBytes } from "node:crypto"
import { Rooms } from "../../src/server/rooms.ts"
import type { Session } from "../../src/server/session.ts"
import { openStore, type Store } from "../../src/server/store/index.ts"
import { accountName, type RoomId, roomId } from "../../src/shared/ids.ts"
import { GENERAL_ROOM } from "../../src/shared/limits.ts"
import { privateRoomId } from "../../src/shared/private-room.ts"
import { type Owner, temporaryFolder } from "./temp.ts"
import { applicationMessage, commitBody, externalCommit, founding, randomDevice, randomId } from "./ws-messages.ts"

export const GENERAL = roomId.parse(GENERAL_ROOM, "room")
export const NOON = Date.UTC(2026, 10, 24, 12)

export interface TestStore {
  readonly dir: string
  readonly store: Store
  readonly rooms: Rooms
  /** The clock of `rooms`. */
  readonly clock: { now: number }
}

export async function openTestStore(owner: Owner, maxPages?: number): Promise<TestStore> {
  const dir = await temporaryFolder(owner)
  const store = await openStore(maxPages === undefined ? { dir } : { dir, maxPages })
  owner.after(() => store.close())
  const clock = { now: NOON }
  return { dir, store, rooms: new Rooms(store, () => clock.now), clock }
}

/** Another device of somebody's account. */
export async function anotherDevice({ store }: Pick<TestStore, "store">, { account }: Session): Promise<Session> {
  const device = randomDevice()
  await store.devices.use(account.id, device, "Test", NOON)
  return { account, device }
}

/** The id of the private chat of two accounts. */
export async function privateRoomOf(
  { store }: Pick<TestStore, "store">,
  one: Session,
  other: Session,
): Promise<RoomId> {
  const [key, otherKey] = await Promise.all([one, other].map(({ account }) => store.accounts.find(account.name)))
  if (key === undefined || otherKey === undefined) throw new Error("no such account")
  return privateRoomId(key.accountKey, otherKey.accountKey)
}

/** Makes an account with one device. */
export async function somebody({ store }: Pick<TestStore, "store">, text: string): Promise<Session> {
  const name = accountName.parse(text, "name")
  const record = {
    accountKey: randomBytes(32),
    salt: randomBytes(32),
    iterations: 600_000,
    verifier: randomBytes(32),
    verifierSalt: randomBytes(16),
    verifierCost: "32768:8:3",
    wrappedKey: randomBytes(60),
    recoveryVerifier: randomBytes(32),
    recoveryWrappedKey: randomBytes(60),
  }
  const id = await store.accounts.create(name, record, NOON)
  const device = randomDevice()
  await store.devices.use(id, device, "Test", NOON)
  return { account: { id, name }, device }
}

/** Lets people into the general room one after the other, the first of them by founding it; returns the newest commit. */
export async function letIn({ rooms }: Pick<TestStore, "rooms">, [founder, ...others]: readonly Session[]) {
  if (founder !== undefined) await rooms.found(founder, GENERAL, founding())
  let after = 0
  for (const [epoch, session] of others.entries()) {
    after = (await rooms.commit(session, GENERAL, commitBody(after, externalCommit(epoch), epoch + 1))).seq
  }
  return after
}

export const say = ({ rooms }: Pick<TestStore, "rooms">, session: Session, after: number, size = 200) =>
  rooms.send(session, { id: randomId(), room: GENERAL, after, message: applicationMessage(0, size) })
