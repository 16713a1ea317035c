import assert from "node:assert/strict"
import test from "node:test"
import fc from "fast-check"
import { API, errorBody } from "../../src/shared/api.ts"
import { toBase64Url } from "../../src/shared/bytes.ts"
import { ERROR_CODES } from "../../src/shared/errors.ts"
import { accountName, deviceId, messageId, roomId } from "../../src/shared/ids.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import {
  type ClientMessage,
  type ClientMessageOf,
  clientMessage,
  parseFrame,
  parseJson,
  type ServerMessage,
  type ServerMessageOf,
  serverMessage,
  writeFrame,
} from "../../src/shared/protocol.ts"
import { ParseError, type Schema } from "../../src/shared/schema.ts"
import { ROOM_KINDS } from "../../src/shared/wire.ts"

const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(toBase64Url)
const device = sixteen.map((text) => deviceId.parse(text, "device"))
const id = sixteen.map((text) => messageId.parse(text, "id"))
const room = fc.oneof(fc.constant("general_chat"), sixteen).map((text) => roomId.parse(text, "room"))
const account = fc.stringMatching(/^[a-z0-9][a-z0-9_.-]{2,31}$/).map((text) => accountName.parse(text, "name"))
const seq = fc.maxSafeNat()
const seqFrom1 = seq.map((number) => Math.max(1, number))
const message = fc.uint8Array({ minLength: 1, maxLength: 500 }).map((bytes) => Uint8Array.from(bytes))
const code = fc.constantFrom(...ERROR_CODES)
const online = fc.boolean()
const of = <T extends string>(type: T) => fc.constant(type)

/** Every message there is: a new one without an entry here does not compile. */
const CLIENT: { readonly [T in ClientMessage["type"]]: fc.Arbitrary<ClientMessageOf<T>> } = {
  resume: fc.record({ type: of("resume"), cursors: fc.array(fc.record({ room, seq }), { maxLength: 5 }) }),
  send: fc.record({ type: of("send"), id, room, after: seq, message }),
  persisted: fc.record({ type: of("persisted"), room, seq }),
  read: fc.record({ type: of("read"), room, seq }),
  typing: fc.record({ type: of("typing"), room }),
  ping: fc.record({ type: of("ping") }),
}
const kind = fc.constantFrom(...ROOM_KINDS)
const statement = fc
  .uint8Array({ minLength: LIMITS.statementLength, maxLength: LIMITS.statementLength })
  .map((bytes) => Uint8Array.from(bytes))
const roomState = fc.record(
  { room, kind, head: seq, delivered: seq, behind: of("behind"), welcome: seq, removed: seq },
  { requiredKeys: ["room", "kind", "head", "delivered"] },
)
const SERVER: { readonly [T in ServerMessage["type"]]: fc.Arbitrary<ServerMessageOf<T>> } = {
  ready: fc.record({
    ...{ type: of("ready"), account, device, now: seq, sessionLogs: online },
    ...{ elsewhere: fc.array(fc.record({ room, kind }), { maxLength: 5 }), keyPackages: seq },
    departures: fc.array(fc.record({ room, statement }), { maxLength: 5 }),
    ...{ rooms: fc.array(roomState, { maxLength: 5 }), online: fc.array(account, { maxLength: 5 }) },
  }),
  entry: fc.record({
    ...{ type: of("entry"), room, seq: seqFrom1, at: seq, sender: account, device, id, message },
    kind: fc.constantFrom("message", "commit"),
  }),
  sent: fc.record({ type: of("sent"), id, room, seq: seqFrom1, at: seq }),
  refused: fc.record(
    { type: of("refused"), id, room, code, seq, seconds: seqFrom1 },
    { requiredKeys: ["type", "id", "room", "code"] },
  ),
  delivered: fc.record({ type: of("delivered"), room, seq }),
  marks: fc.record({ type: of("marks"), room, marks: fc.record({ account, delivered: seq, read: seq }) }),
  invited: fc.record({ type: of("invited"), room, kind, seq }),
  elsewhere: fc.record({ type: of("elsewhere"), room, kind }),
  removed: fc.record({ type: of("removed"), room, seq }),
  departure: fc.record({ type: of("departure"), room, statement }),
  presence: fc.record({ type: of("presence"), account, online }),
  typing: fc.record({ type: of("typing"), room, account }),
  pong: fc.record({ type: of("pong") }),
  error: fc.record({ type: of("error"), code, seconds: seqFrom1 }, { requiredKeys: ["type", "code"] }),
}

const anyClient: fc.Arbitrary<ClientMessage> = fc.oneof(...Object.values<fc.Arbitrary<ClientMessage>>(CLIENT))
const anyServer: fc.Arbitrary<ServerMessage> = fc.oneof(...Object.values<fc.Arbitrary<ServerMessage>>(SERVER))

function assertTotal(parse: () => unknown): void {
  try {
    parse()
  } catch (error) {
    assert(error instanceof ParseError, String(error))
  }
}

/** fast-check's records have no prototype; what the parser makes has one. */
const plain = <T extends object>(value: T): T => structuredClone(value)

test("whatever a client may say is understood as it was meant", () => {
  fc.assert(
    fc.property(anyClient, (said) => {
      assert.deepEqual(parseFrame(clientMessage, writeFrame(clientMessage, said)), plain(said))
    }),
    { numRuns: 500 },
  )
})

test("whatever the server may say is understood as it was meant", () => {
  fc.assert(
    fc.property(anyServer, (said) => {
      assert.deepEqual(parseFrame(serverMessage, writeFrame(serverMessage, said)), plain(said))
    }),
    { numRuns: 500 },
  )
})

test("any text at all is a message or a ParseError", () => {
  const near = anyClient.map((said) => writeFrame(clientMessage, said))
  const cut = fc.tuple(near, fc.nat(), fc.string()).map(([text, at, put]) => {
    const place = at % (text.length + 1)
    return text.slice(0, place) + put + text.slice(place + put.length)
  })
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), near, cut), (text) => {
      assertTotal(() => parseFrame(clientMessage, text))
      assertTotal(() => parseFrame(serverMessage, text))
      assertTotal(() => parseJson(text))
    }),
    { numRuns: 3_000 },
  )
})

test("a good message with one field changed to anything is a message or a ParseError", () => {
  const changed = fc
    .tuple(anyClient, fc.nat(), fc.oneof(fc.anything(), fc.jsonValue(), fc.maxSafeInteger()))
    .map(([said, which, value]) => {
      const raw: object = JSON.parse(writeFrame(clientMessage, said))
      const names = Object.keys(raw)
      return { ...raw, [names[which % names.length] ?? "type"]: value }
    })
  fc.assert(
    fc.property(changed, (value) => assertTotal(() => clientMessage.parse(value, "message"))),
    { numRuns: 3_000 },
  )
})

test("a good message with one more field is refused", () => {
  const names = fc.stringMatching(/^[a-z]{1,12}$/)
  fc.assert(
    fc.property(anyClient, names, fc.jsonValue(), (said, name, value) => {
      const raw: object = JSON.parse(writeFrame(clientMessage, said))
      fc.pre(!(name in raw))
      assert.throws(() => parseFrame(clientMessage, JSON.stringify({ ...raw, [name]: value })), ParseError)
    }),
  )
})

test("a body of every route is a body or a ParseError, whatever it is", () => {
  const bodies = Object.values(API).flatMap((route): Pick<Schema<unknown>, "parse">[] =>
    "body" in route ? [route.body] : [],
  )
  const answers: Pick<Schema<unknown>, "parse">[] = [errorBody, ...Object.values(API).map(({ answer }) => answer)]
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.jsonValue()), (value) => {
      for (const schema of [...bodies, ...answers]) assertTotal(() => schema.parse(value, "body"))
    }),
    { numRuns: 300 },
  )
})

test("the largest send that the limits allow fits into one frame", () => {
  const largest = writeFrame(clientMessage, {
    ...{ type: "send", after: Number.MAX_SAFE_INTEGER, message: new Uint8Array(LIMITS.messageMax) },
    id: messageId.parse("A".repeat(22), "id"),
    room: roomId.parse("A".repeat(22), "room"),
  })
  assert(largest.length <= LIMITS.frameMax, String(largest.length))
})

test("the largest resume that the limits allow fits into one frame", () => {
  const cursor = { room: roomId.parse("A".repeat(22), "room"), seq: Number.MAX_SAFE_INTEGER }
  const largest = writeFrame(clientMessage, { type: "resume", cursors: Array(LIMITS.roomsPerDevice).fill(cursor) })
  assert(largest.length <= LIMITS.frameMax, String(largest.length))
})
