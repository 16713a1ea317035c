/**
 * Every bound of the MLS part. What comes from the network is measured against these before it is decoded, so that no
 * stranger's bytes cost more than their length. Sizes are bytes. A bound that decides whether a commit is good must be
 * the same in every client, or the room forks: change none of those without a new room kind.
 */
import { LIMITS } from "../../../shared/limits.ts"

const KIB = 1024

export const MLS_BOUNDS = {
  /** An application message with its header, tag and signature; and what may be put into one. */
  message: LIMITS.messageMax,
  plaintext: 36 * KIB,
  commit: LIMITS.commitMax,
  groupInfo: LIMITS.groupInfoMax,
  keyPackage: 2 * KIB,
  welcome: LIMITS.welcomeMax,
  /** What `makeKeyPackage` keeps: two private keys and the KeyPackage. */
  privateParts: 3 * KIB,
  authenticatedData: LIMITS.authenticatedDataMax,
  /** Our own saved state: a tree, its secrets, and those of the retained epochs. */
  state: 32 * 1024 * KIB,

  // Shared by all clients, because they decide who is in a room
  /** Leaves of one tree, blank ones included; a GroupInfo of so many (about 400 bytes each) still fits its bound. */
  leaves: 1024,
  /** Members that one commit may add or remove. */
  proposals: 128,
  /** Seconds that a KeyPackage may live in all: 30 days, and an hour for clocks that are wrong. */
  lifetime: 30 * 24 * 3600 + 3600,
} as const

/** Seconds that our own KeyPackages live, from half an hour ago on (RFC 9420 section 7.2). */
export const KEY_PACKAGE_LIFETIME = 30 * 24 * 3600
export const CLOCK_SKEW = 1800

/** Epochs whose keys are kept for late messages. 0 would keep all of them (the library's reading). */
export const EPOCHS_KEPT = 2
/**
 * Keys of skipped messages that are kept per sender, and how far ahead one message may skip. Gaps come from messages that
 * the server didn't take, so they are small; a hostile sender can make every receiver work for a skip (1,000 steps take
 * 0.1 s, 5,000 took 1.7 s). What goes too far is refused, and the sender is heard again in the next epoch.
 */
export const SKIPPED_KEYS_KEPT = 1_000
export const SKIP_MAX = 1_000
/** Messages are padded with zeros to this many bytes, so that short ones look alike. */
export const PADDED_LENGTH = 256
