/**
 * Replaces the defaults of ts-mls 1.6.4 that accept everything, at build time (build/ts-mls-fixes.mjs). Our code always
 * passes its own; should a call ever forget to, these refuse instead of admitting a stranger.
 */
import type { AuthenticationService } from "ts-mls/authenticationService.js"
import type { IncomingMessageCallback } from "ts-mls/incomingMessageAction.js"

/** Knows nobody. */
export const defaultAuthenticationService: AuthenticationService = {
  validateCredential: async () => false,
}

/** Takes nothing, in spite of its name, which is the library's. */
export const acceptAll: IncomingMessageCallback = () => "reject"
