/**
 * The roster: who is in a room, read from the MLS tree and from nothing else. The checks here are the part of "who may be
 * in a tree" that every member decides alike from the tree and the charter; they run on each tree that this device joins
 * and on each tree that a commit leads to, so one bad leaf can never settle in.
 *
 * What an attacker could try: a second account key under a name that is taken, one account under two names, the same
 * device twice, a key that is in the tree already (after which nobody could join any more), a leaf swollen with
 * capabilities, a third account in a private chat.
 */
import type { LeafNode } from "ts-mls/leafNode.js"
import type { Node, RatchetTree } from "ts-mls/ratchetTree.js"
import { sameBytes, toHex } from "../../../shared/bytes.ts"
import { MLS_BOUNDS } from "./bounds.ts"
import { CHARTER_EXTENSION, type Charter, mayHold } from "./charter.ts"
import { readCredential } from "./identity.ts"
import { refuse } from "./refusal.ts"
import { isOrdinaryKey, isOrdinaryPoint, KEY_LENGTH, SUITE_NAME } from "./suite.ts"

/** One device in a room. */
export interface Member {
  readonly name: string
  readonly device: string
  readonly accountKey: Uint8Array
  /** The place in the tree; changes when the device resyncs. */
  readonly leafIndex: number
  /** The device's Ed25519 public key. */
  readonly leafKey: Uint8Array
}

/** Entries of one list of capabilities: ours have one, and room for those of later versions. */
const CAPABILITIES_MAX = 32

/** Reads and checks one leaf; its signatures are the library's and the authentication service's to check. */
export function readLeaf(leaf: LeafNode, leafIndex: number): Member {
  if (leaf.credential.credentialType !== "basic") return refuse("bad_credential", "type")
  const { name, device, accountKey } = readCredential(leaf.credential.identity)
  checkKeys(leaf, accountKey)
  checkCapabilities(leaf)
  return { name, device, accountKey, leafIndex, leafKey: leaf.signaturePublicKey }
}

/** The member at a leaf, or undefined for a blank leaf or one outside the tree. */
export function memberAt(tree: RatchetTree, leafIndex: number): Member | undefined {
  const node = tree[2 * leafIndex]
  return node?.nodeType === "leaf" ? readLeaf(node.leaf, leafIndex) : undefined
}

/** All members in the order of their leaves. */
export function membersOf(tree: RatchetTree): Member[] {
  const members: Member[] = []
  for (let leafIndex = 0; 2 * leafIndex < tree.length; leafIndex++) {
    const member = memberAt(tree, leafIndex)
    if (member !== undefined) members.push(member)
  }
  return members
}

/** Whether two leaves are the same device of the same account. */
export function sameDevice(a: Member, b: Member): boolean {
  return a.device === b.device && a.name === b.name && sameBytes(a.accountKey, b.accountKey)
}

/** Refuses a newcomer whose name or key conflicts with a member: one name, one account key, both ways. */
export function checkNewcomer(members: readonly Member[], newcomer: Member): void {
  for (const member of members) {
    const sameName = member.name === newcomer.name
    const sameKey = sameBytes(member.accountKey, newcomer.accountKey)
    if (sameName && !sameKey) refuse("name_under_second_key", newcomer.name)
    if (sameKey && !sameName) refuse("key_under_second_name", newcomer.name)
    if (sameName && member.device === newcomer.device) refuse("device_twice", newcomer.name)
  }
}

/** Checks a whole tree against the charter and returns its members. Throws Refusal. */
export function checkRoster(tree: RatchetTree, charter: Charter): Member[] {
  if (tree.length > 2 * MLS_BOUNDS.leaves - 1) refuse("too_many_members")
  checkNodeKeys(tree)
  const members = membersOf(tree)
  const keyOfName = new Map<string, string>()
  const nameOfKey = new Map<string, string>()
  const devices = new Set<string>()
  for (const { name, device, accountKey } of members) {
    const key = toHex(accountKey)
    if ((keyOfName.get(name) ?? key) !== key) refuse("name_under_second_key", name)
    if ((nameOfKey.get(key) ?? name) !== name) refuse("key_under_second_name", name)
    if (devices.has(`${name} ${device}`)) refuse("device_twice", name)
    if (!mayHold(charter, accountKey)) refuse("not_in_charter", name)
    keyOfName.set(name, key)
    nameOfKey.set(key, name)
    devices.add(`${name} ${device}`)
  }
  return members
}

/**
 * RFC 9420 section 12.4.3.1: every key stands in the tree once, and can be encrypted to. The library compares a commit's
 * new parent keys with the old parents only; a duplicate would make the room unjoinable, a weak key stop all commits.
 */
function checkNodeKeys(tree: RatchetTree): void {
  const seen = new Set<string>()
  const add = (kind: string, key: Uint8Array): void => {
    const text = kind + toHex(key)
    if (seen.has(text)) refuse("bad_tree", "a key stands in it twice")
    seen.add(text)
  }
  for (const node of tree) {
    if (node === undefined) continue
    if (!isOrdinaryKey(encryptionKeyOf(node))) refuse("bad_tree", "a weak key")
    add("encryption ", encryptionKeyOf(node))
    if (node.nodeType === "leaf") add("signature ", node.leaf.signaturePublicKey)
  }
}

/** The X25519 key of a node of either kind. */
export function encryptionKeyOf(node: Node): Uint8Array {
  return node.nodeType === "leaf" ? node.leaf.hpkePublicKey : node.parent.hpkePublicKey
}

function checkKeys(leaf: LeafNode, accountKey: Uint8Array): void {
  if (leaf.signaturePublicKey.length !== KEY_LENGTH) refuse("bad_leaf", "length of a key")
  if (!isOrdinaryKey(leaf.hpkePublicKey)) refuse("bad_leaf", "a weak key")
  if (!isOrdinaryPoint(leaf.signaturePublicKey) || !isOrdinaryPoint(accountKey)) refuse("bad_leaf", "a weak key")
  if (sameBytes(leaf.signaturePublicKey, accountKey)) refuse("bad_leaf", "the account key is no leaf key")
}

function checkCapabilities({ capabilities, extensions, ...leaf }: LeafNode): void {
  if (Object.values(capabilities).some((list) => list.length > CAPABILITIES_MAX)) refuse("bad_leaf", "capabilities")
  const able =
    capabilities.versions.includes("mls10") &&
    capabilities.ciphersuites.includes(SUITE_NAME) &&
    capabilities.credentials.includes("basic") &&
    capabilities.extensions.includes(CHARTER_EXTENSION)
  if (!able || extensions.length > 0) refuse("bad_leaf", "capabilities")
  if (leaf.leafNodeSource !== "key_package") return
  const { notBefore, notAfter } = leaf.lifetime
  if (notAfter < notBefore || notAfter - notBefore > BigInt(MLS_BOUNDS.lifetime)) refuse("bad_leaf", "lifetime")
}
