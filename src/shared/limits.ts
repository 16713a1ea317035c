/**
 * Every bound of SecureChat that both sides know, in one place. Each is tested at the limit and one past it.
 * Sizes are bytes unless the name says otherwise, times are milliseconds unless the name says otherwise.
 */

const KIB = 1024
const SECOND = 1000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE

export const LIMITS = {
  // Accounts (DESIGN section 7)
  nameMinLength: 3,
  nameMaxLength: 32,
  passwordMinCharacters: 10,
  passwordMaxCharacters: 256,
  /** PBKDF2-SHA-256 iterations: the client refuses a server that asks for fewer, the server one that offers fewer. */
  kdfIterationsMin: 600_000,
  kdfIterationsMax: 10_000_000,
  kdfSaltLength: 32,
  authLength: 32,
  /** A wrapped account key: 12 bytes of nonce, at most 84 of key, 16 of tag, with room for another key format. */
  wrappedKeyMax: 256,
  accountKeyLength: 32,
  tokenLength: 32,
  /** A recovery code or a reset code, as bytes. */
  codeLength: 16,
  devicesPerAccount: 20,
  /** UTF-16 units. */
  deviceNameMax: 64,

  // WebSocket (RFC 6455)
  frameMax: 64 * KIB,
  /** Bytes waiting in one socket at which delivery pauses, and at which the socket is ended. */
  bufferedPause: 256 * KIB,
  bufferedMax: 1024 * KIB,
  heartbeatEvery: 25 * SECOND,
  /** The first message must come within this time of the handshake. */
  resumeWithin: 10 * SECOND,
  socketsPerAccount: 20,
  /** WebSockets in all. */
  socketsInAll: 1_000,
  roomsPerDevice: 1_000,
  /** Frames that no other limit counts: so many at once, and per second from then on. */
  framesAtOnce: 1_000,
  framesPerSecond: 200,
  /** Messages of one socket on their way to the disk at which the server stops reading from it. */
  sendsUnderWay: 64,
  /** How long an account whose last socket went still counts as online: a reload is no absence. */
  presenceGrace: 5 * SECOND,

  // MLS messages as the server sees them (RFC 9420); base64url makes them a third longer inside a frame
  messageMax: 40 * KIB,
  commitMax: 256 * KIB,
  groupInfoMax: 512 * KIB,
  /** One POST of a commit with its GroupInfo and Welcomes, as JSON. */
  commitBodyMax: 1024 * KIB,
  /** A Welcome for all whom one commit adds; with the commit and the GroupInfo it must fit into one body. */
  welcomeMax: 512 * KIB,
  keyPackageMax: 2 * KIB,
  /** KeyPackages that the server keeps for one device. */
  keyPackagesPerDevice: 50,
  /** Accounts in one question about several. */
  accountsAtOnce: 32,
  /** Devices that one commit adds or removes. */
  changesPerCommit: 128,
  /** A departure: scope, device id, account key, signature. */
  statementLength: 113,
  /** Departures that one `ready` tells; the others come with the next connection. */
  departuresAtOnce: 64,
  /** Devices in one room. */
  membersMax: 1_024,
  /** Accounts in a room up to which everybody hears of everybody's marks. */
  marksFor: 20,
  roomIdMaxLength: 64,
  idLength: 16,
  authenticatedDataMax: 256,

  // What a person writes
  /** UTF-8 bytes of one message's text; with its padding and header it stays under messageMax. */
  textMax: 32 * KIB,
  /** Blocks of formatted text one inside the other, nodes of one formatted text, and UTF-16 units of a link's address. */
  richDepthMax: 8,
  richNodesMax: 2_000,
  hrefMax: 2_048,
  /** UTF-16 units of a group's name. */
  roomNameMax: 64,
  /** Accounts in one group. */
  groupMax: 200,

  // HTTP
  headersMax: 8 * KIB,
  headersWithin: 10 * SECOND,
  requestWithin: 60 * SECOND,
  bodyMax: 16 * KIB,

  // Sessions and retention
  sessionFor: 30 * DAY,
  browserFor: 365 * DAY,
  retentionFor: 30 * DAY,
  /** Entries that every device has persisted stay this long, so that an answer that was lost can be given again. */
  passedKeptFor: DAY,
  /** Rows that one pull from the log reads. */
  pullRows: 128,
} as const

/** The id of the room that everybody is in. */
export const GENERAL_ROOM = "general_chat"
