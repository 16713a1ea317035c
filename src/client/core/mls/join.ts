/**
 * How a device gets into a room: by making it, by an external commit on its GroupInfo, or by a Welcome. GroupInfo and
 * Welcome come from the server, who may lie: the room's id and kind must be the expected ones, every leaf, signature and
 * hash of the tree is checked, the charter must allow the whole roster, and an external joiner checks beforehand what the
 * members will check of him, so that he never sends a commit that they refuse.
 */
import { type ClientState, createGroup as createMlsGroup, joinGroup } from "ts-mls/clientState.js"
import { joinGroupExternal } from "ts-mls/createCommit.js"
import { type GroupInfo, ratchetTreeFromExtension } from "ts-mls/groupInfo.js"
import {
  decodeKeyPackage,
  encodeKeyPackage,
  generateKeyPackageWithKey,
  type KeyPackage,
  makeKeyPackageRef,
  type PrivateKeyPackage,
} from "ts-mls/keyPackage.js"
import { emptyPskIndex } from "ts-mls/pskIndex.js"
import { concatBytes, sameBytes } from "../../../shared/bytes.ts"
import { roomId as roomIdSchema } from "../../../shared/ids.ts"
import { CONFIG } from "./authentication.ts"
import { CLOCK_SKEW, KEY_PACKAGE_LIFETIME, MLS_BOUNDS } from "./bounds.ts"
import { Reader, utf8 } from "./bytes.ts"
import {
  CHARTER_EXTENSION,
  type Charter,
  charterBytes,
  mayHold,
  type RoomKind,
  readCharter,
  writeCharter,
} from "./charter.ts"
import { writeGroupInfo } from "./commit.ts"
import type { Identity } from "./identity.ts"
import { judgeNewcomer } from "./policy.ts"
import { pathFits, prunePrivateKeys } from "./private-path.ts"
import { refuse } from "./refusal.ts"
import { checkEpoch, type Room, refusing, roomOf } from "./room.ts"
import { checkRoster, type Member } from "./roster.ts"
import { KEY_LENGTH, SUITE_NAME, suite } from "./suite.ts"
import { readGroupInfo, readWelcome, writeMessage } from "./wire.ts"

/** What the room must be that this device thinks it joins. */
export interface Expected {
  readonly roomId: string
  readonly kind: RoomKind
  /** The charter that it had when this device was in it before, as bytes: another one is another room. */
  readonly charter?: Uint8Array | undefined
}

/** Makes a room with this device as its only member, at epoch 0. Throws Refusal `wrong_charter`. */
export async function found(identity: Identity, roomId: string, charter: Charter, now: number): Promise<Room> {
  const id = roomIdSchema.parse(roomId, "room id")
  if (!sameBytes(charter.founder, identity.accountKey) || !mayHold(charter, identity.accountKey))
    refuse("wrong_charter")
  const { keyPackage, privateKeys } = await makeKeys(identity, now)
  const mls = await suite()
  const state = await createMlsGroup(utf8(id), keyPackage, privateKeys, writeCharter(charter), mls, CONFIG)
  return roomOf(state, identity)
}

export interface Entered {
  readonly room: Room
  readonly commit: Uint8Array
  readonly groupInfo: Uint8Array
}

/**
 * Joins by external commit (RFC 9420 section 12.4.3.2), or with `resync` replaces this device's own leaf. Throws Refusal:
 * whatever the members would refuse, and `already_member` or `not_a_member` when `resync` is the wrong way round.
 */
export async function enter(
  identity: Identity,
  groupInfoBytes: Uint8Array,
  options: { readonly resync: boolean; readonly expected: Expected; readonly now: number },
): Promise<Entered> {
  const groupInfo = readGroupInfo(groupInfoBytes)
  const charter = checkGroupInfo(groupInfo, options.expected)
  const { keyPackage, privateKeys } = await makeKeys(identity, options.now)
  const { resync, expected } = options
  return refusing("malformed", async () => {
    const tree = ratchetTreeFromExtension(groupInfo) ?? refuse("malformed", "no tree")
    checkEntry({ roomId: expected.roomId, charter, tree }, identity, resync)
    const mls = await suite()
    const joined = await joinGroupExternal(groupInfo, keyPackage, privateKeys, resync, mls, undefined, CONFIG)
    const room = roomOf(prunePrivateKeys(joined.newState), identity)
    const message = { version: "mls10", wireformat: "mls_public_message", publicMessage: joined.publicMessage } as const
    const commit = writeMessage(message, MLS_BOUNDS.commit)
    return { room, commit, groupInfo: await writeGroupInfo(room.state) }
  })
}

function checkGroupInfo({ groupContext, extensions }: GroupInfo, expected: Expected): Charter {
  if (groupContext.cipherSuite !== SUITE_NAME || groupContext.version !== "mls10")
    refuse("wrong_charter", "cipher suite")
  checkEpoch(groupContext.epoch)
  const types = extensions.map((each) => String(each.extensionType)).sort()
  if (types.join() !== "external_pub,ratchet_tree") refuse("malformed", "GroupInfo extensions")
  return checkExpected(groupContext, expected)
}

function checkExpected(groupContext: ClientState["groupContext"], expected: Expected): Charter {
  const charter = readCharter(groupContext.extensions)
  if (!sameBytes(groupContext.groupId, utf8(expected.roomId))) refuse("wrong_room")
  if (charter.kind !== expected.kind) refuse("wrong_charter", charter.kind)
  if (expected.charter !== undefined && !sameBytes(charterBytes(charter), expected.charter))
    refuse("wrong_charter", "not the one it had")
  return charter
}

function checkEntry(scene: Parameters<typeof judgeNewcomer>[0], identity: Identity, resync: boolean): void {
  const members = checkRoster(scene.tree, scene.charter)
  const self: Member = { ...identity, leafIndex: -1, leafKey: identity.signatureKey.publicKey }
  const own = members.find((each) => each.name === identity.name && each.device === identity.device)
  if (resync && own === undefined) refuse("not_a_member")
  if (!resync && own !== undefined) refuse("already_member")
  judgeNewcomer(scene, self, own)
}

/** What `makeKeyPackage` returns: the public part for others, the private one for the vault, and the name of both. */
export interface MadeKeyPackage {
  readonly keyPackage: Uint8Array
  readonly privateParts: Uint8Array
  /** The KeyPackage reference (RFC 9420 section 5.2), by which a Welcome says whom it is for. */
  readonly reference: Uint8Array
}

/** Makes a KeyPackage that lives 30 days from `now` (milliseconds) and is to be used once. */
export async function makeKeyPackage(identity: Identity, now: number): Promise<MadeKeyPackage> {
  const { keyPackage, privateKeys } = await makeKeys(identity, now)
  const { initPrivateKey, hpkePrivateKey } = privateKeys
  const { hash } = await suite()
  return {
    keyPackage: writeMessage({ version: "mls10", wireformat: "mls_key_package", keyPackage }, MLS_BOUNDS.keyPackage),
    privateParts: concatBytes(initPrivateKey, hpkePrivateKey, encodeKeyPackage(keyPackage)),
    reference: await makeKeyPackageRef(keyPackage, hash),
  }
}

/** The references of the KeyPackages that a Welcome is for. Throws Refusal `malformed`. */
export function welcomeReferences(welcome: Uint8Array): Uint8Array[] {
  return readWelcome(welcome).secrets.map(({ newMember }) => newMember)
}

/** Joins by a Welcome with the private parts of the KeyPackage it is for. Throws Refusal. */
export async function accept(
  identity: Identity,
  welcomeBytes: Uint8Array,
  privateParts: Uint8Array,
  expected: Expected,
): Promise<Room> {
  const welcome = readWelcome(welcomeBytes)
  const { keyPackage, privateKeys } = readPrivateParts(identity, privateParts)
  return refusing("undecryptable", async () => {
    const mls = await suite()
    const joined = await joinGroup(welcome, keyPackage, privateKeys, emptyPskIndex, mls, undefined, undefined, CONFIG)
    checkExpected(joined.groupContext, expected)
    const state = prunePrivateKeys(joined)
    if (!(await pathFits(state))) refuse("broken")
    return roomOf(state, identity)
  })
}

interface Keys {
  readonly keyPackage: KeyPackage
  readonly privateKeys: PrivateKeyPackage
}

function readPrivateParts(identity: Identity, bytes: Uint8Array): Keys {
  if (bytes.length > MLS_BOUNDS.privateParts) refuse("too_large")
  const reader = new Reader(bytes, "malformed")
  const initPrivateKey = reader.take(KEY_LENGTH)
  const hpkePrivateKey = reader.take(KEY_LENGTH)
  const encoded = reader.take(bytes.length - 2 * KEY_LENGTH)
  const keyPackage = decodeKeyPackage(encoded, 0)?.[0] ?? refuse("malformed")
  return {
    keyPackage,
    privateKeys: { initPrivateKey, hpkePrivateKey, signaturePrivateKey: identity.signatureKey.privateKey },
  }
}

async function makeKeys(identity: Identity, now: number): Promise<Keys> {
  const notBefore = BigInt(Math.floor(now / 1000) - CLOCK_SKEW)
  const made = await generateKeyPackageWithKey(
    { credentialType: "basic", identity: identity.credential },
    {
      versions: ["mls10"],
      ciphersuites: [SUITE_NAME],
      extensions: [CHARTER_EXTENSION],
      proposals: [],
      credentials: ["basic"],
    },
    { notBefore, notAfter: notBefore + BigInt(KEY_PACKAGE_LIFETIME) },
    [],
    { publicKey: identity.signatureKey.publicKey, signKey: identity.signatureKey.privateKey },
    await suite(),
  )
  return { keyPackage: made.publicPackage, privateKeys: made.privatePackage }
}
