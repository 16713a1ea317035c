/**
 * Who may enter or leave (DESIGN section 6). Each rule reads only what all members share - the tree, the charter, the
 * commit, signatures - so all honest clients decide alike: a client that refuses what others accept has left the room.
 * Local knowledge (pinned keys, clocks, the server's word) must never come in here.
 *
 * | | general | private chat | group |
 * |---|---|---|---|
 * | enter by external commit | anybody | an account that is in the tree | an account that is in the tree |
 * | be added | nobody | its two accounts, by either | anybody, by any member |
 * | be removed | on a statement (departure.ts) | on a statement | by the founder, or on a statement |
 *
 * An external commit may remove the joining device's own old leaf and nothing else. Nobody may change the charter, use
 * pre-shared keys, reinitialise the group or refer to proposals sent before.
 */
import type { FramedContentCommit } from "ts-mls/framedContent.js"
import type { Proposal } from "ts-mls/proposal.js"
import type { ProposalOrRef } from "ts-mls/proposalOrRefType.js"
import type { RatchetTree } from "ts-mls/ratchetTree.js"
import { sameBytes } from "../../../shared/bytes.ts"
import { validateCredential } from "./authentication.ts"
import { MLS_BOUNDS } from "./bounds.ts"
import { type Charter, mayHold } from "./charter.ts"
import { readCarried, verifyDeparture } from "./departure.ts"
import { refuse } from "./refusal.ts"
import { checkNewcomer, encryptionKeyOf, type Member, memberAt, membersOf, readLeaf, sameDevice } from "./roster.ts"
import { KEY_LENGTH } from "./suite.ts"

/** A room before the commit that is judged. */
export interface Scene {
  readonly roomId: string
  readonly charter: Charter
  readonly tree: RatchetTree
}

/** A commit by somebody who is in the tree. */
export interface MemberCommit {
  readonly committer: Member
  readonly proposals: readonly ProposalOrRef[]
  readonly authenticatedData: Uint8Array
}

/** Refuses a member's commit that the rules forbid; returns the members that it removes. */
export async function judgeMemberCommit(scene: Scene, commit: MemberCommit): Promise<Member[]> {
  if (commit.proposals.length > MLS_BOUNDS.proposals) refuse("too_large", "proposals")
  const removed: Member[] = []
  for (const proposal of commit.proposals.map(inlineProposal)) {
    if (proposal.proposalType === "add") judgeAdd(scene, proposal.add.keyPackage.leafNode)
    else if (proposal.proposalType === "remove") removed.push(memberToRemove(scene, proposal.remove.removed))
    else refuse("forbidden_proposal", String(proposal.proposalType))
  }
  await judgeRemovals(scene, commit, removed)
  return removed
}

function inlineProposal(each: ProposalOrRef): Proposal {
  return each.proposalOrRefType === "proposal" ? each.proposal : refuse("forbidden_proposal", "by reference")
}

function judgeAdd(scene: Scene, leaf: Parameters<typeof readLeaf>[0]): void {
  if (scene.charter.kind === "general") refuse("add_forbidden")
  if (!mayHold(scene.charter, readLeaf(leaf, 0).accountKey)) refuse("not_in_charter")
}

function memberToRemove({ tree }: Scene, leafIndex: number): Member {
  return memberAt(tree, leafIndex) ?? refuse("removal_forbidden", "nobody is there")
}

async function judgeRemovals(scene: Scene, commit: MemberCommit, removed: readonly Member[]): Promise<void> {
  const carried = new Map(readCarried(commit.authenticatedData).map((each) => [each.leafIndex, each]))
  for (const member of removed) {
    if (member.leafIndex === commit.committer.leafIndex) refuse("removal_forbidden", "oneself")
    const departure = carried.get(member.leafIndex)
    carried.delete(member.leafIndex)
    if (departure === undefined) {
      if (!mayRemove(scene.charter, commit.committer)) refuse("removal_forbidden", member.name)
      continue
    }
    const leaf = { roomId: scene.roomId, encryptionKey: encryptionKeyAt(scene.tree, member.leafIndex) }
    if (!(await verifyDeparture(departure, member, leaf, scene.charter.noticeKey))) refuse("bad_statement", member.name)
  }
  if (carried.size > 0) refuse("bad_statement", "about somebody who is not removed")
}

function mayRemove(charter: Charter, committer: Member): boolean {
  return charter.kind === "group" && sameBytes(charter.founder, committer.accountKey)
}

function encryptionKeyAt(tree: RatchetTree, leafIndex: number): Uint8Array {
  const node = tree[2 * leafIndex]
  return node === undefined ? refuse("not_a_member") : encryptionKeyOf(node)
}

/** Who an external commit brings in (its place in the tree is not known yet), and whose old leaf it takes away. */
export interface Entry {
  readonly newcomer: Member
  readonly replaced: Member | undefined
}

/** Refuses an external commit that the rules forbid (RFC 9420 section 12.4.3.2, and stricter). */
export async function judgeExternalCommit(scene: Scene, content: FramedContentCommit): Promise<Entry> {
  const { path, proposals } = content.commit
  if (path === undefined || content.authenticatedData.length > 0) return refuse("forbidden_message")
  const replaced = judgeExternalProposals(scene, proposals)
  const newcomer = readLeaf(path.leafNode, 0)
  if (replaced !== undefined && !sameDevice(replaced, newcomer)) refuse("evicts_another", newcomer.name)
  judgeNewcomer(scene, newcomer, replaced)
  if (!(await validateCredential(path.leafNode.credential, path.leafNode.signaturePublicKey))) refuse("bad_credential")
  return { newcomer, replaced }
}

/** Exactly one external_init and at most one Remove, in the open; returns whom the Remove names. */
function judgeExternalProposals(scene: Scene, proposals: readonly ProposalOrRef[]): Member | undefined {
  if (proposals.length < 1 || proposals.length > 2) return refuse("forbidden_proposal", "number")
  let replaced: Member | undefined
  let inits = 0
  for (const proposal of proposals.map(inlineProposal)) {
    if (proposal.proposalType === "external_init") {
      if (proposal.externalInit.kemOutput.length !== KEY_LENGTH) refuse("malformed")
      inits++
    } else if (proposal.proposalType === "remove") replaced = memberToRemove(scene, proposal.remove.removed)
    else refuse("forbidden_proposal", String(proposal.proposalType))
  }
  return inits === 1 ? replaced : refuse("forbidden_proposal", "number of external_init")
}

/** Whether the charter lets this device in, beside the members that stay. Throws Refusal. */
export function judgeNewcomer({ charter, tree }: Scene, newcomer: Member, replaced: Member | undefined): void {
  const members = membersOf(tree)
  const staying = members.filter((member) => member.leafIndex !== replaced?.leafIndex)
  checkNewcomer(staying, newcomer)
  if (!mayHold(charter, newcomer.accountKey)) refuse("not_in_charter", newcomer.name)
  const isHere = members.some((member) => sameBytes(member.accountKey, newcomer.accountKey))
  if (charter.kind !== "general" && !isHere) refuse("join_forbidden", newcomer.name)
}
