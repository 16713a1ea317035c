/**
 * Incoming messages. Each one is opened first, judged by the rules (policy.ts), and only then given to the library to be
 * applied; afterwards the new tree is judged as a whole and our own keys are held against it. Anything that is wrong
 * throws a Refusal and leaves the room as it was.
 *
 * Application messages are private messages by members. Members' commits are private messages, external commits are the
 * only public messages; standalone proposals don't exist here, so none can slip into a later commit.
 */
import type { ClientState } from "ts-mls/clientState.js"
import { encodeCredential } from "ts-mls/credential.js"
import type { EpochReceiverData } from "ts-mls/epochReceiverData.js"
import type { LeafNode } from "ts-mls/leafNode.js"
import { unprotectPrivateMessage } from "ts-mls/messageProtection.js"
import { decryptSenderData, type PrivateMessage } from "ts-mls/privateMessage.js"
import { processPrivateMessage, processPublicMessage } from "ts-mls/processMessages.js"
import { emptyPskIndex } from "ts-mls/pskIndex.js"
import type { PublicMessage } from "ts-mls/publicMessage.js"
import { sameBytes } from "../../../shared/bytes.ts"
import { CONFIG } from "./authentication.ts"
import { MLS_BOUNDS } from "./bounds.ts"
import { utf8 } from "./bytes.ts"
import { judgeExternalCommit, judgeMemberCommit, type Scene } from "./policy.ts"
import { pathFits, prunePrivateKeys } from "./private-path.ts"
import { refuse } from "./refusal.ts"
import { checkEpoch, type Room, refusing, roomOf } from "./room.ts"
import { type Member, memberAt, sameDevice } from "./roster.ts"
import { suite } from "./suite.ts"
import { readMessage } from "./wire.ts"

/** What one commit did to one device. `resynced`: it came back with a new leaf in place of its old one. */
export interface Change {
  readonly kind: "joined" | "removed" | "updated" | "resynced"
  readonly member: Member
}

export type Processed =
  | {
      readonly kind: "message"
      readonly room: Room
      readonly sender: Member
      readonly plaintext: Uint8Array
      readonly authenticatedData: Uint8Array
      readonly consumed: readonly Uint8Array[]
    }
  | {
      readonly kind: "commit"
      readonly room: Room
      readonly committer: Member
      readonly changes: readonly Change[]
      readonly fits: boolean
      readonly consumed: readonly Uint8Array[]
    }
  | { readonly kind: "removed"; readonly by: Member }

/** Opens, judges and applies one message. Throws Refusal. */
export async function processBytes(room: Room, bytes: Uint8Array): Promise<Processed> {
  const message = readMessage(bytes, MLS_BOUNDS.commit)
  if (message.wireformat === "mls_public_message") {
    checkAddress(room, message.publicMessage.content)
    return refusing("undecryptable", () => processExternalCommit(room, message.publicMessage))
  }
  if (message.wireformat !== "mls_private_message") return refuse("forbidden_message")
  const { privateMessage } = message
  checkAddress(room, privateMessage)
  if (privateMessage.contentType === "application") {
    if (bytes.length > MLS_BOUNDS.message) return refuse("too_large")
    return refusing("undecryptable", () => openMessage(room, privateMessage))
  }
  return refusing("undecryptable", () => processMemberCommit(room, privateMessage))
}

interface Addressed {
  readonly groupId: Uint8Array
  readonly epoch: bigint
  readonly authenticatedData: Uint8Array
}

function checkAddress({ roomId, state }: Room, { groupId, epoch, authenticatedData }: Addressed): void {
  if (!sameBytes(groupId, utf8(roomId))) refuse("wrong_room")
  if (epoch > state.groupContext.epoch) refuse("future_epoch")
  if (authenticatedData.length > MLS_BOUNDS.authenticatedData) refuse("too_large", "authenticated data")
}

/** What an epoch's messages are opened with; the epoch is the current one or one that is still kept. */
type Era = Pick<EpochReceiverData, "senderDataSecret" | "secretTree" | "ratchetTree" | "groupContext">

function eraOf(state: ClientState, epoch: bigint): Era {
  if (epoch < state.groupContext.epoch) return state.historicalReceiverData.get(epoch) ?? refuse("past_epoch")
  const { secretTree, ratchetTree, groupContext } = state
  return { senderDataSecret: state.keySchedule.senderDataSecret, secretTree, ratchetTree, groupContext }
}

/** Opens a private message and names its sender from the tree of its own epoch. */
async function openPrivate(room: Room, era: Era, message: PrivateMessage) {
  const mls = await suite()
  const senderData = await decryptSenderData(message, era.senderDataSecret, mls)
  // Our leaf may have moved since a former epoch, so the device decides and not the number alone.
  const claimed = senderData && memberAt(era.ratchetTree, senderData.leafIndex)
  if (claimed?.device === room.identity.device && sameBytes(claimed.accountKey, room.identity.accountKey))
    return refuse("own_message")
  const opened = await unprotectPrivateMessage(
    era.senderDataSecret,
    message,
    era.secretTree,
    era.ratchetTree,
    era.groupContext,
    CONFIG.keyRetentionConfig,
    mls,
  )
  const { content } = opened.content
  if (content.sender.senderType !== "member") return refuse("forbidden_message")
  const sender = memberAt(era.ratchetTree, content.sender.leafIndex) ?? refuse("not_a_member")
  return { content, sender, secretTree: opened.tree, consumed: opened.consumed }
}

async function openMessage(room: Room, message: PrivateMessage): Promise<Processed> {
  const { state } = room
  const era = eraOf(state, message.epoch)
  const { content, sender, secretTree, consumed } = await openPrivate(room, era, message)
  if (content.contentType !== "application") return refuse("forbidden_message")
  return {
    kind: "message",
    room: { ...room, state: withSecretTree(state, message.epoch, secretTree) },
    sender,
    plaintext: new Uint8Array(content.applicationData),
    authenticatedData: new Uint8Array(content.authenticatedData),
    consumed,
  }
}

function withSecretTree(state: ClientState, epoch: bigint, secretTree: ClientState["secretTree"]): ClientState {
  const past = state.historicalReceiverData.get(epoch)
  if (epoch === state.groupContext.epoch || past === undefined) return { ...state, secretTree }
  const historicalReceiverData = new Map(state.historicalReceiverData).set(epoch, { ...past, secretTree })
  return { ...state, historicalReceiverData }
}

async function processMemberCommit(room: Room, message: PrivateMessage): Promise<Processed> {
  const { state } = room
  if (message.epoch < state.groupContext.epoch) return refuse("past_epoch")
  const { content, sender: committer } = await openPrivate(room, eraOf(state, message.epoch), message)
  if (content.contentType !== "commit") return refuse("forbidden_message")
  const { proposals, path } = content.commit
  const removed = await judgeMemberCommit(sceneOf(room), {
    committer,
    proposals,
    authenticatedData: message.authenticatedData,
  })
  if (path !== undefined) checkSameLeaf(state, committer, path.leafNode)
  const removesUs = removed.some(({ leafIndex }) => leafIndex === state.privatePath.leafIndex)
  // A state can't follow its own removal; the library only checks the proposals, and its callback ends the matter.
  const result = await processPrivateMessage(state, message, emptyPskIndex, await suite(), () =>
    removesUs ? "reject" : "accept",
  )
  if (removesUs) return { kind: "removed", by: committer }
  if (result.kind !== "newState" || result.actionTaken !== "accept") return refuse("forbidden_message")
  return follow(room, result, committer, path === undefined ? undefined : "updated")
}

/** The committer stays who he is: same credential, same leaf key. */
function checkSameLeaf(state: ClientState, committer: Member, leaf: LeafNode): void {
  const node = state.ratchetTree[2 * committer.leafIndex]
  const old = node?.nodeType === "leaf" ? node.leaf : refuse("not_a_member")
  const same =
    sameBytes(old.signaturePublicKey, leaf.signaturePublicKey) &&
    sameBytes(encodeCredential(old.credential), encodeCredential(leaf.credential))
  if (!same) refuse("committer_changed", committer.name)
}

async function processExternalCommit(room: Room, message: PublicMessage): Promise<Processed> {
  const { state } = room
  const { content } = message
  if (content.epoch < state.groupContext.epoch) return refuse("past_epoch")
  if (content.contentType !== "commit" || content.sender.senderType !== "new_member_commit")
    return refuse("forbidden_message")
  const { newcomer, replaced } = await judgeExternalCommit(sceneOf(room), content)
  const replacesUs = replaced?.leafIndex === state.privatePath.leafIndex
  const result = await processPublicMessage(state, message, emptyPskIndex, await suite(), () =>
    replacesUs ? "reject" : "accept",
  )
  if (replacesUs) return { kind: "removed", by: newcomer }
  if (result.actionTaken !== "accept") return refuse("forbidden_message")
  return follow(room, result, newcomer, replaced === undefined ? undefined : "resynced")
}

const sceneOf = ({ roomId, charter, state }: Room): Scene => ({ roomId, charter, tree: state.ratchetTree })

/** Takes over a state that a commit led to, if the whole of it is good. */
async function follow(
  before: Room,
  result: { readonly newState: ClientState; readonly consumed: readonly Uint8Array[] },
  author: Member,
  renewed: "updated" | "resynced" | undefined,
): Promise<Processed> {
  checkEpoch(result.newState.groupContext.epoch)
  const state = prunePrivateKeys(result.newState)
  const room = roomOf(state, before.identity)
  const committer = room.members.find((member) => sameDevice(member, author)) ?? refuse("committer_changed")
  return {
    kind: "commit",
    room,
    committer,
    changes: [
      ...changesBetween(before.members, room.members),
      ...(renewed === undefined ? [] : [{ kind: renewed, member: committer }]),
    ],
    fits: await pathFits(state, before.state),
    consumed: result.consumed,
  }
}

/** Who went and who came, told from the two rosters. */
export function changesBetween(before: readonly Member[], after: readonly Member[]): Change[] {
  const missing = (from: readonly Member[], member: Member): boolean => !from.some((each) => sameDevice(each, member))
  return [
    ...before.filter((member) => missing(after, member)).map((member) => ({ kind: "removed" as const, member })),
    ...after.filter((member) => missing(before, member)).map((member) => ({ kind: "joined" as const, member })),
  ]
}
