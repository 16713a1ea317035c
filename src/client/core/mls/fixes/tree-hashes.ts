/**
 * Tree hashes and parent hashes of a stranger's ratchet tree: RFC 9420 sections 7.8 and 7.9.2. A tree hash that differs
 * from the signed one means another tree; a parent hash that links to nothing means that somebody put a key of his own
 * into the tree, which would let him read on after his removal.
 */
import type { Hash } from "ts-mls/crypto/hash.js"
import { CryptoVerificationError } from "ts-mls/mlsError.js"
import { encodeParentHashInput } from "ts-mls/parentHash.js"
import type { RatchetTree } from "ts-mls/ratchetTree.js"
import { encodeTreeHashInput } from "ts-mls/treeHash.js"
import { toLeafIndex } from "ts-mls/treemath.js"
import { sameBytes } from "../../../../shared/bytes.ts"
import { covers, leafAt, leftOf, parentAt, refuse, resolutionOf, rightOf } from "./tree-shape.ts"

const NOBODY: ReadonlySet<number> = new Set()

/**
 * Throws ValidationError unless the tree has the expected hash, CryptoVerificationError unless every occupied parent is
 * parent-hash valid with respect to exactly one descendant.
 */
export async function checkParentHashes(tree: RatchetTree, expected: Uint8Array, hash: Hash): Promise<void> {
  const hashes = await hashAll(tree, hash)
  const root = hashes[(tree.length - 1) >> 1]
  if (root === undefined || !sameBytes(root, expected)) refuse("tree hash differs from the GroupContext")
  for (let node = 1; node < tree.length; node += 2)
    if (parentAt(tree, node) !== undefined && (await countLinks(tree, node, hashes, hash)) !== 1)
      throw new CryptoVerificationError("Unable to verify parent hash")
}

/** The tree hash of every node, made level by level from the leaves up. */
async function hashAll(tree: RatchetTree, hash: Hash): Promise<Uint8Array[]> {
  const hashes: Uint8Array[] = new Array<Uint8Array>(tree.length)
  for (let step = 1; step <= tree.length; step *= 2)
    for (let node = step - 1; node < tree.length; node += 2 * step)
      hashes[node] = await hashNode(tree, node, NOBODY, hashes[leftOf(node)], hashes[rightOf(node)], hash)
  return hashes
}

/** The tree hash of one node, given its children's, as if the leaves in `gone` were blank. */
function hashNode(
  tree: RatchetTree,
  node: number,
  gone: ReadonlySet<number>,
  left: Uint8Array | undefined,
  right: Uint8Array | undefined,
  hash: Hash,
): Promise<Uint8Array> {
  if (node % 2 === 0 || left === undefined || right === undefined) {
    const leafIndex = toLeafIndex(node / 2)
    const leafNode = gone.has(leafIndex) ? undefined : leafAt(tree, node)
    return hash.digest(encodeTreeHashInput({ nodeType: "leaf", leafIndex, leafNode }))
  }
  const parent = parentAt(tree, node)
  const parentNode = parent && { ...parent, unmergedLeaves: parent.unmergedLeaves.filter((leaf) => !gone.has(leaf)) }
  return hash.digest(encodeTreeHashInput({ nodeType: "parent", parentNode, leftHash: left, rightHash: right }))
}

/** How many descendants the parent's own hash is claimed by: through its left and through its right child. */
async function countLinks(tree: RatchetTree, node: number, hashes: Uint8Array[], hash: Hash): Promise<number> {
  const parent = parentAt(tree, node)
  if (parent === undefined) return 0
  let links = 0
  for (const [child, sibling] of [
    [leftOf(node), rightOf(node)],
    [rightOf(node), leftOf(node)],
  ] as const) {
    const claimed = claimedParentHash(tree, onlyMergedNode(tree, child, parent.unmergedLeaves))
    if (claimed === undefined) continue
    const actual = await hash.digest(
      encodeParentHashInput({
        encryptionKey: parent.hpkePublicKey,
        parentHash: parent.parentHash,
        originalSiblingTreeHash: await hashWithout(tree, sibling, parent.unmergedLeaves, hashes, hash),
      }),
    )
    if (sameBytes(actual, claimed)) links++
  }
  return links
}

/** The tree hash at a node as it was before the leaves in `gone` came; untouched branches are not hashed again. */
async function hashWithout(
  tree: RatchetTree,
  node: number,
  gone: readonly number[],
  hashes: readonly Uint8Array[],
  hash: Hash,
): Promise<Uint8Array> {
  const below = gone.filter((leaf) => covers(node, leaf))
  const known = hashes[node]
  if (below.length === 0 && known !== undefined) return known
  const all = new Set(gone)
  if (node % 2 === 0) return hashNode(tree, node, all, undefined, undefined, hash)
  const left = await hashWithout(tree, leftOf(node), below, hashes, hash)
  const right = await hashWithout(tree, rightOf(node), below, hashes, hash)
  return hashNode(tree, node, all, left, right, hash)
}

/** The D of section 7.9.2: the child's resolution is D and exactly those unmerged leaves of the parent that lie below. */
function onlyMergedNode(tree: RatchetTree, child: number, unmerged: readonly number[]): number | undefined {
  const expected = new Set(unmerged.filter((leaf) => covers(child, leaf)).map((leaf) => 2 * leaf))
  const rest = resolutionOf(tree, child).filter((node) => !expected.delete(node))
  return rest.length === 1 && expected.size === 0 ? rest[0] : undefined
}

function claimedParentHash(tree: RatchetTree, node: number | undefined): Uint8Array | undefined {
  if (node === undefined) return undefined
  const leaf = leafAt(tree, node)
  if (leaf === undefined) return parentAt(tree, node)?.parentHash
  return leaf.leafNodeSource === "commit" ? leaf.parentHash : undefined
}
