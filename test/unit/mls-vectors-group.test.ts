/**
 * The heavier published MLS vectors against the bundle: a passive client that joins and follows up to 200 commits, and
 * valid trees. From each valid tree we also make every tree that differs from it in one field of one node, with the tree
 * hash made to fit: our replacement of the library's tree check (fixes/tree-check.ts) must refuse all of them.
 */
import assert from "node:assert/strict"
import { before, test } from "node:test"
import type { ClientConfig } from "ts-mls/clientConfig.js"
import type { Node } from "ts-mls/ratchetTree.js"
import { loadMlsBundle, type MlsBundle } from "../helpers/mls-bundle.ts"
import { bytes, hex, readVectors, vectorsMissing } from "../helpers/mls-vectors.ts"

const skip = vectorsMissing() ?? false
let mls: MlsBundle
let suite: Awaited<ReturnType<MlsBundle["suites"]["suite"]>>
/** The vectors' members have credentials that are not ours. */
let anybody: ClientConfig

before(async () => {
  mls = await loadMlsBundle()
  suite = await mls.suites.suite()
  anybody = { ...mls.authentication.CONFIG, authService: { validateCredential: async () => true } }
})

interface PassiveClient {
  external_psks: { psk_id: string; psk: string }[]
  key_package: string
  signature_priv: string
  encryption_priv: string
  init_priv: string
  welcome: string
  ratchet_tree: string | null
  initial_epoch_authenticator: string
  epochs: { proposals: string[]; commit: string; epoch_authenticator: string }[]
}

function decode<W extends string>(message: string, wireformat: W) {
  const decoded = mls.messages.decodeMlsMessage(bytes(message), 0)?.[0]
  assert.equal(decoded?.wireformat, wireformat)
  return decoded
}

async function joinAsPassiveClient(vector: PassiveClient) {
  const keyPackage = decode(vector.key_package, "mls_key_package")
  const welcome = decode(vector.welcome, "mls_welcome")
  assert.ok(keyPackage.wireformat === "mls_key_package" && welcome.wireformat === "mls_welcome")
  const privateKeys = {
    initPrivateKey: bytes(vector.init_priv),
    hpkePrivateKey: bytes(vector.encryption_priv),
    signaturePrivateKey: bytes(vector.signature_priv),
  }
  const tree =
    vector.ratchet_tree === null ? undefined : mls.ratchetTree.decodeRatchetTree(bytes(vector.ratchet_tree), 0)?.[0]
  const psks = pskIndex(vector)
  const args = [welcome.welcome, keyPackage.keyPackage, privateKeys, psks, suite, tree, undefined, anybody] as const
  return mls.clientState.joinGroup(...args)
}

function pskIndex({ external_psks }: PassiveClient, state?: Parameters<MlsBundle["clientState"]["makePskIndex"]>[0]) {
  const entries = external_psks.map(({ psk_id, psk }) => [Buffer.from(psk_id, "hex").toString("base64"), bytes(psk)])
  return mls.clientState.makePskIndex(state, Object.fromEntries(entries))
}

async function followAsPassiveClient(vector: PassiveClient): Promise<void> {
  let state = await joinAsPassiveClient(vector)
  assert.equal(hex(state.keySchedule.epochAuthenticator), vector.initial_epoch_authenticator)
  const take = async (message: string): Promise<void> => {
    const decoded = mls.messages.decodeMlsMessage(bytes(message), 0)?.[0]
    assert.ok(decoded?.wireformat === "mls_public_message" || decoded?.wireformat === "mls_private_message")
    const psks = pskIndex(vector, state)
    const result = await mls.processMessages.processMessage(decoded, state, psks, () => "accept", suite)
    state = result.newState
  }
  for (const epoch of vector.epochs) {
    for (const proposal of epoch.proposals) await take(proposal)
    await take(epoch.commit)
    assert.equal(hex(state.keySchedule.epochAuthenticator), epoch.epoch_authenticator)
  }
}

for (const name of ["passive-client-welcome", "passive-client-handling-commit", "passive-client-random"])
  test(`a passive client reaches every published epoch of ${name}`, { skip }, async () => {
    for (const vector of readVectors<PassiveClient>(name)) await followAsPassiveClient(vector)
  })

interface TreeValidation {
  tree: string
  group_id: string
  resolutions: number[][]
  tree_hashes: string[]
}

type Tree = (Node | undefined)[]

async function check(tree: Tree, groupId: string): Promise<Error | undefined> {
  const treeHash = await mls.treeHash.treeHashRoot(tree, suite.hash)
  const groupContext = {
    version: "mls10" as const,
    cipherSuite: suite.name,
    groupId: bytes(groupId),
    epoch: 0n,
    treeHash,
    confirmedTranscriptHash: new Uint8Array(),
    extensions: [],
  }
  const { authService, lifetimeConfig } = anybody
  return mls.clientState.validateRatchetTree(tree, groupContext, lifetimeConfig, authService, treeHash, suite)
}

function decodeTree(text: string): Tree {
  const tree = mls.ratchetTree.decodeRatchetTree(bytes(text), 0)?.[0]
  assert.ok(tree)
  return tree
}

test("published trees have the published hashes and resolutions, and are accepted", { skip }, async () => {
  for (const vector of readVectors<TreeValidation>("tree-validation")) {
    const tree = decodeTree(vector.tree)
    for (const [index, expected] of vector.tree_hashes.entries()) {
      const node = mls.treemath.toNodeIndex(index)
      assert.equal(hex(await mls.treeHash.treeHash(tree, node, suite.hash)), expected)
      assert.deepEqual(mls.ratchetTree.resolution(tree, node), vector.resolutions[index])
    }
    assert.equal(await check(tree, vector.group_id), undefined)
  }
})

const flipped = (value: Uint8Array): Uint8Array => {
  const copy = new Uint8Array(value.length === 0 ? [0] : value)
  copy[0] = (copy[0] ?? 0) ^ 1
  return copy
}

/** Every node that differs from this one in one field. */
function mutants(node: Node, leaves: number): Node[] {
  if (node.nodeType === "leaf") {
    const { leaf } = node
    const changes: Partial<typeof leaf>[] = [
      { hpkePublicKey: flipped(leaf.hpkePublicKey) },
      { signaturePublicKey: flipped(leaf.signaturePublicKey) },
      { credential: { credentialType: "basic", identity: Uint8Array.of(1, 2, 3) } },
      { signature: flipped(leaf.signature) },
      { capabilities: { ...leaf.capabilities, proposals: [...leaf.capabilities.proposals, 0x0a0a] } },
      ...(leaf.leafNodeSource === "commit" ? [{ parentHash: flipped(leaf.parentHash) }] : []),
    ]
    return changes.map((change) => ({ nodeType: "leaf", leaf: { ...leaf, ...change } as typeof leaf }))
  }
  const { parent } = node
  const all = Array.from({ length: leaves }, (_, leaf) => mls.treemath.toLeafIndex(leaf))
  const changes: Partial<typeof parent>[] = [
    { hpkePublicKey: flipped(parent.hpkePublicKey) },
    { parentHash: flipped(parent.parentHash) },
    ...parent.unmergedLeaves.map((gone) => ({ unmergedLeaves: parent.unmergedLeaves.filter((leaf) => leaf !== gone) })),
    ...all
      .filter((leaf) => !parent.unmergedLeaves.includes(leaf))
      .map((leaf) => ({ unmergedLeaves: [...parent.unmergedLeaves, leaf].sort((a, b) => a - b) })),
  ]
  return changes.map((change) => ({ nodeType: "parent", parent: { ...parent, ...change } }))
}

/** Of all mutants this share is tried, spread evenly: all of them take 12 s. */
const ONE_IN = 4

test("a tree that differs from a valid one in one field of one node is refused", { skip }, async () => {
  let made = 0
  let refused = 0
  for (const vector of readVectors<TreeValidation>("tree-validation")) {
    const tree = decodeTree(vector.tree)
    for (const [index, node] of tree.entries()) {
      if (node === undefined) continue
      for (const [number, mutant] of mutants(node, (tree.length + 1) / 2).entries()) {
        if (made++ % ONE_IN !== 0) continue
        const error = await check(tree.with(index, mutant), vector.group_id)
        assert.ok(error, `mutant ${number} of node ${index} of ${vector.group_id}`)
        refused++
      }
    }
  }
  assert.ok(refused > 1000, `${refused} mutants`)
})
