import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import { HeaderError, readGroupInfoHeader, readHeader } from "../../src/server/mls-header.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { loadMlsBundle } from "../helpers/mls-bundle.ts"
import { groupOf, makeDevice, makePerson, makeRoom } from "../helpers/mls-people.ts"

const COMMITMENT = Buffer.alloc(32, 7)

/** A vector with the shortest length, as the RFC wants it. */
function vector(bytes: Uint8Array): Buffer {
  const { length } = bytes
  if (length < 64) return Buffer.from([length, ...bytes])
  const head = Buffer.alloc(length < 16_384 ? 2 : 4)
  if (head.length === 2) head.writeUInt16BE(length + 0x4000)
  else head.writeUInt32BE(length + 0x80000000)
  return Buffer.concat([head, bytes])
}

function number(length: number, value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes.subarray(8 - length)
}

const text = (letters: string) => vector(Buffer.from(letters))
const head = (wire: number, group = "general_chat", epoch = 5) =>
  Buffer.concat([number(2, 1), number(2, wire), text(group), number(8, epoch)])

interface Parts {
  readonly content?: number
  readonly data?: Uint8Array
  readonly senderData?: Uint8Array
  readonly ciphertext?: Uint8Array
}

function privateMessage(parts: Parts = {}): Buffer {
  const { content = 1, data = Buffer.alloc(0), senderData = Buffer.alloc(28), ciphertext = Buffer.alloc(300) } = parts
  return Buffer.concat([head(2), number(1, content), vector(data), vector(senderData), vector(ciphertext)])
}

function publicMessage(sender: Uint8Array, data: Uint8Array = Buffer.from("why")): Buffer {
  return Buffer.concat([head(1), sender, vector(data), number(1, 3), Buffer.alloc(40)])
}

const refused = (rule: RegExp) => ({ name: "HeaderError", message: rule })

describe("the header of an MLS message", () => {
  it("is read from a PrivateMessage", () => {
    const { authenticatedData, ...rest } = readHeader(privateMessage({ data: Buffer.from("seen by all") }))
    assert.deepEqual(rest, {
      wire: "private",
      group: "general_chat",
      epoch: 5,
      content: "application",
      sender: "hidden",
    })
    assert.equal(Buffer.from(authenticatedData).toString(), "seen by all")
  })

  it("is read from a PublicMessage with each kind of sender", () => {
    const senders = [
      ["member", [1, 0, 0, 0, 9]],
      ["external", [2, 0, 0, 0, 0]],
      ["new_member_proposal", [3]],
      ["new_member_commit", [4]],
    ] as const
    for (const [sender, bytes] of senders) {
      const header = readHeader(publicMessage(Buffer.from(bytes)))
      assert.equal(header.sender, sender)
      assert.equal(header.content, "commit")
      assert.equal(Buffer.from(header.authenticatedData).toString(), "why")
    }
  })

  it("is refused with another version, wire format, sender or content type", () => {
    const message = privateMessage()
    const other = (at: number, value: number) => Buffer.from(message).fill(value, at, at + 1)
    assert.throws(() => readHeader(other(1, 2)), refused(/version/))
    for (const wire of [0, 3, 4, 5, 255]) assert.throws(() => readHeader(other(3, wire)), refused(/wire format/))
    for (const content of [0, 4, 255]) assert.throws(() => readHeader(privateMessage({ content })), refused(/content/))
    for (const sender of [0, 5, 255])
      assert.throws(() => readHeader(publicMessage(Buffer.from([sender]))), refused(/sender/))
  })

  it("is refused when something follows a PrivateMessage or one of its ciphertexts is empty", () => {
    assert.throws(() => readHeader(Buffer.concat([privateMessage(), Buffer.alloc(1)])), refused(/follows/))
    assert.throws(() => readHeader(privateMessage({ ciphertext: Buffer.alloc(0) })), refused(/empty/))
    assert.throws(() => readHeader(privateMessage({ senderData: Buffer.alloc(0) })), refused(/empty/))
  })

  it("takes authenticated data at the limit and refuses one byte more", () => {
    const kinds = [
      (data: Uint8Array) => privateMessage({ data }),
      (data: Uint8Array) => publicMessage(Buffer.from([4]), data),
    ]
    for (const make of kinds) {
      const at = readHeader(make(Buffer.alloc(LIMITS.authenticatedDataMax)))
      assert.equal(at.authenticatedData.length, LIMITS.authenticatedDataMax)
      assert.throws(() => readHeader(make(Buffer.alloc(LIMITS.authenticatedDataMax + 1))), refused(/too long/))
    }
  })

  it("takes a group id at the limit and refuses a longer one, or one that is no plain text", () => {
    const rest = Buffer.concat([number(8, 1), number(1, 1), vector(Buffer.alloc(0)), text("data"), text("cipher")])
    const withGroup = (id: Buffer) => Buffer.concat([number(2, 1), number(2, 2), vector(id), rest])
    assert.equal(
      readHeader(withGroup(Buffer.alloc(LIMITS.roomIdMaxLength, "a"))).group,
      "a".repeat(LIMITS.roomIdMaxLength),
    )
    assert.throws(() => readHeader(withGroup(Buffer.alloc(LIMITS.roomIdMaxLength + 1, "a"))), refused(/too long/))
    for (const byte of [0, 10, 32, 127, 200])
      assert.throws(() => readHeader(withGroup(Buffer.from([65, byte]))), refused(/no room/))
  })

  it("is refused when an epoch is larger than a number can hold exactly", () => {
    const largest = Buffer.concat([head(2, "r", Number.MAX_SAFE_INTEGER), privateMessage().subarray(head(2).length)])
    assert.equal(readHeader(largest).epoch, Number.MAX_SAFE_INTEGER)
    const over = Buffer.from(largest)
    over.writeBigUInt64BE(2n ** 53n, 6)
    assert.throws(() => readHeader(over), refused(/too large/))
    over.writeBigUInt64BE(2n ** 64n - 1n, 6)
    assert.throws(() => readHeader(over), refused(/too large/))
  })

  it("is refused when a length is not in its shortest form, or in the form that does not exist", () => {
    const lengths = [Buffer.from([0x40, 1]), Buffer.from([0x80, 0, 0, 1]), Buffer.from([0x80, 0, 0x3f, 0xff])]
    const withLength = (length: Buffer) =>
      Buffer.concat([number(2, 1), number(2, 2), length, Buffer.alloc(20_000, "a")])
    for (const length of lengths) assert.throws(() => readHeader(withLength(length)), refused(/shortest/))
    assert.throws(() => readHeader(withLength(Buffer.from([0xc0, 0, 0, 0, 0, 0, 0, 1]))), refused(/unknown form/))
  })

  it("of every truncation is refused", () => {
    for (const whole of [privateMessage({ data: COMMITMENT }), publicMessage(Buffer.from([4])).subarray(0, -39)])
      for (let length = 0; length < whole.length; length++)
        assert.throws(() => readHeader(whole.subarray(0, length)), HeaderError)
  })

  it("of any bytes at all is read or refused with its own error", () => {
    const valid = fc.constantFrom(
      privateMessage({ data: COMMITMENT }),
      publicMessage(Buffer.from([4])),
      publicMessage(Buffer.from([1, 0, 0, 0, 1])),
    )
    const changed = fc
      .tuple(valid, fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 4 }))
      .map(([message, changes]) => {
        const copy = new Uint8Array(message)
        for (const [at, value] of changes) if (at < copy.length) copy[at] = value
        return copy
      })
    const withGoodStart = fc.uint8Array({ maxLength: 200 }).map((rest) => Buffer.concat([number(2, 1), rest]))
    const anything = fc.oneof(fc.uint8Array({ maxLength: 400 }), withGoodStart, changed)
    const readers = [readHeader, readGroupInfoHeader]
    fc.assert(
      fc.property(anything, (bytes) => {
        for (const read of readers)
          try {
            read(bytes)
          } catch (error) {
            if (!(error instanceof HeaderError)) throw error
          }
      }),
      { numRuns: 5_000 },
    )
  })

  it("says of what the MLS part makes what it is", async () => {
    const bundle = await loadMlsBundle()
    const [ann, bob] = await Promise.all(["ann", "bob"].map((name) => makePerson(bundle, name)))
    assert.ok(ann && bob)
    const [founder, joiner] = await Promise.all([ann, bob].map((person) => makeDevice(bundle, person)))
    assert.ok(founder && joiner)
    const charter = { kind: "general", founder: ann.key.publicKey } as const
    await makeRoom(bundle, "general_chat", charter, [founder])
    const groupInfo = await groupOf(founder).groupInfo()
    assert.deepEqual(readGroupInfoHeader(groupInfo), { group: "general_chat", epoch: 0 })
    const expected = { roomId: "general_chat", kind: charter.kind }
    const joined = await bundle.core.joinExternal(joiner.identity, groupInfo, { resync: false, expected })
    const { authenticatedData: _, ...entered } = readHeader(joined.commit)
    const said = { wire: "public", group: "general_chat", epoch: 0, content: "commit", sender: "new_member_commit" }
    assert.deepEqual(entered, said)
    const sealed = await groupOf(founder).encrypt(Buffer.from("hello"), COMMITMENT)
    const { authenticatedData, ...message } = readHeader(sealed.message)
    const hidden = { wire: "private", group: "general_chat", epoch: 0, content: "application", sender: "hidden" }
    assert.deepEqual(message, hidden)
    assert.deepEqual(Buffer.from(authenticatedData), COMMITMENT)
    const updated = await groupOf(founder).update()
    assert.equal(readHeader(updated.commit).content, "commit")
  })
})

describe("the header of a GroupInfo", () => {
  const groupInfo = (wire: number, version = 1) =>
    Buffer.concat([number(2, 1), number(2, wire), number(2, version), number(2, 1), text("general_chat"), number(8, 9)])

  it("names the group and the epoch", () => {
    assert.deepEqual(readGroupInfoHeader(groupInfo(4)), { group: "general_chat", epoch: 9 })
  })

  it("is refused when it is another kind of message, another version or cut short", () => {
    assert.throws(() => readGroupInfoHeader(groupInfo(2)), refused(/wire format/))
    assert.throws(() => readGroupInfoHeader(groupInfo(4, 2)), refused(/version/))
    for (let length = 0; length < groupInfo(4).length; length++)
      assert.throws(() => readGroupInfoHeader(groupInfo(4).subarray(0, length)), HeaderError)
  })
})
