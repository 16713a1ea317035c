/**
 * Signing up and logging in from the client's side: what leaves the device, what is refused although the server says it, and
 * what is stored. The server is the real one; where it lies, the test changes its answers on their way.
 */
import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import path from "node:path"
import { describe, it } from "node:test"
import type { NodePlatform, Platform } from "../../src/client/node/index.ts"
import { toBase64Url } from "../../src/shared/bytes.ts"
import { LIMITS } from "../../src/shared/limits.ts"
import { core } from "../helpers/core.ts"
import { PASSWORD, Person, startLocalServer } from "../helpers/core-people.ts"
import { quickStretch } from "../helpers/quick-passwords.ts"
import { temporaryFolder } from "../helpers/temp.ts"

const CREDENTIALS = { name: "anna", password: PASSWORD }
const refusal = (code: string) => ({ name: "ClientError", code })

interface Request {
  readonly path: string
  readonly body: string
}

/** Keeps what is sent, and changes answers by the path they are for. */
function between(device: NodePlatform, sent: Request[], lies: Readonly<Record<string, object>> = {}): Platform {
  return {
    ...device,
    request: async (method, path, body) => {
      sent.push({ path, body: JSON.stringify(body ?? {}) })
      const answer = await device.request(method, path, body)
      const lie = lies[path]
      return lie === undefined ? answer : { ...answer, body: { ...Object(answer.body), ...lie } }
    },
  }
}

describe("An account", () => {
  it("is made and entered without the password leaving the device, in any form", async (t) => {
    const place = await startLocalServer(t)
    const sent: Request[] = []
    const anna = Person.at(t, place, "anna", { around: (device) => between(device, sent), isSlow: true })
    const { recoveryCode } = await core.signUp(anna.platform, CREDENTIALS)
    await core.logIn(anna.platform, CREDENTIALS)
    assert.deepEqual(
      sent.map(({ path }) => path),
      ["/api/sign-up", "/api/salt", "/api/log-in"],
    )
    const all = sent.map(({ body }) => body).join()
    const code = await core.readRecoveryCode(recoveryCode)
    assert.ok(code !== undefined)
    for (const secret of [Buffer.from(PASSWORD), Buffer.from(code), Buffer.from(recoveryCode)])
      for (const encoding of ["latin1", "hex", "base64url"] as const)
        assert.ok(!all.includes(secret.toString(encoding)), encoding)
  })

  it("tells a wrong password and an unknown name alike, and a taken or bad name by itself", async (t) => {
    const place = await startLocalServer(t)
    const { platform } = Person.at(t, place, "anna")
    await core.signUp(platform, CREDENTIALS)
    await assert.rejects(core.signUp(platform, CREDENTIALS), refusal("name_taken"))
    const wrong = refusal("wrong_credentials")
    await assert.rejects(core.logIn(platform, { ...CREDENTIALS, password: "another one!" }), wrong)
    await assert.rejects(core.logIn(platform, { ...CREDENTIALS, name: "nobody" }), wrong)
    for (const name of ["An", "anna berta", "", "a".repeat(33)]) {
      await assert.rejects(core.logIn(platform, { ...CREDENTIALS, name }), refusal("bad_name"))
      await assert.rejects(core.signUp(platform, { ...CREDENTIALS, name }), refusal("bad_name"))
    }
  })

  it("takes a password in either form that Unicode has for it (NFKC)", async (t) => {
    const place = await startLocalServer(t)
    const { platform } = Person.at(t, place, "anna")
    await core.signUp(platform, { name: "anna", password: "grün wie gr\u00fcne Gräser" })
    await core.logIn(platform, { name: "anna", password: "gru\u0308n wie gr\u00fcne Gra\u0308ser" })
  })

  it("says that the server cannot be reached when it is gone", async (t) => {
    const place = await startLocalServer(t)
    const { platform } = Person.at(t, place, "anna")
    await place.close()
    await assert.rejects(core.signUp(platform, CREDENTIALS), refusal("unreachable"))
    await assert.rejects(core.logIn(platform, CREDENTIALS), refusal("unreachable"))
  })

  it("trusts no server with another certificate authority", async (t) => {
    const [place, other] = [await startLocalServer(t), await startLocalServer(t)]
    const { platform } = Person.at(t, { url: place.url, ca: other.ca }, "anna")
    await assert.rejects(core.signUp(platform, CREDENTIALS), refusal("unreachable"))
  })
})

describe("A lying server", () => {
  const lies: readonly (readonly [string, string, Readonly<Record<string, object>>, readonly string[]])[] = [
    [
      "that lowers the cost of guessing is sent nothing",
      "weak_kdf",
      { "/api/salt": { iterations: LIMITS.kdfIterationsMin - 1 } },
      ["/api/salt"],
    ],
    [
      "that raises it beyond all reason is sent nothing",
      "weak_kdf",
      { "/api/salt": { iterations: LIMITS.kdfIterationsMax + 1 } },
      ["/api/salt"],
    ],
    [
      "that swaps the salt learns nothing, and the log-in fails",
      "wrong_credentials",
      { "/api/salt": { salt: toBase64Url(randomBytes(32)) } },
      ["/api/salt", "/api/log-in"],
    ],
    [
      "that swaps the wrapped key is noticed",
      "wrong_key",
      { "/api/log-in": { wrappedKey: toBase64Url(randomBytes(60)) } },
      ["/api/salt", "/api/log-in"],
    ],
    [
      "that names another account key for a new device is noticed",
      "wrong_key",
      { "/api/log-in": { accountKey: toBase64Url(randomBytes(32)) } },
      ["/api/salt", "/api/log-in"],
    ],
    [
      "that answers something else than the protocol says is not believed",
      "bad_answer",
      { "/api/log-in": { accountKey: "short" } },
      ["/api/salt", "/api/log-in"],
    ],
  ]
  it("is refused, before or after it has been sent what it asked for:", async (t) => {
    const place = await startLocalServer(t)
    await core.signUp(Person.at(t, place, "anna").platform, CREDENTIALS)
    for (const [what, code, lie, expected] of lies)
      await t.test(what, async () => {
        const sent: Request[] = []
        const anna = Person.at(t, place, "anna", { around: (device) => between(device, sent, lie) })
        await assert.rejects(core.logIn(anna.platform, CREDENTIALS), refusal(code))
        assert.deepEqual(
          sent.map(({ path }) => path),
          expected,
        )
        assert.equal(await anna.platform.keys.current(), undefined)
      })
  })
})

describe("What a device stores", () => {
  it("holds no word of the conversation and no key that could be read, and opens after a new log-in", async (t) => {
    const place = await startLocalServer(t)
    const folder = await temporaryFolder(t)
    const anna = await Person.signUp(t, place, "anna", { folder })
    await anna.say("nobody else may read this")
    await anna.reaches("nobody else may read this", "sent")
    await anna.close()
    const stored = await readFile(path.join(folder, "anna.vault"))
    assert.ok(stored.length > 1_000)
    assert.ok(!stored.includes("nobody else may read this"))
    assert.ok(!stored.includes(PASSWORD))

    // Another process on the same folder has no key until somebody logs in.
    const again = Person.at(t, place, "anna", { folder })
    await assert.rejects(core.openChat(again.platform), refusal("locked"))
    await core.logIn(again.platform, CREDENTIALS)
    await again.open()
    assert.deepEqual(await again.texts(), ["nobody else may read this"])
  })

  it("is apart for each account of one device", async (t) => {
    const place = await startLocalServer(t)
    const shared = await Person.signUp(t, place, "anna")
    await shared.say("anna was here")
    await shared.reaches("anna was here", "sent")
    await shared.chat.logOut()
    await core.signUp(shared.platform, { name: "berta", password: PASSWORD })
    await shared.open()
    await shared.joined()
    assert.equal(shared.chat.account, "berta")
    assert.deepEqual(await shared.texts(), [])
    await shared.chat.logOut()
    await core.logIn(shared.platform, CREDENTIALS)
    await shared.open()
    assert.deepEqual(await shared.texts(), ["anna was here"])
  })

  it("under a name that was given away anew is let go, since nobody can read it any more", async (t) => {
    const [first, second] = [await startLocalServer(t), await startLocalServer(t)]
    const anna = await Person.signUp(t, first, "anna")
    await anna.say("on the first server")
    await anna.reaches("on the first server", "sent")
    await anna.close()
    await core.signUp(Person.at(t, second, "anna").platform, { name: "anna", password: "quite another password" })
    const other = { ...core.nodePlatform(second), stretch: quickStretch }
    const moved = Person.at(t, second, "anna", { around: () => ({ ...other, openVault: anna.platform.openVault }) })
    await core.logIn(moved.platform, { name: "anna", password: "quite another password" })
    await moved.open()
    await moved.joined()
    assert.deepEqual(await moved.texts(), [])
    other.close()
  })
})
