/**
 * A member who speaks the protocol with his own code: he takes the keys and the group out of his own vault, closes the real
 * client, and posts and sends what he likes over the session that it had. The server and the others are the real ones.
 */
import assert from "node:assert/strict"
import type { ClientState } from "ts-mls/clientState.js"
import type { GroupInfo } from "ts-mls/groupInfo.js"
import { OPENING_LENGTH } from "../../src/client/core/content.ts"
import type { AccountKeyPair, Group, Identity } from "../../src/client/core/mls/index.ts"
import { ACCOUNT_KEY, groupKey, IDENTITY, readRecord, roomKey, roomRecord } from "../../src/client/core/records.ts"
import { SealedVault } from "../../src/client/core/sealed-vault.ts"
import type { DeviceId, HttpAnswer, Platform, RoomId } from "../../src/client/node/index.ts"
import { API, type BodyOf } from "../../src/shared/api.ts"
import { toBase64Url } from "../../src/shared/bytes.ts"
import { messageId } from "../../src/shared/ids.ts"
import { type MessageKind, writeLabel } from "../../src/shared/label.ts"
import { clientMessage, parseFrame, type ServerMessage, serverMessage, writeFrame } from "../../src/shared/protocol.ts"
import type { Person } from "./core-people.ts"
import { Attacker } from "./mls-attacker.ts"
import type { MlsBundle } from "./mls-bundle.ts"

export interface Keys {
  readonly identity: Identity
  readonly account: AccountKeyPair
}

/** A room as a device has stored it. */
export interface Stored {
  readonly group: Group
  readonly after: number
  readonly cursor: number
}

async function vaultOf({ platform, name }: Person): Promise<SealedVault> {
  const current = await platform.keys.current()
  assert.ok(current)
  return new SealedVault(await platform.openVault(name), current.key)
}

/** The keys of somebody's device, which nobody but its owner could take. */
export async function keysOf({ core }: MlsBundle, person: Person): Promise<Keys> {
  const vault = await vaultOf(person)
  const [stored, privateKey] = [await vault.get(IDENTITY), await vault.get(ACCOUNT_KEY)]
  assert.ok(stored && privateKey)
  const identity = core.decodeIdentity(stored)
  return { identity, account: { publicKey: identity.accountKey, privateKey } }
}

/** A room as somebody's device has stored it; undefined when it is not in. */
export async function storedIn(mls: MlsBundle, person: Person, room: RoomId): Promise<Stored | undefined> {
  const vault = await vaultOf(person)
  const [group, place, identity] = [
    await vault.get(groupKey(room)),
    await vault.get(roomKey(room)),
    await vault.get(IDENTITY),
  ]
  if (group === undefined || place === undefined || identity === undefined) return undefined
  const { after, cursor } = readRecord(roomRecord, place)
  return { group: mls.core.decodeGroup(mls.core.decodeIdentity(identity), group), after, cursor }
}

/** What the group is to one of its members: the same for all who are in one epoch of one group. */
export async function epochOf(mls: MlsBundle, person: Person, room: RoomId): Promise<string> {
  const stored = await storedIn(mls, person, room)
  const members = stored?.group.members().map(({ name, device }) => `${name} ${device}`)
  return `${stored?.group.epoch} ${stored?.group.epochAuthenticator} ${members?.join()}`
}

/** Fails unless all of them are in one epoch of one group, and see the same people. */
export async function assertOneGroup(mls: MlsBundle, room: RoomId, ...people: readonly Person[]): Promise<void> {
  const epochs = await Promise.all(people.map((person) => epochOf(mls, person, room)))
  assert.deepEqual(
    epochs,
    epochs.map(() => epochs[0]),
  )
}

/** What a commit is posted with; what is left out is as an honest member would do it. */
export interface Posted {
  readonly commit: Uint8Array
  readonly groupInfo?: Uint8Array
  readonly added?: readonly DeviceId[]
  readonly removed?: readonly DeviceId[]
  readonly welcome?: Uint8Array
}

export class Rogue {
  readonly keys: Keys
  readonly group: Group
  readonly attacker: Attacker
  readonly #mls: MlsBundle
  readonly #platform: Platform
  readonly #room: RoomId
  readonly #stored: Stored

  private constructor(mls: MlsBundle, attacker: Attacker, platform: Platform, room: RoomId, keys: Keys, own: Stored) {
    this.#mls = mls
    this.attacker = attacker
    this.#platform = platform
    this.#room = room
    this.keys = keys
    this.#stored = own
    this.group = own.group
  }

  /** Takes over from the client of this person, which must be up to date. */
  static async of(mls: MlsBundle, person: Person, room: RoomId): Promise<Rogue> {
    await person.close()
    const [attacker, keys, own] = [await Attacker.of(mls), await keysOf(mls, person), await storedIn(mls, person, room)]
    assert.ok(own)
    return new Rogue(mls, attacker, person.platform, room, keys, own)
  }

  /** The library's state, in which every rule is off. */
  get state(): ClientState {
    return this.attacker.stateOf(this.group)
  }

  /** A commit whose public keys, but for the leaf's own, don't fit the secrets that it hands out. */
  async brokenCommit() {
    const { suite } = this.attacker
    let derived = 0
    // The first key pair that a commit derives is the leaf's, the others are those above it.
    const deriveKeyPair = async (secret: Uint8Array) =>
      ++derived > 1 ? suite.hpke.generateKeyPair() : suite.hpke.deriveKeyPair(secret)
    return this.attacker.commit(this.state, {}, { ...suite, hpke: { ...suite.hpke, deriveKeyPair } })
  }

  /** A GroupInfo of a state, for those who join. */
  async groupInfoOf(state: ClientState): Promise<Uint8Array> {
    const { createCommit, messages } = this.#mls
    const { createGroupInfoWithExternalPubAndRatchetTree: make } = createCommit
    const groupInfo: GroupInfo = await make(state, [], this.attacker.suite)
    return messages.encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo })
  }

  /** A message with any content, and the commitment that goes with it. */
  async say(what: string, kind: MessageKind): Promise<Uint8Array> {
    const opening = crypto.getRandomValues(new Uint8Array(OPENING_LENGTH))
    const said = new TextEncoder().encode(what)
    const key = await crypto.subtle.importKey("raw", opening, { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
    const commitment = new Uint8Array(await crypto.subtle.sign("HMAC", key, said))
    const plaintext = new Uint8Array([...opening, ...said])
    return (await this.group.encrypt(plaintext, writeLabel({ kind, commitment }))).message
  }

  /** Posts a commit after the newest one. */
  async post({ commit, groupInfo, added = [], removed = [], welcome }: Posted): Promise<HttpAnswer> {
    const body: BodyOf<"commit"> = {
      id: newId(),
      after: this.#stored.after,
      commit: new Uint8Array(commit),
      groupInfo: new Uint8Array(groupInfo ?? (await this.group.update()).groupInfo),
      added,
      removed,
      ...(welcome === undefined ? {} : { welcome: new Uint8Array(welcome) }),
    }
    return this.#platform.request("POST", API.commit.path.replace(":room", this.#room), API.commit.body.write(body))
  }

  /** Hands in a statement of leaving. */
  depart(statement: Uint8Array): Promise<HttpAnswer> {
    const body = API.depart.body.write({ statement: new Uint8Array(statement) })
    return this.#platform.request("POST", API.depart.path.replace(":room", this.#room), body)
  }

  /** Sends messages one after the other; resolves to what the server says to each. */
  async send(...messages: readonly Uint8Array[]): Promise<string[]> {
    const { after, cursor } = this.#stored
    const answers: string[] = []
    await new Promise<void>((resolve) => {
      const left = messages.map((message) => ({ id: newId(), message: new Uint8Array(message) }))
      const next = (): void => {
        const [first] = left
        if (first === undefined) socket.close()
        else socket.send(writeFrame(clientMessage, { type: "send", room: this.#room, after, ...first }))
      }
      const socket = this.#platform.connect({
        open: () => {
          const cursors = [{ room: this.#room, seq: cursor }]
          socket.send(writeFrame(clientMessage, { type: "resume", cursors }))
        },
        message: (text) => {
          const message: ServerMessage = parseFrame(serverMessage, text)
          if (message.type !== "ready" && message.type !== "sent" && message.type !== "refused") return
          if (message.type !== "ready") {
            left.shift()
            answers.push(message.type === "sent" ? "sent" : message.code)
          }
          next()
        },
        closed: () => resolve(),
      })
    })
    return answers
  }
}

const newId = () => messageId.parse(toBase64Url(crypto.getRandomValues(new Uint8Array(16))), "id")
