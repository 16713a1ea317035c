/**
 * A server that changes what it delivers: another sender, a changed byte, an entry twice, left out, or in another order.
 * What was left out is asked for again; what is wrong is shown; nothing of it stops the conversation.
 */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { NodePlatform, Platform } from "../../src/client/node/index.ts"
import { parseFrame, type ServerMessageOf, serverMessage, writeFrame } from "../../src/shared/protocol.ts"
import { Person, startLocalServer } from "../helpers/core-people.ts"

type Entry = ServerMessageOf<"entry">

/** Puts `lie` between the server and core: what it returns is delivered in place of an entry. */
function lying(lie: (entry: Entry) => readonly Entry[]) {
  return (device: NodePlatform): Platform => ({
    ...device,
    delay: (milliseconds, signal) => device.delay(milliseconds <= 5_000 ? 1 : milliseconds, signal),
    connect: (handlers) =>
      device.connect({
        ...handlers,
        message: (text) => {
          const message = parseFrame(serverMessage, text)
          if (message.type !== "entry") return handlers.message(text)
          for (const entry of lie(message)) handlers.message(writeFrame(serverMessage, entry))
        },
      }),
  })
}

/** Anna is told the truth; berta hears what the lie makes of it. The first message after both are in is number 1. */
async function talk(owner: Parameters<typeof startLocalServer>[0], lie: (entry: Entry, number: number) => Entry[]) {
  const place = await startLocalServer(owner)
  const anna = await Person.signUp(owner, place, "anna")
  const carla = await Person.signUp(owner, place, "carla")
  let number = 0
  const seen = new Map<number, number>()
  const around = lying((entry) => {
    if (entry.kind !== "message") return [entry]
    const known = seen.get(entry.seq)
    if (known === undefined) seen.set(entry.seq, ++number)
    return known === undefined ? lie(entry, number) : [entry]
  })
  const berta = await Person.signUp(owner, place, "berta", { around })
  return { anna, berta, carla }
}

const shown = async (person: Person) =>
  (await person.items()).flatMap((item) =>
    item.kind === "text" ? [item.text] : item.kind === "problem" ? [item.problem] : [],
  )

describe("A server that", () => {
  it("names another sender, or another device, is contradicted by the message itself", async (t) => {
    const { anna, berta, carla } = await talk(t, (entry, number) => {
      if (number === 1) return [{ ...entry, sender: carla.chat.account, device: carla.chat.device }]
      return [number === 2 ? { ...entry, device: carla.chat.device } : entry]
    })
    for (const text of ["one", "two", "three"]) await anna.say(text)
    await berta.sees("three")
    assert.deepEqual(await shown(berta), ["wrong-sender", "wrong-sender", "three"])
  })

  it("changes a byte of a message shows a line, and the next one is read", async (t) => {
    const { anna, berta } = await talk(t, (entry, number) => {
      const message = entry.message.slice()
      if (number === 1) message[message.length - 1] = (message.at(-1) ?? 0) ^ 1
      return [{ ...entry, message }]
    })
    for (const text of ["one", "two"]) await anna.say(text)
    await berta.sees("two")
    assert.deepEqual(await shown(berta), ["damaged", "two"])
  })

  it("repeats an entry changes nothing; under a new number it is refused and shown", async (t) => {
    let first: Entry | undefined
    const { anna, berta } = await talk(t, (entry, number) => {
      if (number === 1) first = entry
      if (number === 2 && first !== undefined) return [{ ...first, seq: entry.seq }]
      return [entry, entry]
    })
    for (const text of ["one", "two", "three"]) await anna.say(text)
    await berta.sees("three")
    assert.deepEqual(await shown(berta), ["one", "damaged", "three"])
  })

  it("leaves an entry out, or changes their order, is asked again until all are there", async (t) => {
    let held: Entry | undefined
    const { anna, berta } = await talk(t, (entry, number) => {
      if (number === 1) return []
      if (number !== 3) return held === undefined ? [entry] : [entry, held]
      held = entry
      return []
    })
    const texts = ["one", "two", "three", "four", "five"]
    for (const text of texts) await anna.say(text)
    await berta.sees("five")
    assert.deepEqual(await shown(berta), texts)
  })

  it("says that somebody else's words are berta's own shows a line in their place", async (t) => {
    const { anna, berta } = await talk(t, (entry, number) =>
      number === 1 ? [{ ...entry, sender: berta.chat.account, device: berta.chat.device }] : [entry],
    )
    for (const text of ["one", "two"]) await anna.say(text)
    await berta.sees("two")
    assert.deepEqual(await shown(berta), ["lost", "two"])
  })
})
