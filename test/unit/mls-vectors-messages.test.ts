/**
 * The published MLS vectors of single messages against the bundle: public and private messages, transcript hashes and
 * Welcome.
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

interface Protection
  extends Record<
    | "group_id"
    | "tree_hash"
    | "confirmed_transcript_hash"
    | "signature_pub"
    | "encryption_secret"
    | "sender_data_secret"
    | "membership_key"
    | "proposal"
    | "proposal_pub"
    | "proposal_priv"
    | "commit"
    | "commit_pub"
    | "commit_priv"
    | "application"
    | "application_priv",
    string
  > {
  epoch: number
}

test("published public and private messages open to the published content", { skip }, async () => {
  const { authentication, commits, messageProtection, messageProtectionPublic, messages, proposals, secretTree } = mls
  for (const vector of readVectors<Protection>("message-protection")) {
    const groupContext = {
      version: "mls10" as const,
      cipherSuite: suite.name,
      groupId: bytes(vector.group_id),
      epoch: BigInt(vector.epoch),
      treeHash: bytes(vector.tree_hash),
      confirmedTranscriptHash: bytes(vector.confirmed_transcript_hash),
      extensions: [],
    }
    const key = bytes(vector.signature_pub)
    const openPublic = async (message: string) => {
      const decoded = messages.decodeMlsMessage(bytes(message), 0)?.[0]
      assert.equal(decoded?.wireformat, "mls_public_message")
      const membership = bytes(vector.membership_key)
      const { publicMessage } = decoded
      const opened = messageProtectionPublic.unprotectPublicMessage(
        membership,
        groupContext,
        [],
        publicMessage,
        suite,
        key,
      )
      return (await opened).content
    }
    const openPrivate = async (message: string) => {
      const decoded = messages.decodeMlsMessage(bytes(message), 0)?.[0]
      assert.equal(decoded?.wireformat, "mls_private_message")
      const opened = await messageProtection.unprotectPrivateMessage(
        bytes(vector.sender_data_secret),
        decoded.privateMessage,
        await secretTree.createSecretTree(2, bytes(vector.encryption_secret), suite.kdf),
        [],
        groupContext,
        authentication.CONFIG.keyRetentionConfig,
        suite,
        key,
      )
      return opened.content.content
    }
    for (const content of [await openPublic(vector.proposal_pub), await openPrivate(vector.proposal_priv)]) {
      assert.equal(content.contentType, "proposal")
      assert.equal(hex(proposals.encodeProposal(content.proposal)), vector.proposal)
    }
    for (const content of [await openPublic(vector.commit_pub), await openPrivate(vector.commit_priv)]) {
      assert.equal(content.contentType, "commit")
      assert.equal(hex(commits.encodeCommit(content.commit)), vector.commit)
    }
    const application = await openPrivate(vector.application_priv)
    assert.equal(application.contentType, "application")
    assert.equal(hex(application.applicationData), vector.application)
  }
})

type Transcript = Record<
  | "confirmation_key"
  | "authenticated_content"
  | "interim_transcript_hash_before"
  | "confirmed_transcript_hash_after"
  | "interim_transcript_hash_after",
  string
>

test("transcript hashes and confirmation tags are the published ones", { skip }, async () => {
  const { authenticatedContent, framedContent, transcriptHash } = mls
  for (const vector of readVectors<Transcript>("transcript-hashes")) {
    const decoded = authenticatedContent.decodeAuthenticatedContent(bytes(vector.authenticated_content), 0)?.[0]
    assert.ok(decoded)
    const { auth, content, wireformat } = decoded
    assert.ok(content.contentType === "commit" && auth.contentType === "commit")
    const interim = bytes(vector.interim_transcript_hash_before)
    const input = { wireformat, content, signature: auth.signature }
    const confirmed = await transcriptHash.createConfirmedHash(interim, input, suite.hash)
    assert.equal(hex(confirmed), vector.confirmed_transcript_hash_after)
    const after = await transcriptHash.createInterimHash(confirmed, auth.confirmationTag, suite.hash)
    assert.equal(hex(after), vector.interim_transcript_hash_after)
    const key = bytes(vector.confirmation_key)
    assert.ok(await framedContent.verifyConfirmationTag(key, auth.confirmationTag, confirmed, suite.hash))
  }
})

test("a published Welcome opens to a GroupInfo whose signature and confirmation tag are valid", { skip }, async () => {
  const { groupInfo, keyPackages, messages, welcome } = mls
  type Vector = Record<"init_priv" | "key_package" | "signer_pub" | "welcome", string>
  for (const vector of readVectors<Vector>("welcome")) {
    const message = messages.decodeMlsMessage(bytes(vector.welcome), 0)?.[0]
    const forWhom = messages.decodeMlsMessage(bytes(vector.key_package), 0)?.[0]
    assert.ok(message?.wireformat === "mls_welcome" && forWhom?.wireformat === "mls_key_package")
    const reference = await keyPackages.makeKeyPackageRef(forWhom.keyPackage, suite.hash)
    const initKey = await suite.hpke.importPrivateKey(bytes(vector.init_priv))
    const secrets = await welcome.decryptGroupSecrets(initKey, reference, message.welcome, suite.hpke)
    assert.ok(secrets)
    const noPsk = new Uint8Array(suite.kdf.size)
    const info = await welcome.decryptGroupInfo(message.welcome, secrets.joinerSecret, noPsk, suite)
    assert.ok(info)
    assert.ok(await groupInfo.verifyGroupInfoSignature(info, bytes(vector.signer_pub), suite.signature))
    assert.ok(await groupInfo.verifyGroupInfoConfirmationTag(info, secrets.joinerSecret, noPsk, suite))
  }
})
