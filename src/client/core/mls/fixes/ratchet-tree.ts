/**
 * Replaces `extendRatchetTree` of ts-mls 1.6.4 (ratchetTree.js) at build time (build/ts-mls-fixes.mjs). The library's
 * throws for a tree without leaves, which is what is left for a moment when the only member of a room replaces its own
 * leaf: a room whose last device had lost its state could never be entered again.
 */
import { ValidationError } from "ts-mls/mlsError.js"
import type { RatchetTree } from "ts-mls/ratchetTree.js"

/**
 * Fills a tree with blank nodes to the right until it has 2^(d+1) - 1 of them (RFC 9420 section 7.4.1 and 12.4.3.3); a
 * tree of none becomes one blank leaf. Throws ValidationError when the last node is blank.
 */
export function extendRatchetTree(tree: RatchetTree): RatchetTree {
  if (tree.length > 0 && tree.at(-1) === undefined) throw new ValidationError("the last node of a tree is blank")
  let size = 1
  while (size < tree.length) size = 2 * size + 1
  return [...tree, ...new Array<undefined>(size - tree.length).fill(undefined)]
}
