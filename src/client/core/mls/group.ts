/**
 * A room's MLS group as the rest of core sees it. A Group is a value: each operation returns a new one and leaves this
 * one as it was, so the caller can keep both until he knows which became true:
 *
 * - Before anything is sent, save the old and the new group together with the message (`messageHash` finds it again in
 *   the log). On the server's ack keep the new one and call `consume()`; on `stale` drop it and process what came.
 * - On receipt save the new group, the plaintext and the cursor together, then call `consume()`.
 * - `consume()` overwrites the secrets that were used up, in both groups' memory: after it the old group is of no use.
 * - Never encrypt twice from one saved group: both messages would use one key, and receivers refuse the second.
 */
import { mlsExporter } from "ts-mls/keySchedule.js"
import { zeroOutUint8Array } from "ts-mls/util/byteArray.js"
import { sameBytes, toHex } from "../../../shared/bytes.ts"
import { type Charter, charterBytes } from "./charter.ts"
import { type Committed, commitAdd, commitRemove, commitUpdate, seal, writeGroupInfo } from "./commit.ts"
import { readDeparture, signLeave, verifyDeparture } from "./departure.ts"
import type { AccountKeyPair, Identity } from "./identity.ts"
import { accept, type Expected, enter, found } from "./join.ts"
import { pathFits } from "./private-path.ts"
import { type Change, type Processed, processBytes } from "./process.ts"
import { Refusal, type RefusalCode, refuse } from "./refusal.ts"
import { checkEpoch, type Room, roomOf } from "./room.ts"
import { encryptionKeyOf, type Member } from "./roster.ts"
import { decodeState, encodeState } from "./state-codec.ts"
import { suite } from "./suite.ts"

/** What came of one incoming message. A refused one changes nothing. */
export type Outcome =
  | {
      readonly kind: "message"
      readonly group: Group
      readonly sender: Member
      readonly plaintext: Uint8Array
      readonly authenticatedData: Uint8Array
      readonly consume: () => void
    }
  | {
      readonly kind: "commit"
      readonly group: Group
      readonly committer: Member
      readonly changes: readonly Change[]
      /**
       * The committer put keys into the tree that don't fit the secrets this device was given: it may be unable to read
       * the next commit. Resync (`joinExternal` with `resync`), and show who did it.
       */
      readonly broken: boolean
      readonly consume: () => void
    }
  /** This device's own leaf was removed, or replaced by another copy of this device. */
  | { readonly kind: "removed"; readonly by: Member }
  | { readonly kind: "refused"; readonly reason: RefusalCode; readonly text: string }

/** A commit that this device made; `welcome` is for the devices it added. */
export interface OwnCommit {
  readonly group: Group
  readonly commit: Uint8Array
  readonly groupInfo: Uint8Array
  readonly welcome: Uint8Array | undefined
  readonly consume: () => void
}

const consumer = (secrets: readonly Uint8Array[]) => (): void => {
  for (const secret of secrets) zeroOutUint8Array(secret)
}

export class Group {
  readonly #room: Room

  private constructor(room: Room) {
    this.#room = room
  }

  /** Makes a room; see `found` in join.ts. */
  static async create(identity: Identity, roomId: string, charter: Charter, now: number) {
    const room = await found(identity, roomId, charter, now)
    return { group: new Group(room), groupInfo: await writeGroupInfo(room.state) }
  }

  /** Joins by external commit; see `enter` in join.ts. */
  static async joinExternal(
    identity: Identity,
    groupInfo: Uint8Array,
    options: { readonly resync: boolean; readonly expected: Expected; readonly now: number },
  ) {
    const entered = await enter(identity, groupInfo, options)
    return { group: new Group(entered.room), commit: entered.commit, groupInfo: entered.groupInfo }
  }

  /** Joins by a Welcome; see `accept` in join.ts. */
  static async joinWelcome(identity: Identity, welcome: Uint8Array, privateParts: Uint8Array, expected: Expected) {
    return new Group(await accept(identity, welcome, privateParts, expected))
  }

  /** Reads what `encode` wrote. Throws Refusal `malformed`, or `broken` for a state that is not this device's. */
  static decode(identity: Identity, bytes: Uint8Array): Group {
    return new Group(roomOf(decodeState(bytes), identity))
  }

  get roomId(): string {
    return this.#room.roomId
  }

  get charter(): Charter {
    return this.#room.charter
  }

  /** The charter as bytes, to tell it from another one. */
  get charterBytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(charterBytes(this.#room.charter))
  }

  /** The current epoch, a safe integer. */
  get epoch(): number {
    return checkEpoch(this.#room.state.groupContext.epoch)
  }

  /** All devices in the room, in the order of their leaves. */
  members(): readonly Member[] {
    return this.#room.members
  }

  /** This device's own entry. */
  get self(): Member {
    const { members, state } = this.#room
    return members.find(({ leafIndex }) => leafIndex === state.privatePath.leafIndex) ?? refuse("broken")
  }

  /** Whether this device of this account is in the room. */
  hasMember(name: string, device: string): boolean {
    return this.#room.members.some((member) => member.name === name && member.device === device)
  }

  /** Encrypts one message; the authenticated data travels in the clear and is signed with it. */
  async encrypt(plaintext: Uint8Array, authenticatedData: Uint8Array) {
    const { room, message, consumed } = await seal(this.#room, plaintext, authenticatedData)
    return { group: new Group(room), message, consume: consumer(consumed) }
  }

  /** Takes one message of the room's log. Never throws for what is in it. */
  async process(message: Uint8Array): Promise<Outcome> {
    try {
      return this.#outcome(await processBytes(this.#room, message))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { kind: "refused", reason: error.code, text: error.message }
    }
  }

  #outcome(processed: Processed): Outcome {
    if (processed.kind === "removed") return processed
    const { room, consumed, ...rest } = processed
    const common = { group: new Group(room), consume: consumer(consumed) }
    if (rest.kind === "message") return { ...rest, ...common }
    return { kind: "commit", committer: rest.committer, changes: rest.changes, broken: !rest.fits, ...common }
  }

  /** Renews this device's keys. */
  async update(): Promise<OwnCommit> {
    return this.#own(await commitUpdate(this.#room))
  }

  /** Adds devices by their KeyPackages; `now` in milliseconds. */
  async add(keyPackages: readonly Uint8Array[], now: number): Promise<OwnCommit> {
    return this.#own(await commitAdd(this.#room, keyPackages, now))
  }

  /** Removes devices, by the founder's right or on statements (departure.ts). */
  async remove(members: readonly Member[], statements: readonly Uint8Array[] = []): Promise<OwnCommit> {
    return this.#own(await commitRemove(this.#room, members, statements))
  }

  #own({ room, consumed, ...rest }: Committed): OwnCommit {
    return { group: new Group(room), consume: consumer(consumed), ...rest }
  }

  /** States that a device of this account leaves this room; others carry it in their next commit. */
  async leave(accountKeyPair: AccountKeyPair, member: Member): Promise<Uint8Array> {
    const node = this.#room.state.ratchetTree[2 * member.leafIndex] ?? refuse("not_a_member")
    const leaf = { roomId: this.roomId, encryptionKey: encryptionKeyOf(node) }
    return signLeave(accountKeyPair, member.device, leaf)
  }

  /** Whether a statement says, truly and of a leaf as it is now, that a member leaves this room. */
  async isLeave(statement: Uint8Array): Promise<boolean> {
    const { scope, device, accountKey, signature } = readDeparture(statement)
    const { members, state } = this.#room
    const member = members.find((each) => each.device === device && sameBytes(each.accountKey, accountKey))
    const node = member && state.ratchetTree[2 * member.leafIndex]
    if (scope !== "room" || member === undefined || node === undefined) return false
    const leaf = { roomId: this.roomId, encryptionKey: encryptionKeyOf(node) }
    return verifyDeparture({ scope, signature }, member, leaf, undefined)
  }

  /** The GroupInfo of this epoch, for those who join by external commit. */
  groupInfo(): Promise<Uint8Array> {
    return writeGroupInfo(this.#room.state)
  }

  /** Whether this device can read the next commit, whoever makes it. */
  canFollow(): Promise<boolean> {
    return pathFits(this.#room.state)
  }

  /** A secret that all members of this epoch share and nobody else knows (RFC 9420 section 8.5). */
  async exportSecret(label: string, context: Uint8Array, length: number): Promise<Uint8Array> {
    return mlsExporter(this.#room.state.keySchedule.exporterSecret, label, context, length, await suite())
  }

  /** Equal, in hex, for all who are in the same epoch of the same group (RFC 9420 section 8.7). */
  get epochAuthenticator(): string {
    return toHex(this.#room.state.keySchedule.epochAuthenticator)
  }

  /** The whole group, private keys included, for the vault. */
  encode(): Uint8Array {
    return encodeState(this.#room.state)
  }
}
