/**
 * What a member or an outsider who follows no rules can send: MLS messages that are valid for the library, with valid
 * signatures and tags, but forbidden by the rules of the room. They are made with the library's raw functions and a
 * configuration that accepts everything.
 */
import assert from "node:assert/strict"
import type { ClientConfig } from "ts-mls/clientConfig.js"
import type { ClientState } from "ts-mls/clientState.js"
import type { CiphersuiteImpl } from "ts-mls/crypto/ciphersuite.js"
import type { LeafNode } from "ts-mls/leafNode.js"
import type { Lifetime } from "ts-mls/lifetime.js"
import type { Proposal } from "ts-mls/proposal.js"
import type { ProposalOrRef } from "ts-mls/proposalOrRefType.js"
import type { UpdatePath } from "ts-mls/updatePath.js"
import type { Charter, Group, Identity, Outcome, RefusalCode } from "../../src/client/core/mls/index.ts"
import type { MlsBundle } from "./mls-bundle.ts"
import { assertAgreement, type Device, deliver, groupOf } from "./mls-people.ts"

const CHARTER = 0xf0c1

export class Attacker {
  readonly #mls: MlsBundle
  readonly suite: CiphersuiteImpl
  /** Accepts everything; `isOwnLeaf` says which leaf a resync replaces. */
  readonly config: ClientConfig

  private constructor(mls: MlsBundle, suite: CiphersuiteImpl) {
    this.#mls = mls
    this.suite = suite
    this.config = {
      ...mls.authentication.CONFIG,
      authService: { validateCredential: async () => true },
      keyPackageEqualityConfig: { compareKeyPackages: () => false, compareKeyPackageToLeafNode: () => false },
    }
  }

  static async of(mls: MlsBundle): Promise<Attacker> {
    return new Attacker(mls, await mls.suites.suite())
  }

  /** The library's state inside a group that the attacker holds. */
  stateOf(group: Group): ClientState {
    const decoded = this.#mls.clientState.decodeGroupState(group.encode().slice(1), 0)
    assert.ok(decoded)
    return { ...decoded[0], clientConfig: this.config }
  }

  /** A KeyPackage with whatever credential and lifetime. */
  async keyPackage(identity: Identity, lifetime?: Lifetime) {
    const now = BigInt(Math.floor(Date.now() / 1000))
    const made = await this.#mls.keyPackages.generateKeyPackageWithKey(
      { credentialType: "basic", identity: identity.credential },
      {
        versions: ["mls10"],
        ciphersuites: [this.suite.name],
        extensions: [CHARTER],
        proposals: [],
        credentials: ["basic"],
      },
      lifetime ?? { notBefore: now - 60n, notAfter: now + 3600n },
      [],
      { publicKey: identity.signatureKey.publicKey, signKey: identity.signatureKey.privateKey },
      this.suite,
    )
    return { keyPackage: made.publicPackage, privateKeys: made.privatePackage }
  }

  /** A group of any charter, made by somebody whom the charter may not name, with the owners of these KeyPackages; its GroupInfo. */
  async madeUpGroup(identity: Identity, room: string, charter: Charter, packages: readonly Uint8Array[]) {
    const { keyPackage, privateKeys } = await this.keyPackage(identity)
    const { clientState, createCommit, messages, charter: charters } = this.#mls
    const id = new TextEncoder().encode(room)
    const extensions = charters.writeCharter(charter)
    const alone = await clientState.createGroup(id, keyPackage, privateKeys, extensions, this.suite, this.config)
    const adds = packages.map((bytes): Proposal => {
      const message = messages.decodeMlsMessage(bytes, 0)?.[0]
      assert.ok(message?.wireformat === "mls_key_package")
      return { proposalType: "add", add: { keyPackage: message.keyPackage } }
    })
    const { newState } = await this.commit(alone, { extraProposals: adds })
    const groupInfo = await createCommit.createGroupInfoWithExternalPubAndRatchetTree(newState, [], this.suite)
    return messages.encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo })
  }

  /** An external commit that is valid MLS in every way; `evict` is the leaf that it takes away. */
  async externalCommit(identity: Identity, groupInfo: Uint8Array, evict?: (leaf: LeafNode) => boolean) {
    const info = this.#mls.wire.readGroupInfo(groupInfo)
    const { keyPackage, privateKeys } = await this.keyPackage(identity)
    const config = {
      ...this.config,
      keyPackageEqualityConfig: {
        ...this.config.keyPackageEqualityConfig,
        compareKeyPackageToLeafNode: (_: unknown, leaf: LeafNode) => evict?.(leaf) ?? false,
      },
    }
    const { joinGroupExternal } = this.#mls.createCommit
    const resync = evict !== undefined
    return joinGroupExternal(info, keyPackage, privateKeys, resync, this.suite, undefined, config)
  }

  publicMessage(publicMessage: Awaited<ReturnType<Attacker["externalCommit"]>>["publicMessage"]): Uint8Array {
    return this.#mls.messages.encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage })
  }

  /** An external commit whose content is changed and then signed by the joining leaf's key, as the joiner could. */
  async resignedExternalCommit(
    identity: Identity,
    groupInfo: Uint8Array,
    change: {
      readonly proposals?: (proposals: readonly ProposalOrRef[]) => ProposalOrRef[]
      readonly leaf?: Partial<LeafNode>
      readonly authenticatedData?: Uint8Array
    },
  ): Promise<Uint8Array> {
    const { publicMessage } = await this.externalCommit(identity, groupInfo)
    const { content } = publicMessage
    assert.ok(content.contentType === "commit" && content.commit.path)
    const { path } = content.commit
    const signed = await this.#mls.framedContent.createContentCommitSignature(
      this.#mls.wire.readGroupInfo(groupInfo).groupContext,
      "mls_public_message",
      {
        proposals: change.proposals?.(content.commit.proposals) ?? content.commit.proposals,
        path: { ...path, leafNode: { ...path.leafNode, ...change.leaf } as UpdatePath["leafNode"] },
      },
      { senderType: "new_member_commit" },
      change.authenticatedData ?? new Uint8Array(),
      identity.signatureKey.privateKey,
      this.suite.signature,
    )
    const auth = { ...publicMessage.auth, signature: signed.signature }
    return this.publicMessage({ ...publicMessage, content: signed.framedContent, auth })
  }

  /** A member's commit as the library makes it, without our rules. */
  async commit(
    state: ClientState,
    options: {
      readonly extraProposals?: Proposal[]
      readonly authenticatedData?: Uint8Array
      readonly wireAsPublicMessage?: boolean
    },
    suite: CiphersuiteImpl = this.suite,
  ) {
    const made = await this.#mls.createCommit.createCommit({ state, cipherSuite: suite }, options)
    return { message: this.#mls.messages.encodeMlsMessage(made.commit), newState: made.newState }
  }

  /** A member's commit of any content, signed and encrypted by its sender, that the library itself would not make. */
  async forgedCommit(state: ClientState, proposals: ProposalOrRef[]): Promise<Uint8Array> {
    const none = new Uint8Array()
    const { leafIndex } = state.privatePath
    const { framedContent, signature } = await this.#mls.framedContent.createContentCommitSignature(
      state.groupContext,
      "mls_private_message",
      { proposals, path: undefined },
      { senderType: "member", leafIndex },
      none,
      state.signaturePrivateKey,
      this.suite.signature,
    )
    const auth = { contentType: "commit" as const, signature, confirmationTag: new Uint8Array(32) }
    const { privateMessage } = await this.#mls.messageProtection.protect(
      state.keySchedule.senderDataSecret,
      none,
      state.groupContext,
      state.secretTree,
      { ...framedContent, auth },
      leafIndex,
      this.config.paddingConfig,
      this.suite,
    )
    return this.#mls.messages.encodeMlsMessage({ version: "mls10", wireformat: "mls_private_message", privateMessage })
  }
}

/** Fails unless every device in the room refuses the message for the same reason. */
export async function assertRefusedByAll(
  devices: readonly Device[],
  message: Uint8Array,
  reason: RefusalCode,
): Promise<void> {
  const outcomes = await deliver(devices, message)
  assert.ok(outcomes.size > 1)
  for (const [device, outcome] of outcomes)
    assert.equal(reasonOf(outcome), reason, `${device.identity.name}: ${JSON.stringify(outcome)}`)
}

const reasonOf = (outcome: Outcome): string => (outcome.kind === "refused" ? outcome.reason : outcome.kind)

/** Fails unless the room goes on: somebody renews his keys, somebody else writes, and all agree. */
export async function assertStillWorks(devices: readonly Device[]): Promise<void> {
  const [first, second] = devices.filter((device) => device.group !== undefined)
  assert.ok(first && second)
  const made = await groupOf(first).update()
  const others = devices.filter((device) => device !== first)
  for (const outcome of (await deliver(others, made.commit)).values()) assert.equal(outcome.kind, "commit")
  first.group = made.group
  const sent = await groupOf(second).encrypt(Uint8Array.of(7), new Uint8Array())
  const readers = devices.filter((device) => device !== second)
  for (const outcome of (await deliver(readers, sent.message)).values()) assert.equal(outcome.kind, "message")
  second.group = sent.group
  await assertAgreement(devices)
}
