/**
 * The shape of a ratchet tree: node arithmetic of RFC 9420 appendix C and the checks that need no cryptography. A tree
 * is an array in which leaf i is node 2i and a node of level k covers the nodes index - (2^k - 1) .. index + (2^k - 1).
 */
import type { LeafNode } from "ts-mls/leafNode.js"
import { ValidationError } from "ts-mls/mlsError.js"
import type { ParentNode } from "ts-mls/parentNode.js"
import type { Node, RatchetTree } from "ts-mls/ratchetTree.js"
import { toHex } from "../../../../shared/bytes.ts"

/** How many nodes a node covers to either side: 0 for a leaf. */
const spanOf = (node: number): number => (node & 1 ? (~node & (node + 1)) - 1 : 0)
export const leftOf = (node: number): number => node - ((spanOf(node) + 1) >> 1)
export const rightOf = (node: number): number => node + ((spanOf(node) + 1) >> 1)
/** Whether `leaf` (a leaf index) lies below `node` or is it. */
export const covers = (node: number, leaf: number): boolean => Math.abs(2 * leaf - node) <= spanOf(node)

export function refuse(why: string): never {
  throw new ValidationError(`ratchet tree: ${why}`)
}

export function leafAt(tree: RatchetTree, node: number): LeafNode | undefined {
  const found = tree[node]
  return found?.nodeType === "leaf" ? found.leaf : undefined
}

export function parentAt(tree: RatchetTree, node: number): ParentNode | undefined {
  const found = tree[node]
  return found?.nodeType === "parent" ? found.parent : undefined
}

/** The encryption key of a node of either kind. */
export const keyOf = (node: Node): Uint8Array =>
  node.nodeType === "leaf" ? node.leaf.hpkePublicKey : node.parent.hpkePublicKey

/** Full binary shape, leaves at even and parents at odd indices, every key used once. Throws ValidationError. */
export function checkShape(tree: RatchetTree): void {
  const size = tree.length
  if (size === 0 || (size & (size + 1)) !== 0) refuse("number of nodes is not 2^d - 1")
  const encryptionKeys = new Set<string>()
  const signatureKeys = new Set<string>()
  for (const [index, node] of tree.entries()) {
    if (node === undefined) continue
    if ((node.nodeType === "leaf") !== (index % 2 === 0)) refuse(`wrong kind of node at ${index}`)
    addOnce(encryptionKeys, keyOf(node), "hpke keys not unique")
    if (node.nodeType === "leaf") addOnce(signatureKeys, node.leaf.signaturePublicKey, "signature keys not unique")
  }
}

function addOnce(seen: Set<string>, key: Uint8Array, otherwise: string): void {
  const text = toHex(key)
  if (seen.has(text)) refuse(otherwise)
  seen.add(text)
}

/**
 * RFC 9420 section 7.9.2: each entry of a parent's unmerged_leaves is an occupied leaf below it, and every occupied node
 * between the two lists that leaf too. Throws ValidationError.
 */
export function checkUnmergedLeaves(tree: RatchetTree): void {
  for (let node = 1; node < tree.length; node += 2) {
    let previous = -1
    for (const leaf of parentAt(tree, node)?.unmergedLeaves ?? []) {
      if (leaf <= previous) refuse("unmerged_leaves is not strictly increasing")
      previous = leaf
      checkUnmergedLeaf(tree, node, leaf)
    }
  }
}

function checkUnmergedLeaf(tree: RatchetTree, ancestor: number, leaf: number): void {
  const target = 2 * leaf
  if (!covers(ancestor, leaf) || leafAt(tree, target) === undefined)
    refuse("an unmerged leaf is not an occupied leaf below its node")
  const towards = (node: number): number => (target < node ? leftOf(node) : rightOf(node))
  for (let between = towards(ancestor); between !== target; between = towards(between)) {
    const inner = parentAt(tree, between)
    if (inner !== undefined && !inner.unmergedLeaves.includes(leaf))
      refuse("a node between an unmerged leaf and its ancestor does not list it")
  }
}

/** The resolution of a node (RFC 9420 section 4.1.1), as node indices. */
export function resolutionOf(tree: RatchetTree, node: number): number[] {
  const found = tree[node]
  if (found === undefined)
    return node % 2 === 0 ? [] : [...resolutionOf(tree, leftOf(node)), ...resolutionOf(tree, rightOf(node))]
  return found.nodeType === "leaf" ? [node] : [node, ...found.parent.unmergedLeaves.map((leaf) => 2 * leaf)]
}
