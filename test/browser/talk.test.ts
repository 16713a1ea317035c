import assert from "node:assert/strict"
import { test } from "node:test"
import { browserForFile } from "../helpers/browser.ts"
import { Gate } from "../helpers/gate.ts"
import {
  assertSameConversation,
  composer,
  enter,
  inRoom,
  logOut,
  message,
  numbered,
  reaches,
  say,
  sees,
  signUp,
} from "../helpers/people.ts"
import { startServerProcess } from "../helpers/server-process.ts"

const browser = browserForFile()

test("two people sign up in two browsers and talk both ways, whatever they write", async (t) => {
  const server = await startServerProcess(t)
  const anna = await signUp(await browser.profile(t), server.url, "anna")
  const berta = await signUp(await browser.profile(t), server.url, "berta")
  await say(anna, "anna-1. good morning")
  await sees(berta, "anna-1. good morning")
  await reaches(anna, "anna-1.", "Delivered")
  await say(berta, "berta-1. good morning to you")
  await sees(anna, "berta-1. good morning to you")
  await reaches(berta, "berta-1.", "Delivered")
  await assertSameConversation([anna, berta], ["anna-1.", "berta-1."])

  const text = '<img src=x onerror="alert(1)"> & שלום 🌍'
  await composer(anna).fill(text)
  await composer(anna).press("Shift+Enter")
  await composer(anna).pressSequentially("second line")
  await composer(anna).press("Enter")
  await sees(berta, text)
  await sees(berta, "second line")
  assert.equal(await berta.locator("img[src=x]").count(), 0)
})

test("a third signs up while nobody else is there, and is read by the others when they come back", async (t) => {
  const server = await startServerProcess(t)
  const profiles = { anna: await browser.profile(t), berta: await browser.profile(t), carla: await browser.profile(t) }
  const anna = await signUp(profiles.anna, server.url, "anna")
  const berta = await signUp(profiles.berta, server.url, "berta")
  await say(anna, "anna-1.")
  await sees(berta, "anna-1.")
  await anna.close()
  await berta.close()
  const carla = await signUp(profiles.carla, server.url, "carla")
  await say(carla, "carla-1. is anybody here?")
  await reaches(carla, "carla-1.", "Sent")
  assert.deepEqual(await numbered(carla), ["carla-1."], "carla reads nothing older than her arrival")
  await carla.close()

  const back = await Promise.all(
    [profiles.anna, profiles.berta].map(async (profile) => {
      const page = await profile.open(`${server.url}/chat`)
      await inRoom(page)
      return page
    }),
  )
  await assertSameConversation(back, ["anna-1.", "carla-1."])
})

test("history is there after a reload, and after log-out and log-in in the same browser", async (t) => {
  const server = await startServerProcess(t)
  const anna = await signUp(await browser.profile(t), server.url, "anna")
  await say(anna, "anna-1.")
  await reaches(anna, "anna-1.", "Sent")

  await anna.reload()
  await inRoom(anna)
  await assertSameConversation([anna], ["anna-1."])

  await logOut(anna)
  await enter(anna, "Log in", "anna")
  await inRoom(anna)
  await assertSameConversation([anna], ["anna-1."])
  await say(anna, "anna-2.")
  await reaches(anna, "anna-2.", "Sent")
})

test("what is written offline goes out later, once, also when the tab was closed in between", async (t) => {
  const server = await startServerProcess(t)
  const gate = await Gate.before(t, server.port)
  const profile = await browser.profile(t)
  const anna = await signUp(profile, gate.url, "anna")
  const berta = await signUp(await browser.profile(t), server.url, "berta")
  await say(anna, "anna-1.")
  await sees(berta, "anna-1.")

  gate.shut()
  await say(anna, "anna-2.")
  await reaches(anna, "anna-2.", "Sending")
  await anna.close()
  assert.equal(await message(berta, "anna-2.").count(), 0)

  gate.open()
  const again = await profile.open(`${gate.url}/chat`)
  await reaches(again, "anna-2.", "Delivered")
  await assertSameConversation([again, berta], ["anna-1.", "anna-2."])

  gate.shut()
  await say(again, "anna-3.")
  await reaches(again, "anna-3.", "Sending")
  gate.open()
  await reaches(again, "anna-3.", "Delivered")
  await assertSameConversation([again, berta], ["anna-1.", "anna-2.", "anna-3."])
})
