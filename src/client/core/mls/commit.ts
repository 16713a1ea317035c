/**
 * Outgoing messages and commits. Each is judged by the same rules that the receivers apply, before and after it is made,
 * so this device never sends what others would refuse. Nothing is changed in place: the old room stays usable until its
 * secrets are consumed, which must wait for the server's ack (a race loser that consumed them is locked out).
 */
import type { ClientState } from "ts-mls/clientState.js"
import { createCommit, createGroupInfoWithExternalPubAndRatchetTree } from "ts-mls/createCommit.js"
import { createApplicationMessage } from "ts-mls/createMessage.js"
import { type KeyPackage, verifyKeyPackage } from "ts-mls/keyPackage.js"
import type { Proposal } from "ts-mls/proposal.js"
import { emptyPskIndex } from "ts-mls/pskIndex.js"
import { sameBytes } from "../../../shared/bytes.ts"
import { validateCredential } from "./authentication.ts"
import { MLS_BOUNDS } from "./bounds.ts"
import { type CarriedDeparture, readDeparture, writeCarried } from "./departure.ts"
import { judgeMemberCommit } from "./policy.ts"
import { prunePrivateKeys } from "./private-path.ts"
import { refuse } from "./refusal.ts"
import { type Room, refusing, roomOf } from "./room.ts"
import { type Member, memberAt, readLeaf, sameDevice } from "./roster.ts"
import { SUITE_NAME, suite } from "./suite.ts"
import { readKeyPackage, writeMessage } from "./wire.ts"

export interface Sealed {
  readonly room: Room
  readonly message: Uint8Array
  readonly consumed: readonly Uint8Array[]
}

/** Encrypts one application message. Throws Refusal `too_large`. */
export async function seal(room: Room, plaintext: Uint8Array, authenticatedData: Uint8Array): Promise<Sealed> {
  if (plaintext.length > MLS_BOUNDS.plaintext) refuse("too_large")
  if (authenticatedData.length > MLS_BOUNDS.authenticatedData) refuse("too_large", "authenticated data")
  const made = await createApplicationMessage(room.state, plaintext, await suite(), authenticatedData)
  const { privateMessage, newState, consumed } = made
  const message = { version: "mls10", wireformat: "mls_private_message", privateMessage } as const
  return { room: { ...room, state: newState }, message: writeMessage(message, MLS_BOUNDS.message), consumed }
}

export interface Committed {
  readonly room: Room
  readonly commit: Uint8Array
  /** The GroupInfo of the epoch that the commit leads to. */
  readonly groupInfo: Uint8Array
  /** For the devices that were added. */
  readonly welcome: Uint8Array | undefined
  readonly consumed: readonly Uint8Array[]
}

/** Renews this device's keys and those above it (post-compromise security). */
export const commitUpdate = (room: Room): Promise<Committed> => commit(room, [], new Uint8Array())

/**
 * Adds devices by their KeyPackages. `now` is the time in milliseconds, against which lifetimes are checked. Throws
 * Refusal, among others `key_package_expired`, `bad_credential`, `add_forbidden`, `not_in_charter`.
 */
export async function commitAdd(room: Room, keyPackages: readonly Uint8Array[], now: number): Promise<Committed> {
  const decoded = keyPackages.map(readKeyPackage)
  for (const keyPackage of decoded) await checkKeyPackage(keyPackage, now)
  const proposals = decoded.map((keyPackage): Proposal => ({ proposalType: "add", add: { keyPackage } }))
  return commit(room, proposals, new Uint8Array())
}

/**
 * Whose device a KeyPackage is for, if it can be added now. Throws Refusal, among others `key_package_expired` and
 * `bad_credential`.
 */
export async function readOffer(bytes: Uint8Array, now: number): Promise<Member> {
  const keyPackage = readKeyPackage(bytes)
  const owner = readLeaf(keyPackage.leafNode, 0)
  await checkKeyPackage(keyPackage, now)
  return owner
}

async function checkKeyPackage({ cipherSuite, leafNode, ...rest }: KeyPackage, now: number): Promise<void> {
  if (cipherSuite !== SUITE_NAME) refuse("bad_leaf", "cipher suite")
  const seconds = BigInt(Math.floor(now / 1000))
  if (leafNode.lifetime.notBefore > seconds || leafNode.lifetime.notAfter < seconds) refuse("key_package_expired")
  if (!(await validateCredential(leafNode.credential, leafNode.signaturePublicKey))) refuse("bad_credential")
  const { signature } = await suite()
  if (!(await verifyKeyPackage({ cipherSuite, leafNode, ...rest }, signature))) refuse("bad_signature")
}

/**
 * Removes devices, on the statements given for them (departure.ts) or by the founder's right. Throws Refusal
 * `not_a_member` for one that is not here, `removal_forbidden`, `bad_statement`.
 */
export async function commitRemove(
  room: Room,
  members: readonly Member[],
  statements: readonly Uint8Array[],
): Promise<Committed> {
  const current = members.map((member) => currentOf(room, member))
  const proposals = current.map(
    ({ leafIndex }): Proposal => ({ proposalType: "remove", remove: { removed: leafIndex } }),
  )
  return commit(room, proposals, writeCarried(carried(current, statements)))
}

/** The member as it stands now: it may have moved to another leaf since the caller looked. */
function currentOf(room: Room, member: Member): Member {
  return room.members.find((each) => sameDevice(each, member)) ?? refuse("not_a_member", member.name)
}

function carried(members: readonly Member[], statements: readonly Uint8Array[]): CarriedDeparture[] {
  return statements.map(readDeparture).map(({ scope, device, accountKey, signature }) => {
    const about = members.find((each) => each.device === device && sameBytes(each.accountKey, accountKey))
    return { scope, signature, leafIndex: about?.leafIndex ?? refuse("bad_statement", "about somebody else") }
  })
}

async function commit(room: Room, extraProposals: Proposal[], authenticatedData: Uint8Array): Promise<Committed> {
  const { state, charter, roomId } = room
  if (authenticatedData.length > MLS_BOUNDS.authenticatedData) refuse("too_large", "statements")
  const committer = memberAt(state.ratchetTree, state.privatePath.leafIndex) ?? refuse("broken")
  const proposals = extraProposals.map((proposal) => ({ proposalOrRefType: "proposal" as const, proposal }))
  await judgeMemberCommit({ roomId, charter, tree: state.ratchetTree }, { committer, proposals, authenticatedData })
  const mls = await suite()
  const made = await refusing("malformed", () =>
    createCommit(
      { state, cipherSuite: mls, pskIndex: emptyPskIndex },
      { extraProposals, authenticatedData, ratchetTreeExtension: true },
    ),
  )
  const next = roomOf(prunePrivateKeys(made.newState), room.identity)
  return {
    room: next,
    commit: writeMessage(made.commit, MLS_BOUNDS.commit),
    groupInfo: await writeGroupInfo(next.state),
    welcome:
      made.welcome &&
      writeMessage({ version: "mls10", wireformat: "mls_welcome", welcome: made.welcome }, MLS_BOUNDS.welcome),
    consumed: made.consumed,
  }
}

/** The GroupInfo of a state, with the ratchet tree and the key for external commits. */
export async function writeGroupInfo(state: ClientState): Promise<Uint8Array> {
  const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(state, [], await suite())
  return writeMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo }, MLS_BOUNDS.groupInfo)
}
