/**
 * Statements that a device is gone. Nobody can commit his own removal in MLS, and a lost device commits nothing at all;
 * so the account key (or the server's notice key, if the charter names one) signs a statement, and whoever commits next
 * carries it in the commit's authenticated data, where every member checks it.
 *
 * | scope | signed by | covers |
 * |---|---|---|
 * | device | account key | this device in every room, for ever: forgotten, revoked or lost |
 * | room | account key | this leaf in this room: its person leaves; void once the leaf has changed |
 * | notice | notice key of the charter | this device in every room of that charter: account deleted or long silent |
 *
 * A leave is bound to the leaf's encryption key, which changes with each of its commits and with each new KeyPackage:
 * kept and played back after the person was added again, it removes nobody.
 */
import { concatBytes, toBase64Url } from "../../../shared/bytes.ts"
import { LIMITS } from "../../../shared/limits.ts"
import { Reader, short, u8, u32, utf8 } from "./bytes.ts"
import { type AccountKeyPair, deviceBytes } from "./identity.ts"
import { refuse } from "./refusal.ts"
import type { Member } from "./roster.ts"
import { KEY_LENGTH, SIGNATURE_LENGTH, sign, verify } from "./suite.ts"

const SCOPES = ["device", "room", "notice"] as const
export type DepartureScope = (typeof SCOPES)[number]

/** A statement by itself, as it travels from the one who signed to the one who commits. */
export interface Departure {
  readonly scope: DepartureScope
  readonly device: string
  readonly accountKey: Uint8Array
  readonly signature: Uint8Array
}

/** What a leave is bound to. */
export interface Leaf {
  readonly roomId: string
  readonly encryptionKey: Uint8Array
}

const VERSION = 1
const LABEL = utf8("SecureChat departure 1\0")

/** States that a device of this account is gone for good. */
export async function signRetirement(accountKeyPair: AccountKeyPair, device: string): Promise<Uint8Array> {
  return signDeparture("device", accountKeyPair, { device, accountKey: accountKeyPair.publicKey })
}

/** States that a device of this account leaves one room. */
export async function signLeave(accountKeyPair: AccountKeyPair, device: string, leaf: Leaf): Promise<Uint8Array> {
  return signDeparture("room", accountKeyPair, { device, accountKey: accountKeyPair.publicKey }, leaf)
}

/** States, with the notice key, that a device of another account is gone. */
export async function signNotice(
  noticeKeyPair: AccountKeyPair,
  gone: { readonly device: string; readonly accountKey: Uint8Array },
): Promise<Uint8Array> {
  return signDeparture("notice", noticeKeyPair, gone)
}

/** Reads a statement; throws Refusal `bad_statement`. Whether it is true is for `verifyDeparture`. */
export function readDeparture(bytes: Uint8Array): Departure {
  const reader = new Reader(bytes, "bad_statement")
  const scope = SCOPES[reader.u8()] ?? refuse("bad_statement")
  const device = toBase64Url(reader.take(LIMITS.idLength))
  const departure = { scope, device, accountKey: reader.take(KEY_LENGTH), signature: reader.take(SIGNATURE_LENGTH) }
  reader.end()
  return departure
}

/** Whether the statement lets this member's leaf be removed. */
export async function verifyDeparture(
  departure: Pick<Departure, "scope" | "signature">,
  member: Pick<Member, "device" | "accountKey">,
  leaf: Leaf,
  noticeKey: Uint8Array | undefined,
): Promise<boolean> {
  const signer = departure.scope === "notice" ? noticeKey : member.accountKey
  if (signer === undefined) return false
  return verify(signer, signedBytes(departure.scope, member, leaf), departure.signature)
}

/** A statement in a commit; whose device it is stands in the tree. */
export interface CarriedDeparture {
  readonly leafIndex: number
  readonly scope: DepartureScope
  readonly signature: Uint8Array
}

/** Writes a commit's authenticated data: nothing, or the statements it carries. */
export function writeCarried(departures: readonly CarriedDeparture[]): Uint8Array {
  if (departures.length === 0) return new Uint8Array()
  return concatBytes(
    u8(VERSION),
    ...departures.map((each) => concatBytes(u8(SCOPES.indexOf(each.scope)), u32(each.leafIndex), each.signature)),
  )
}

/** Reads a commit's authenticated data; throws Refusal `bad_statement`. */
export function readCarried(authenticatedData: Uint8Array): CarriedDeparture[] {
  if (authenticatedData.length === 0) return []
  const reader = new Reader(authenticatedData, "bad_statement")
  if (reader.u8() !== VERSION) refuse("bad_statement")
  const departures: CarriedDeparture[] = []
  do {
    const scope = SCOPES[reader.u8()] ?? refuse("bad_statement")
    departures.push({ scope, leafIndex: reader.u32(), signature: reader.take(SIGNATURE_LENGTH) })
  } while (!reader.done)
  return departures
}

type Gone = Pick<Member, "device" | "accountKey">

async function signDeparture(
  scope: DepartureScope,
  signer: AccountKeyPair,
  gone: Gone,
  leaf?: Leaf,
): Promise<Uint8Array> {
  const signature = await sign(signer.privateKey, signedBytes(scope, gone, leaf))
  return concatBytes(u8(SCOPES.indexOf(scope)), deviceBytes(gone.device), gone.accountKey, signature)
}

function signedBytes(scope: DepartureScope, gone: Gone, leaf: Leaf | undefined): Uint8Array {
  const common = concatBytes(LABEL, u8(SCOPES.indexOf(scope)), deviceBytes(gone.device), gone.accountKey)
  if (scope !== "room") return common
  if (leaf === undefined) return refuse("bad_statement")
  return concatBytes(common, short(utf8(leaf.roomId)), leaf.encryptionKey)
}
