/**
 * Replaces `parent` of ts-mls 1.6.4 (treemath.js) at build time (build/ts-mls-fixes.mjs). The library's has no bound: an
 * outsider's commit with Remove(1000) walks up from a node that isn't in the tree, never meets the root and pushes for
 * ever, before any signature is checked. This one is RFC 9420 appendix C with the bound.
 */
import { ValidationError } from "ts-mls/mlsError.js"
import type { NodeIndex } from "ts-mls/treemath.js"

/** The root of a tree with `leafCount` leaves, rounded up to a power of two; node indices then are 0 .. 2 * root. */
function rootOf(leafCount: number): number {
  // The library sometimes passes nodes / 2, half a leaf too many: the last node index rounds it away.
  const last = 2 * (leafCount - 1) + 1
  let root = 0
  while (2 * root + 2 <= last) root = 2 * root + 1
  return root
}

/** The parent of a node (RFC 9420 appendix C). Throws ValidationError for the root and for a node outside the tree. */
export function parent(nodeIndex: NodeIndex, leafCount: number): NodeIndex {
  const root = rootOf(leafCount)
  if (!Number.isInteger(nodeIndex) || nodeIndex < 0 || nodeIndex > 2 * root)
    throw new ValidationError(`node ${nodeIndex} is outside the tree`)
  if (nodeIndex === root) throw new ValidationError("the root has no parent")
  const lowestZero = ~nodeIndex & (nodeIndex + 1)
  return ((nodeIndex | lowestZero) & ~(lowestZero << 1)) as NodeIndex
}
