/** Password and recovery code are lost: the person who runs the server helps, and everybody sees that the key is another. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { toBase64Url } from "../../src/shared/bytes.ts"
import { resetCode } from "../helpers/admin.ts"
import { core } from "../helpers/core.ts"
import { PASSWORD, Person, startLocalServer } from "../helpers/core-people.ts"

const NEXT = "eleven quiet geese on a pond"
const refusal = (code: string) => ({ name: "ClientError", code })

const keyOf = (person: Person, name: string): string =>
  toBase64Url(person.room.people.find((each) => each.name === name)?.accountKey ?? new Uint8Array())

describe("Somebody who has lost both", () => {
  it("gets a new key by a code of the person who runs the server; others see the change, the old devices are out", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const berta = await Person.signUp(t, place, "berta")
    await berta.until(() => keyOf(berta, "anna") !== "")
    const before = keyOf(berta, "anna")

    const fresh = Person.at(t, place, "anna")
    const request = { name: "anna", code: await resetCode(place.folder, "anna"), password: NEXT }
    const { recoveryCode } = await core.resetAccount(fresh.platform, request)
    await anna.until(() => anna.chat.state.kind === "ended")
    await fresh.open()
    await fresh.joined()
    await berta.until(() => ![before, ""].includes(keyOf(berta, "anna")))
    await berta.until(async () => (await berta.items()).some(({ kind }) => kind === "key-changed"))
    assert.deepEqual(
      berta.room.people.map(({ name, devices }) => [name, devices]),
      [
        ["anna", 1],
        ["berta", 1],
      ],
    )
    await fresh.say("it is me, with a new key")
    await berta.sees("it is me, with a new key")

    // The new password and the new recovery code open the account, on a device that was used before as well.
    await anna.close()
    const old = core.logIn(anna.platform, { name: "anna", password: PASSWORD })
    await assert.rejects(old, refusal("wrong_credentials"))
    assert.deepEqual(await core.logIn(anna.platform, { name: "anna", password: NEXT }), { wasRetired: true })
    await core.recover(anna.platform, { name: "anna", code: recoveryCode, password: PASSWORD })
  })

  it("can use the code once, for that name, and nobody else can use it for another", async (t) => {
    const place = await startLocalServer(t)
    const [anna, berta] = [Person.at(t, place, "anna"), Person.at(t, place, "berta")]
    for (const { platform, name } of [anna, berta]) await core.signUp(platform, { name, password: PASSWORD })
    const code = await resetCode(place.folder, "anna")
    const other = core.resetAccount(berta.platform, { name: "berta", code, password: NEXT })
    await assert.rejects(other, refusal("wrong_credentials"))
    await core.logIn(berta.platform, { name: "berta", password: PASSWORD })
    await core.resetAccount(anna.platform, { name: "anna", code, password: NEXT })
    const again = core.resetAccount(anna.platform, { name: "anna", code, password: PASSWORD })
    await assert.rejects(again, refusal("wrong_credentials"))
    const misread = core.resetAccount(anna.platform, { name: "anna", code: `${code}0`, password: PASSWORD })
    await assert.rejects(misread, refusal("bad_code"))
    await core.logIn(anna.platform, { name: "anna", password: NEXT })
  })
})
