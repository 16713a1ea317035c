/**
 * Replaces `validateRatchetTree` and `validateLeafNodeCredentialAndKeyUniqueness` of ts-mls 1.6.4 (clientState.js) at
 * build time (build/ts-mls-fixes.mjs). The library's first refuses valid trees with unmerged leaves and skips parts of
 * RFC 9420 section 7.9.2; the second compares the old nodes with each other instead of with the new leaf.
 *
 * Input is a stranger's tree of bounded size (bounds.ts). Both resolve to undefined for an acceptable tree or leaf and to
 * an MlsError otherwise; they don't throw for bad input, and their work is O(n log n) hashes and O(n) signatures.
 */
import type { AuthenticationService } from "ts-mls/authenticationService.js"
import type { CiphersuiteImpl } from "ts-mls/crypto/ciphersuite.js"
import { extensionsSupportedByCapabilities } from "ts-mls/extension.js"
import type { GroupContext } from "ts-mls/groupContext.js"
import type { LeafNode } from "ts-mls/leafNode.js"
import { verifyLeafNodeSignature, verifyLeafNodeSignatureKeyPackage } from "ts-mls/leafNode.js"
import type { LifetimeConfig } from "ts-mls/lifetimeConfig.js"
import { CryptoVerificationError, type MlsError, ValidationError } from "ts-mls/mlsError.js"
import type { RatchetTree } from "ts-mls/ratchetTree.js"
import { decodeRequiredCapabilities, type RequiredCapabilities } from "ts-mls/requiredCapabilities.js"
import { sameBytes } from "../../../../shared/bytes.ts"
import { checkParentHashes } from "./tree-hashes.ts"
import { checkShape, checkUnmergedLeaves, keyOf, leafAt, refuse } from "./tree-shape.ts"

/** Leaves whose signatures are verified side by side: enough to fill the platform's threads, little memory. */
const LEAVES_AT_ONCE = 32

/** What a joiner verifies about a ratchet tree: RFC 9420 sections 7.3, 7.8, 7.9.2 and 12.4.3.1. */
export async function validateRatchetTree(
  tree: RatchetTree,
  groupContext: GroupContext,
  config: LifetimeConfig,
  authService: AuthenticationService,
  expectedTreeHash: Uint8Array,
  suite: CiphersuiteImpl,
): Promise<MlsError | undefined> {
  try {
    checkShape(tree)
    checkUnmergedLeaves(tree)
    await checkParentHashes(tree, expectedTreeHash, suite.hash)
    await checkLeaves(tree, { groupContext, config, authService, suite })
    return undefined
  } catch (error) {
    if (error instanceof ValidationError || error instanceof CryptoVerificationError) return error
    throw error
  }
}

interface LeafRules {
  readonly groupContext: GroupContext
  readonly config: LifetimeConfig
  readonly authService: AuthenticationService
  readonly suite: CiphersuiteImpl
}

async function checkLeaves(tree: RatchetTree, rules: LeafRules): Promise<void> {
  const leaves: { leaf: LeafNode; index: number }[] = []
  for (let node = 0; node < tree.length; node += 2) {
    const leaf = leafAt(tree, node)
    if (leaf !== undefined) leaves.push({ leaf, index: node / 2 })
  }
  const credentialTypes = new Set(leaves.map(({ leaf }) => leaf.credential.credentialType))
  const required = requiredCapabilities(rules.groupContext)
  for (let at = 0; at < leaves.length; at += LEAVES_AT_ONCE)
    await Promise.all(
      leaves.slice(at, at + LEAVES_AT_ONCE).map(async ({ leaf, index }) => {
        checkCapabilities(leaf, credentialTypes, required)
        checkLifetime(leaf, rules.config)
        await checkSignatures(leaf, index, rules)
      }),
    )
}

function requiredCapabilities(groupContext: GroupContext): RequiredCapabilities | undefined {
  const extension = groupContext.extensions.find((each) => each.extensionType === "required_capabilities")
  if (extension === undefined) return undefined
  return decodeRequiredCapabilities(extension.extensionData, 0)?.[0] ?? refuse("required_capabilities is unreadable")
}

/** RFC 9420 section 7.3: the leaf can do what the group needs, and knows the credentials of all its members. */
function checkCapabilities(
  leaf: LeafNode,
  credentialTypes: ReadonlySet<LeafNode["credential"]["credentialType"]>,
  required: RequiredCapabilities | undefined,
): void {
  const can = leaf.capabilities
  for (const type of credentialTypes)
    if (!can.credentials.includes(type)) refuse("a leaf doesn't support a member's type of credential")
  if (!extensionsSupportedByCapabilities(leaf.extensions, can)) refuse("a leaf has an extension it doesn't support")
  if (
    required !== undefined &&
    !(
      required.credentialTypes.every((type) => can.credentials.includes(type)) &&
      required.extensionTypes.every((type) => can.extensions.includes(type)) &&
      required.proposalTypes.every((type) => can.proposals.includes(type))
    )
  )
    refuse("a leaf lacks required capabilities")
}

function checkLifetime(leaf: LeafNode, config: LifetimeConfig): void {
  if (!config.validateLifetimeOnReceive || leaf.leafNodeSource !== "key_package") return
  const now = BigInt(Math.floor(Date.now() / 1000))
  if (leaf.lifetime.notBefore > now || leaf.lifetime.notAfter < now) refuse("a leaf is outside its lifetime")
}

async function checkSignatures(leaf: LeafNode, index: number, rules: LeafRules): Promise<void> {
  const { groupContext, authService, suite } = rules
  const signed =
    leaf.leafNodeSource === "key_package"
      ? await verifyLeafNodeSignatureKeyPackage(leaf, suite.signature)
      : await verifyLeafNodeSignature(leaf, groupContext.groupId, index, suite.signature)
  if (!signed) throw new CryptoVerificationError("Could not verify leaf node signature")
  if (!(await authService.validateCredential(leaf.credential, leaf.signaturePublicKey)))
    throw new ValidationError("Could not validate credential")
}

/**
 * RFC 9420 section 7.3 for one leaf that is about to enter the tree by Add, Update or the path of a commit; `ownLeafIndex`
 * is the leaf it takes over. Stricter than the RFC in one case: Adds are compared with the tree as it was before the
 * Removes of the same commit.
 */
export async function validateLeafNodeCredentialAndKeyUniqueness(
  tree: RatchetTree,
  leafNode: LeafNode,
  ownLeafIndex?: number,
): Promise<ValidationError | undefined> {
  for (const [index, node] of tree.entries()) {
    if (node === undefined || index === (ownLeafIndex ?? -1) * 2) continue
    if (sameBytes(keyOf(node), leafNode.hpkePublicKey)) return new ValidationError("hpke keys not unique")
    if (node.nodeType === "parent") continue
    if (sameBytes(node.leaf.signaturePublicKey, leafNode.signaturePublicKey))
      return new ValidationError("signature keys not unique")
    if (
      !node.leaf.capabilities.credentials.includes(leafNode.credential.credentialType) ||
      !leafNode.capabilities.credentials.includes(node.leaf.credential.credentialType)
    )
      return new ValidationError("a leaf doesn't support a member's type of credential")
  }
  return undefined
}
