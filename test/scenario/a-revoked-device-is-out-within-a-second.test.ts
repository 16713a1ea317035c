/** Somebody ends a device of theirs, or the one in front of them: it is out at once, and comes back only as a new one. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { Platform } from "../../src/client/node/index.ts"
import { core } from "../helpers/core.ts"
import { PASSWORD, Person, startLocalServer } from "../helpers/core-people.ts"

const CREDENTIALS = { name: "anna", password: PASSWORD }
const refusal = (code: string) => ({ name: "ClientError", code })

const devicesOf = (person: Person, name: string) =>
  person.room.people.find((each) => each.name === name)?.deviceIds ?? []

/** The account key, which the interface gets from the open chat's vault. */
async function ownKeys(person: Person) {
  return core.ownDevice(person.platform)
}

describe("A device that its owner ends from another one", () => {
  it("loses its connection within a second, its session, its place in the list, and its leaf", async (t) => {
    const place = await startLocalServer(t)
    const laptop = await Person.signUp(t, place, "anna")
    const phone = Person.at(t, place, "anna", { around: (device) => ({ ...device, deviceName: "Phone" }) })
    await core.logIn(phone.platform, CREDENTIALS)
    await phone.open()
    await phone.joined()
    const berta = await Person.signUp(t, place, "berta")
    await berta.until(() => devicesOf(berta, "anna").length === 2)

    const listed = await core.listDevices(laptop.platform)
    assert.deepEqual(new Set(listed.map(({ name }) => name)), new Set(["Node", "Phone"]))
    const lost = listed.find(({ name }) => name === "Phone")
    assert.ok(lost !== undefined)
    const { accountKeyPair } = await ownKeys(laptop)
    const asked = performance.now()
    await core.retireDevice(laptop.platform, { device: lost.device, accountKeyPair })
    await phone.until(() => phone.chat.state.kind === "ended")
    const took = performance.now() - asked
    assert.ok(took < 1000, `it took ${took} ms`)

    await assert.rejects(core.listDevices(phone.platform), refusal("not_logged_in"))
    assert.deepEqual(
      (await core.listDevices(laptop.platform)).map(({ name }) => name),
      ["Node"],
    )
    await berta.until(() => !devicesOf(berta, "anna").includes(lost.device))
    await laptop.until(() => !devicesOf(laptop, "anna").includes(lost.device))
    await laptop.say("only for us")
    await berta.sees("only for us")
  })

  it("starts anew by itself at the next log-in, and only with the right password", async (t) => {
    const place = await startLocalServer(t)
    const laptop = await Person.signUp(t, place, "anna")
    const phone = await Person.logIn(t, place, "anna")
    await phone.say("from the phone")
    await phone.reaches("from the phone", "sent")
    const { device } = await ownKeys(phone)
    await core.retireDevice(laptop.platform, { device, accountKeyPair: (await ownKeys(laptop)).accountKeyPair })
    await phone.until(() => phone.chat.state.kind === "ended")
    await phone.close()
    await assert.rejects(
      core.logIn(phone.platform, { ...CREDENTIALS, password: "a wrong one" }),
      refusal("wrong_credentials"),
    )
    assert.deepEqual(await core.logIn(phone.platform, CREDENTIALS), { wasRetired: true })
    assert.notEqual((await ownKeys(phone)).device, device)
    await phone.open()
    await phone.joined()
    assert.deepEqual(await phone.texts(), [])
    await laptop.say("welcome back")
    await phone.sees("welcome back")
  })

  it("that belongs to somebody else stays as it is", async (t) => {
    const place = await startLocalServer(t)
    const anna = await Person.signUp(t, place, "anna")
    const berta = await Person.signUp(t, place, "berta")
    const [own, other] = [await ownKeys(anna), await ownKeys(berta)]
    const ended = core.retireDevice(anna.platform, { device: other.device, accountKeyPair: own.accountKeyPair })
    await assert.rejects(ended, refusal("not_found"))
    const asOther = core.retireDevice(anna.platform, other)
    await assert.rejects(asOther, refusal("bad_request"))
    await berta.say("still here")
    await anna.sees("still here")
  })
})

describe("A device whose person has it forget the account", () => {
  it("ends itself, keeps nothing, and is a new one at the next log-in", async (t) => {
    const place = await startLocalServer(t)
    const laptop = await Person.signUp(t, place, "anna")
    const shared = await Person.logIn(t, place, "anna")
    const { device } = await ownKeys(shared)
    await shared.close()
    await core.forget(shared.platform)
    assert.equal(await shared.platform.keys.current(), undefined)
    const left = await (await shared.platform.openVault("anna")).range({
      from: "",
      before: "~",
      limit: 9,
      newest: false,
    })
    assert.deepEqual(left, [])
    assert.ok(!(await core.listDevices(laptop.platform)).some((each) => each.device === device))
    await laptop.until(() => !devicesOf(laptop, "anna").includes(device))
    assert.deepEqual(await core.logIn(shared.platform, CREDENTIALS), { wasRetired: false })
    assert.notEqual((await ownKeys(shared)).device, device)
  })

  it("keeps nothing either when the server can't be reached; another device can end it then", async (t) => {
    const place = await startLocalServer(t)
    const laptop = await Person.signUp(t, place, "anna")
    let isCut = false
    const cut = (device: Platform): Platform => ({
      ...device,
      request: (...request) => (isCut ? Promise.reject(new core.Unreachable()) : device.request(...request)),
    })
    const shared = await Person.logIn(t, place, "anna", { around: cut })
    const { device } = await ownKeys(shared)
    await shared.close()
    isCut = true
    await core.forget(shared.platform)
    assert.equal(await (await shared.platform.openVault("anna")).get("identity"), undefined)
    const { accountKeyPair } = await ownKeys(laptop)
    await core.retireDevice(laptop.platform, { device, accountKeyPair })
    assert.ok(!(await core.listDevices(laptop.platform)).some((each) => each.device === device))
  })
})
