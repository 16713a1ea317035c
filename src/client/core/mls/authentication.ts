/**
 * Our authentication service (RFC 9420 section 5.3.1) and the rest of the library's configuration. The service is the one
 * hook through which the library asks whether a credential goes with a leaf key: for every leaf of a tree that we join,
 * every Add, every external joiner and the path of every commit. The library's own, which accepts everybody, is cut out
 * of the bundle (fixes/defaults.ts).
 */
import type { ClientConfig } from "ts-mls/clientConfig.js"
import type { Credential } from "ts-mls/credential.js"
import { EPOCHS_KEPT, MLS_BOUNDS, PADDED_LENGTH, SKIP_MAX, SKIPPED_KEYS_KEPT } from "./bounds.ts"
import { readCredential, verifyCredential } from "./identity.ts"
import { Refusal } from "./refusal.ts"

/** Whether this is a credential of ours in which its account key vouches for the leaf key. */
export async function validateCredential(credential: Credential, leafKey: Uint8Array): Promise<boolean> {
  if (credential.credentialType !== "basic") return false
  try {
    return await verifyCredential(readCredential(credential.identity), leafKey)
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

/** Two leaves are the same client if they are the same device of the same account; an unreadable one is nobody's. */
function sameClient(a: Credential, b: Credential): boolean {
  if (a.credentialType !== "basic" || b.credentialType !== "basic") return false
  try {
    const [left, right] = [readCredential(a.identity), readCredential(b.identity)]
    return left.name === right.name && left.device === right.device
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

/**
 * What the library is told everywhere. Lifetimes of received leaves are not compared with this device's clock, because
 * clocks differ and members must not: the sender of an Add checks it (commit.ts), and how long a leaf may live at all is
 * a shared rule (roster.ts).
 */
export const CONFIG: ClientConfig = {
  authService: { validateCredential },
  keyRetentionConfig: {
    retainKeysForEpochs: EPOCHS_KEPT,
    retainKeysForGenerations: SKIPPED_KEYS_KEPT,
    maximumForwardRatchetSteps: SKIP_MAX,
  },
  lifetimeConfig: { maximumTotalLifetime: BigInt(MLS_BOUNDS.lifetime), validateLifetimeOnReceive: false },
  keyPackageEqualityConfig: {
    compareKeyPackages: (a, b) => sameClient(a.leafNode.credential, b.leafNode.credential),
    compareKeyPackageToLeafNode: (a, b) => sameClient(a.leafNode.credential, b.credential),
  },
  paddingConfig: { kind: "padUntilLength", padUntilLength: PADDED_LENGTH },
}
