/**
 * The published MLS vectors against the bundle, which is what users run: tree arithmetic, labels, key schedule and secret
 * tree. Messages are in mls-vectors-messages.test.ts, whole groups in mls-vectors-group.test.ts.
 */
import assert from "node:assert/strict"
import { before, test } from "node:test"
import { loadMlsBundle, type MlsBundle } from "../helpers/mls-bundle.ts"
import { bytes, hex, readVectors, vectorsMissing } from "../helpers/mls-vectors.ts"

const skip = vectorsMissing() ?? false
let mls: MlsBundle
let suite: Awaited<ReturnType<MlsBundle["suites"]["suite"]>>

before(async () => {
  mls = await loadMlsBundle()
  suite = await mls.suites.suite()
})

interface TreeMath {
  n_leaves: number
  n_nodes: number
  root: number
  left: (number | null)[]
  right: (number | null)[]
  parent: (number | null)[]
  sibling: (number | null)[]
}

test("tree arithmetic gives the published nodes, and refuses where there is none", { skip }, () => {
  const { left, nodeWidth, parent, right, root, sibling, toNodeIndex } = mls.treemath
  for (const vector of readVectors<TreeMath>("tree-math")) {
    const leaves = vector.n_leaves
    assert.equal(nodeWidth(leaves), vector.n_nodes)
    assert.equal(root(leaves), vector.root)
    const same = (expected: number | null | undefined, actual: () => number): void => {
      if (expected === null || expected === undefined) assert.throws(actual)
      else assert.equal(actual(), expected)
    }
    for (let node = 0; node < vector.n_nodes; node++) {
      const index = toNodeIndex(node)
      same(vector.left[node], () => left(index))
      same(vector.right[node], () => right(index))
      same(vector.parent[node], () => parent(index, leaves))
      same(vector.sibling[node], () => sibling(index, leaves))
    }
  }
})

interface CryptoBasics {
  ref_hash: { label: string; value: string; out: string }
  expand_with_label: { secret: string; label: string; context: string; length: number; out: string }
  derive_secret: { secret: string; label: string; out: string }
  derive_tree_secret: { secret: string; label: string; generation: number; length: number; out: string }
  sign_with_label: { priv: string; pub: string; content: string; label: string; signature: string }
  encrypt_with_label: Record<"priv" | "pub" | "label" | "context" | "plaintext" | "kem_output" | "ciphertext", string>
}

test("hashing, derivation, signing and encryption with labels give the published values", { skip }, async () => {
  const { hpke, kdf, signatures } = mls
  for (const vector of readVectors<CryptoBasics>("crypto-basics")) {
    const { ref_hash: ref, expand_with_label: expand, derive_secret: derive, derive_tree_secret: tree } = vector
    assert.equal(hex(await mls.hashes.refhash(ref.label, bytes(ref.value), suite.hash)), ref.out)
    const context = bytes(expand.context)
    const expanded = await kdf.expandWithLabel(bytes(expand.secret), expand.label, context, expand.length, suite.kdf)
    assert.equal(hex(expanded), expand.out)
    assert.equal(hex(await kdf.deriveSecret(bytes(derive.secret), derive.label, suite.kdf)), derive.out)
    const derived = await kdf.deriveTreeSecret(bytes(tree.secret), tree.label, tree.generation, tree.length, suite.kdf)
    assert.equal(hex(derived), tree.out)

    const sign = vector.sign_with_label
    const content = bytes(sign.content)
    const fresh = await signatures.signWithLabel(bytes(sign.priv), sign.label, content, suite.signature)
    for (const signature of [fresh, bytes(sign.signature)])
      assert.ok(await signatures.verifyWithLabel(bytes(sign.pub), sign.label, content, signature, suite.signature))

    const given = vector.encrypt_with_label
    const privateKey = await suite.hpke.importPrivateKey(bytes(given.priv))
    const publicKey = await suite.hpke.importPublicKey(bytes(given.pub))
    const about = bytes(given.context)
    const plaintext = bytes(given.plaintext)
    const sealed = await hpke.encryptWithLabel(publicKey, given.label, about, plaintext, suite.hpke)
    for (const { enc, ct } of [sealed, { enc: bytes(given.kem_output), ct: bytes(given.ciphertext) }]) {
      const opened = await hpke.decryptWithLabel(privateKey, given.label, about, enc, ct, suite.hpke)
      assert.equal(hex(opened), given.plaintext)
    }
  }
})

type KeyScheduleEpoch = Record<
  | "tree_hash"
  | "commit_secret"
  | "psk_secret"
  | "confirmed_transcript_hash"
  | "group_context"
  | "joiner_secret"
  | "welcome_secret"
  | "init_secret"
  | "sender_data_secret"
  | "encryption_secret"
  | "exporter_secret"
  | "epoch_authenticator"
  | "external_secret"
  | "confirmation_key"
  | "membership_key"
  | "resumption_psk"
  | "external_pub",
  string
> & { exporter: { label: string; context: string; length: number; secret: string } }

test("the key schedule gives the published secrets of each epoch", { skip }, async () => {
  const { groupContext, keySchedule } = mls
  type Vector = { group_id: string; initial_init_secret: string; epochs: KeyScheduleEpoch[] }
  for (const vector of readVectors<Vector>("key-schedule")) {
    let initSecret = bytes(vector.initial_init_secret)
    for (const [number, epoch] of vector.epochs.entries()) {
      const context = {
        version: "mls10" as const,
        cipherSuite: suite.name,
        groupId: bytes(vector.group_id),
        epoch: BigInt(number),
        treeHash: bytes(epoch.tree_hash),
        confirmedTranscriptHash: bytes(epoch.confirmed_transcript_hash),
        extensions: [],
      }
      assert.equal(hex(groupContext.encodeGroupContext(context)), epoch.group_context)
      const [commitSecret, psk] = [bytes(epoch.commit_secret), bytes(epoch.psk_secret)]
      const made = await keySchedule.initializeEpoch(initSecret, commitSecret, context, psk, suite.kdf)
      const secrets = made.keySchedule
      const actual = {
        joiner_secret: made.joinerSecret,
        welcome_secret: made.welcomeSecret,
        encryption_secret: made.encryptionSecret,
        init_secret: secrets.initSecret,
        sender_data_secret: secrets.senderDataSecret,
        exporter_secret: secrets.exporterSecret,
        epoch_authenticator: secrets.epochAuthenticator,
        external_secret: secrets.externalSecret,
        confirmation_key: secrets.confirmationKey,
        membership_key: secrets.membershipKey,
        resumption_psk: secrets.resumptionPsk,
        external_pub: await suite.hpke.exportPublicKey(
          (await suite.hpke.deriveKeyPair(secrets.externalSecret)).publicKey,
        ),
      }
      for (const [name, value] of Object.entries(actual)) assert.equal(hex(value), Reflect.get(epoch, name), name)
      const { label, context: about, length, secret } = epoch.exporter
      const exported = await keySchedule.mlsExporter(secrets.exporterSecret, label, bytes(about), length, suite)
      assert.equal(hex(exported), secret)
      initSecret = secrets.initSecret
    }
  }
})

interface SecretTree {
  encryption_secret: string
  sender_data: { sender_data_secret: string; ciphertext: string; key: string; nonce: string }
  leaves: {
    generation: number
    application_key: string
    application_nonce: string
    handshake_key: string
    handshake_nonce: string
  }[][]
}

test("the secret tree gives the published keys of each leaf and generation", { skip }, async () => {
  const { authentication, secretTree, sender } = mls
  const config = authentication.CONFIG.keyRetentionConfig
  for (const vector of readVectors<SecretTree>("secret-tree")) {
    const { sender_data_secret: secret, ciphertext, key, nonce } = vector.sender_data
    assert.equal(hex(await sender.expandSenderDataKey(suite, bytes(secret), bytes(ciphertext))), key)
    assert.equal(hex(await sender.expandSenderDataNonce(suite, bytes(secret), bytes(ciphertext))), nonce)
    const tree = await secretTree.createSecretTree(vector.leaves.length, bytes(vector.encryption_secret), suite.kdf)
    const decoded = sender.decodeReuseGuard(new Uint8Array(4), 0)
    assert.ok(decoded)
    const [reuseGuard] = decoded
    for (const [leafIndex, generations] of vector.leaves.entries())
      for (const expected of generations) {
        const data = { leafIndex, generation: expected.generation, reuseGuard }
        const application = await secretTree.ratchetToGeneration(tree, data, "application", config, suite)
        const handshake = await secretTree.ratchetToGeneration(tree, data, "commit", config, suite)
        assert.equal(hex(application.key), expected.application_key)
        assert.equal(hex(application.nonce), expected.application_nonce)
        assert.equal(hex(handshake.key), expected.handshake_key)
        assert.equal(hex(handshake.nonce), expected.handshake_nonce)
      }
  }
})
