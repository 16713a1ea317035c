/**
 * People and devices for MLS tests, without a server: identities made quickly, a room of devices that all take the same
 * messages, and the question whether they still agree.
 */
import assert from "node:assert/strict"
import type { AccountKeyPair, Charter, Group, Identity, Outcome } from "../../src/client/core/mls/index.ts"
import type { MlsBundle } from "./mls-bundle.ts"

export interface Person {
  readonly name: string
  readonly key: AccountKeyPair
}

/** A device with the group it holds; `group` is undefined before it joined and after it was removed. */
export interface Device {
  readonly identity: Identity
  readonly person: Person
  group: Group | undefined
}

export async function makePerson({ core }: MlsBundle, name: string): Promise<Person> {
  return { name, key: await core.makeAccountKey() }
}

export async function makeDevice({ core }: MlsBundle, person: Person): Promise<Device> {
  const device = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url")
  const identity = await core.makeIdentity({ name: person.name, device, accountKeyPair: person.key })
  return { identity, person, group: undefined }
}

/** The group of a device that must be in the room. */
export function groupOf(device: Device): Group {
  assert.ok(device.group, `${device.identity.name} is in the room`)
  return device.group
}

/** Gives a message to all devices that are in the room, and keeps what became of each group. */
export async function deliver(devices: readonly Device[], message: Uint8Array): Promise<Map<Device, Outcome>> {
  const present = devices.filter((device) => device.group !== undefined)
  const outcomes = await Promise.all(present.map((device) => groupOf(device).process(message)))
  return new Map(
    present.map((device, index) => {
      const outcome = outcomes[index]
      assert.ok(outcome)
      if (outcome.kind === "removed") device.group = undefined
      if (outcome.kind === "message" || outcome.kind === "commit") device.group = outcome.group
      return [device, outcome]
    }),
  )
}

/** What a group is to all its members alike. */
export async function viewOf(group: Group) {
  return {
    epoch: group.epoch,
    authenticator: group.epochAuthenticator,
    secret: Buffer.from(await group.exportSecret("test", new Uint8Array(), 32)).toString("hex"),
    members: group.members().map(({ name, device, leafIndex }) => `${leafIndex} ${name} ${device}`),
  }
}

/** Fails unless all devices in the room are in the same epoch with the same members. */
export async function assertAgreement(devices: readonly Device[]): Promise<void> {
  const present = devices.filter((device) => device.group !== undefined)
  const views = await Promise.all(present.map((device) => viewOf(groupOf(device))))
  for (const view of views) assert.deepEqual(view, views[0])
  const names = present.map(({ identity }) => `${identity.name} ${identity.device}`).sort()
  assert.deepEqual(views[0]?.members.map((line) => line.slice(line.indexOf(" ") + 1)).sort(), names)
}

/** Makes a room of the given kind, founded by the first device; the others enter by external commit or are added. */
export async function makeRoom(
  { core }: MlsBundle,
  roomId: string,
  charter: Charter,
  devices: readonly Device[],
): Promise<void> {
  const [founder, ...others] = devices
  assert.ok(founder)
  const founded = await core.createGroup(founder.identity, roomId, charter)
  founder.group = founded.group
  for (const device of others) {
    const expected = { roomId, kind: charter.kind }
    if (charter.kind === "general") {
      const groupInfo = await groupOf(founder).groupInfo()
      const joined = await core.joinExternal(device.identity, groupInfo, { resync: false, expected })
      await deliver(devices, joined.commit)
      device.group = joined.group
      continue
    }
    const made = await core.makeKeyPackage(device.identity, Date.now())
    const added = await groupOf(founder).add([made.keyPackage], Date.now())
    await deliver(
      devices.filter((each) => each !== founder),
      added.commit,
    )
    founder.group = added.group
    assert.ok(added.welcome)
    device.group = await core.joinWelcome(device.identity, added.welcome, made.privateParts, expected)
  }
}
