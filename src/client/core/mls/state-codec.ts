/**
 * A group's state as bytes for the vault. Holds every secret of the group. Reading is strict: our own version, the whole
 * of it, nothing behind it.
 *
 * A room of 300 devices has a state of half a megabyte, most of which stays the same from commit to commit: sending or
 * receiving a message changes the secret tree alone. So the rest is encoded once per epoch and kept as long as the group
 * that it belongs to.
 */
import { type ClientState, decodeGroupState, encodeGroupState, type GroupState } from "ts-mls/clientState.js"
import { encode } from "ts-mls/codec/tlsEncoder.js"
import { encodeGroupContext } from "ts-mls/groupContext.js"
import { encodeKeySchedule } from "ts-mls/keySchedule.js"
import { secretTreeEncoder } from "ts-mls/secretTree.js"
import { concatBytes } from "../../../shared/bytes.ts"
import { CONFIG } from "./authentication.ts"
import { MLS_BOUNDS } from "./bounds.ts"
import { refuse } from "./refusal.ts"

const VERSION = 1

/** The bytes before and after the secret tree, and the values they were made from. */
interface Frame {
  readonly head: Uint8Array
  readonly tail: Uint8Array
  readonly from: Pick<GroupState, "ratchetTree" | "privatePath" | "keySchedule">
}

const frames = new WeakMap<GroupState["historicalReceiverData"], Frame>()

function frameOf(state: ClientState): Frame {
  const { ratchetTree, privatePath, keySchedule, groupContext, historicalReceiverData } = state
  const known = frames.get(historicalReceiverData)
  if (
    known?.from.ratchetTree === ratchetTree &&
    known.from.privatePath === privatePath &&
    known.from.keySchedule === keySchedule
  )
    return known
  // With an empty secret tree the library writes one zero byte where the secret tree would stand.
  const whole = encodeGroupState({ ...state, secretTree: [] })
  const at = encodeGroupContext(groupContext).length + encodeKeySchedule(keySchedule).length
  const head = concatBytes(Uint8Array.of(VERSION), whole.subarray(0, at))
  const frame = { head, tail: whole.slice(at + 1), from: { ratchetTree, privatePath, keySchedule } }
  frames.set(historicalReceiverData, frame)
  return frame
}

const encodeSecretTree = encode(secretTreeEncoder)

/** Writes a state, private keys included. */
export function encodeState(state: ClientState): Uint8Array {
  const { head, tail } = frameOf(state)
  return concatBytes(head, encodeSecretTree(state.secretTree), tail)
}

/** Reads what `encodeState` wrote, with our configuration. Throws Refusal `too_large` or `malformed`. */
export function decodeState(bytes: Uint8Array): ClientState {
  if (bytes.length > MLS_BOUNDS.state) return refuse("too_large")
  if (bytes[0] !== VERSION) return refuse("malformed")
  // Decoded arrays are views: of a copy, because some of them are overwritten later.
  const copy = bytes.slice(1)
  const [state, length] = decode(copy) ?? refuse("malformed")
  return length === copy.length ? { ...state, clientConfig: CONFIG } : refuse("malformed")
}

function decode(bytes: Uint8Array): ReturnType<typeof decodeGroupState> {
  try {
    return decodeGroupState(bytes, 0)
  } catch {
    return undefined
  }
}
