/** Somebody who has lost the password gets in again with the recovery code: same account key, and nobody else notices. */
import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { describe, it } from "node:test"
import type { Platform } from "../../src/client/node/index.ts"
import { toBase64Url } from "../../src/shared/bytes.ts"
import { core } from "../helpers/core.ts"
import { PASSWORD, Person, startLocalServer } from "../helpers/core-people.ts"

const NEXT = "eleven quiet geese on a pond"
const refusal = (code: string) => ({ name: "ClientError", code })

/** Changes answers by the path they are for; writes down what was asked. */
const lying =
  (asked: string[], lies: Readonly<Record<string, object>> = {}) =>
  (device: Platform) => ({
    ...device,
    request: async (method: "GET" | "POST", path: string, body?: unknown) => {
      asked.push(path)
      const answer = await device.request(method, path, body)
      return { ...answer, body: { ...Object(answer.body), ...lies[path] } }
    },
  })

const keyOf = (person: Person, name: string): string =>
  toBase64Url(person.room.people.find((each) => each.name === name)?.accountKey ?? new Uint8Array())

describe("Somebody whose password is lost", () => {
  it("sets a new one by the recovery code as it was written down, and talks on under the same key", async (t) => {
    const place = await startLocalServer(t)
    const anna = Person.at(t, place, "anna")
    const { recoveryCode } = await core.signUp(anna.platform, { name: "anna", password: PASSWORD })
    await anna.open()
    await anna.joined()
    await anna.say("from before")
    const berta = await Person.signUp(t, place, "berta")
    const key = keyOf(berta, "anna")

    const other = Person.at(t, place, "anna")
    const typed = recoveryCode.toLowerCase().replaceAll("-", " ")
    assert.deepEqual(await core.recover(other.platform, { name: "anna", code: typed, password: NEXT }), {
      wasRetired: false,
    })
    await other.open()
    await other.joined()
    await berta.until(() => berta.room.people.find(({ name }) => name === "anna")?.devices === 2)
    assert.equal(keyOf(berta, "anna"), key)
    await other.say("I am back")
    await berta.sees("I am back")
    assert.ok(!(await berta.items()).some(({ kind }) => kind === "key-changed"))

    // The device that was logged in hears of it, and its history opens under the new password.
    await anna.until(() => anna.chat.state.kind === "ended")
    await anna.close()
    const old = core.logIn(anna.platform, { name: "anna", password: PASSWORD })
    await assert.rejects(old, refusal("wrong_credentials"))
    await core.logIn(anna.platform, { name: "anna", password: NEXT })
    await anna.open()
    assert.ok((await anna.texts()).includes("from before"))
  })

  it("is told at once that a code was copied wrongly, and gets nowhere with somebody else's", async (t) => {
    const place = await startLocalServer(t)
    const people = ["anna", "berta"].map((name) => Person.at(t, place, name))
    const [code = "", foreign = ""] = await Promise.all(
      people.map(
        async ({ platform, name }) => (await core.signUp(platform, { name, password: PASSWORD })).recoveryCode,
      ),
    )
    const asked: string[] = []
    const { platform } = Person.at(t, place, "anna", { around: (device) => ({ ...device, ...lying(asked)(device) }) })
    const misread = code.startsWith("2") ? `3${code.slice(1)}` : `2${code.slice(1)}`
    for (const typed of [misread, "", code.slice(1)])
      await assert.rejects(core.recover(platform, { name: "anna", code: typed, password: NEXT }), refusal("bad_code"))
    assert.deepEqual(asked, [])
    for (const name of ["anna", "nobody"])
      await assert.rejects(
        core.recover(platform, { name, code: foreign, password: NEXT }),
        refusal("wrong_credentials"),
      )
    assert.equal(await platform.keys.current(), undefined)
  })

  it("sets no password when the server names another account key, or another wrapped one", async (t) => {
    const place = await startLocalServer(t)
    const anna = Person.at(t, place, "anna")
    const { recoveryCode: code } = await core.signUp(anna.platform, { name: "anna", password: PASSWORD })
    for (const lie of [
      { accountKey: toBase64Url(randomBytes(32)) },
      { recoveryWrappedKey: toBase64Url(randomBytes(60)) },
    ]) {
      const asked: string[] = []
      const around = (device: Platform) => lying(asked, { "/api/recovery/key": lie })(device)
      const { platform } = Person.at(t, place, "anna", { around })
      await assert.rejects(core.recover(platform, { name: "anna", code, password: NEXT }), refusal("wrong_key"))
      assert.deepEqual(asked, ["/api/recovery/key"])
    }
    await core.logIn(anna.platform, { name: "anna", password: PASSWORD })
  })
})

describe("A new password", () => {
  it("takes the one before, leaves history readable here, and sends the other devices to log in again", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    await anna.say("kept")
    await anna.reaches("kept", "sent")
    const other = await Person.logIn(t, place, "anna")
    const wrong = core.changePassword(anna.platform, { current: "not the right one", next: NEXT })
    await assert.rejects(wrong, refusal("wrong_credentials"))
    await core.changePassword(anna.platform, { current: PASSWORD, next: NEXT })
    await other.until(() => other.chat.state.kind === "ended")
    await anna.say("still here")
    await anna.reaches("still here", "sent")
    await anna.chat.logOut()
    await core.logIn(anna.platform, { name: "anna", password: NEXT })
    await anna.open()
    assert.deepEqual(await anna.texts(), ["kept", "still here"])
  })
})

describe("A new recovery code", () => {
  it("takes the password, opens the account, and makes the one before worthless", async (t) => {
    const place = await startLocalServer(t)
    const { platform } = Person.at(t, place, "anna")
    const { recoveryCode: old } = await core.signUp(platform, { name: "anna", password: PASSWORD })
    await assert.rejects(core.makeRecoveryCode(platform, { password: "another!!!" }), refusal("wrong_credentials"))
    const { recoveryCode: code } = await core.makeRecoveryCode(platform, { password: PASSWORD })
    const request = { name: "anna", password: NEXT }
    await assert.rejects(core.recover(platform, { ...request, code: old }), refusal("wrong_credentials"))
    await core.recover(platform, { ...request, code })
    await core.logIn(platform, request)
  })

  it("can't be made, nor a password be set, by who is not logged in", async (t) => {
    const { platform } = Person.at(t, await startLocalServer(t), "anna")
    await assert.rejects(core.makeRecoveryCode(platform, { password: PASSWORD }), refusal("locked"))
    await assert.rejects(core.changePassword(platform, { current: PASSWORD, next: NEXT }), refusal("locked"))
  })
})
