/**
 * The private keys on this device's direct path, held against the public keys in the tree. Receivers of a commit derive
 * the private keys from a secret and take the public keys from the commit, and the protocol never compares the two: an
 * insider can put other public keys into the tree, and the next commit that is encrypted to them can be read by nobody
 * below. The check finds this at once, while the culprit is known.
 */
import type { ClientState } from "ts-mls/clientState.js"
import type { RatchetTree } from "ts-mls/ratchetTree.js"
import { directPath, leafToNodeIndex, leafWidth, toLeafIndex } from "ts-mls/treemath.js"
import { sameBytes } from "../../../shared/bytes.ts"
import { encryptionKeyOf } from "./roster.ts"
import { isKeyPair } from "./suite.ts"

/** The nodes whose private keys this leaf must hold: itself and each occupied ancestor into which it is merged. */
function ownNodes(tree: RatchetTree, leafIndex: number): number[] {
  const leaf = leafToNodeIndex(toLeafIndex(leafIndex))
  return [leaf, ...directPath(leaf, leafWidth(tree.length))].filter((index) => {
    const node = tree[index]
    if (node === undefined) return false
    return node.nodeType === "leaf" || !node.parent.unmergedLeaves.includes(toLeafIndex(leafIndex))
  })
}

/** Drops the private keys of nodes that are blank by now: they open nothing but old commits. */
export function prunePrivateKeys(state: ClientState): ClientState {
  const { leafIndex, privateKeys } = state.privatePath
  const kept = ownNodes(state.ratchetTree, leafIndex).flatMap((index) => {
    const key = privateKeys[index]
    return key === undefined ? [] : [[index, key] as const]
  })
  return { ...state, privatePath: { leafIndex, privateKeys: Object.fromEntries(kept) } }
}

/**
 * Whether this device can read the next commit, whoever makes it: it holds the private key of each node it must, and it
 * fits. Nodes that have not changed since `before`, which was checked, are not checked again.
 */
export async function pathFits(state: ClientState, before?: ClientState): Promise<boolean> {
  const { leafIndex, privateKeys } = state.privatePath
  for (const index of ownNodes(state.ratchetTree, leafIndex)) {
    const node = state.ratchetTree[index]
    const key = privateKeys[index]
    if (node === undefined || key === undefined) return false
    const publicKey = encryptionKeyOf(node)
    if (before !== undefined && isUnchanged(before, index, publicKey, key)) continue
    if (!(await isKeyPair(publicKey, key))) return false
  }
  return true
}

function isUnchanged(before: ClientState, index: number, publicKey: Uint8Array, privateKey: Uint8Array): boolean {
  const node = before.ratchetTree[index]
  const key = before.privatePath.privateKeys[index]
  if (node === undefined || key === undefined) return false
  return sameBytes(encryptionKeyOf(node), publicKey) && sameBytes(key, privateKey)
}
