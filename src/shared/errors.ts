/**
 * Every error that crosses the wire, once: its code, the HTTP status it maps to, and the sentence for a person who
 * reads it raw. The interface has its own words for the codes it meets; no text ever contains what was sent.
 */

export const ERRORS = {
  // What the sender can mend
  bad_request: { status: 400, text: "The request is not one this server understands." },
  bad_name: { status: 400, text: "A name has 3 to 32 small letters, digits, dots, dashes or underscores." },
  not_logged_in: { status: 401, text: "Log in first." },
  wrong_credentials: { status: 401, text: "That name and password don't go together." },
  foreign_origin: { status: 403, text: "This request came from another site." },
  registration_closed: { status: 403, text: "This server takes no new accounts." },
  not_a_member: { status: 403, text: "This device is not in that room." },
  not_found: { status: 404, text: "There is nothing here." },
  method_not_allowed: { status: 405, text: "This address takes another method." },
  name_taken: { status: 409, text: "That name is taken. Choose another." },
  device_taken: { status: 409, text: "That device id belongs to another account." },
  device_retired: { status: 409, text: "That device was ended for good. Log in as a new one." },
  too_many_devices: { status: 409, text: "This account has as many devices as it may have." },
  room_exists: { status: 409, text: "That room exists already." },
  /** Made before the room's newest commit was handled; the answer carries that commit's seq. */
  stale: { status: 409, text: "The room has moved on. Catch up and send again." },
  /** The same client id was used before for something else. */
  id_reused: { status: 409, text: "That id was used for another message." },
  too_large: { status: 413, text: "That is larger than this server takes." },
  unsupported_type: { status: 415, text: "Send JSON as application/json." },
  /** The answer carries the seconds to wait. */
  rate_limited: { status: 429, text: "That was fast. Try again in a moment." },
  /** The server cannot do it now. */
  internal: { status: 500, text: "The server could not do this. It has been noted." },
  busy: { status: 503, text: "The server has too much to do. Try again in a moment." },
  storage_full: { status: 507, text: "The server's disk is full. Nothing was saved." },
} as const

export type ErrorCode = keyof typeof ERRORS

export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[]

/**
 * A refusal that the sender is told about: the connection stays. `seq`, that of the room's newest commit, comes with
 * `stale`; `seconds` (whole, at least 1) with `rate_limited` and `busy`.
 */
export class UserError extends Error {
  override readonly name = "UserError"
  readonly code: ErrorCode
  readonly details: { readonly seq?: number; readonly seconds?: number }

  constructor(code: ErrorCode, details: { readonly seq?: number; readonly seconds?: number } = {}) {
    super(ERRORS[code].text)
    this.code = code
    this.details = details
  }
}

/**
 * Close codes of the WebSocket (RFC 6455 section 7.4; 4000 to 4999 are for applications). A protocol error ends the
 * connection with one of these; a client reconnects after all of them except those marked final.
 */
export const CLOSE_CODES = {
  going_away: { code: 1001, final: false },
  binary_frame: { code: 1003, final: true },
  frame_too_large: { code: 1009, final: true },
  bad_message: { code: 4400, final: true },
  session_ended: { code: 4401, final: true },
  wrong_order: { code: 4402, final: true },
  /** The same device connected again: the newer connection stays. */
  replaced: { code: 4409, final: true },
  too_slow: { code: 4413, final: false },
  flooding: { code: 4429, final: false },
  internal: { code: 4500, final: false },
} as const

export type CloseReason = keyof typeof CLOSE_CODES
