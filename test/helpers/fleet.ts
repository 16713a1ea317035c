/**
 * Many headless devices at once: signing several people up, what the lines of a room say in short, and what it means that
 * all devices in a room agree. Whoever waits, waits for an event of one of the chats.
 */
import assert from "node:assert/strict"
import type { Platform, RoomId } from "../../src/client/node/index.ts"
import { Person, type PersonOptions, type Place, textsOf, until } from "./core-people.ts"
import type { Owner } from "./temp.ts"

/** Signs people up one after another, and waits until each sees all. */
export async function crowd(
  owner: Owner,
  place: Place,
  names: readonly string[],
  options: PersonOptions = {},
): Promise<Person[]> {
  const people: Person[] = []
  for (const name of names) people.push(await Person.signUp(owner, place, name, options))
  const sorted = [...names].sort()
  for (const person of people) await person.isWith(person.room.id, ...sorted)
  return people
}

/** The lines of a room that are no messages, in short. */
export async function changes(person: Person, room: RoomId): Promise<string[]> {
  return (await person.items(room)).flatMap((item) => {
    if (item.kind === "text") return []
    if (item.kind === "problem") return [`problem ${item.problem}`]
    if (item.kind === "named") return [`${item.sender} named it ${item.text}`]
    return [`${item.name} ${item.kind}${item.by === undefined ? "" : ` by ${item.by}`}`]
  })
}

/** The same device on a clock that the test sets. */
export const onClock =
  (now: () => number) =>
  (platform: Platform): Platform => ({ ...platform, now })

/** The same device, which waits no time where it would wait a few seconds; waits that watch a connection stay. */
export const eagerly = (platform: Platform): Platform => ({
  ...platform,
  delay: (milliseconds, signal) => platform.delay(milliseconds <= 5_000 ? 1 : milliseconds, signal),
})

/** The messages that a device has of a room since it joined the last time, in order. */
async function textsSinceJoining(person: Person, room: RoomId): Promise<string[]> {
  const items = await person.items(room)
  const start = items.findLastIndex(
    ({ kind, ...item }) => kind === "you-joined" || ("problem" in item && item.problem === "rejoined"),
  )
  return textsOf(items.slice(start + 1)).map(({ text }) => text)
}

/** Whether somebody is in a room and means to stay. */
const isIn =
  (room: RoomId) =>
  (person: Person): boolean => {
    const view = person.view(room)
    return view?.joined === true && !view.isOut
  }

/**
 * What is wrong between the devices of a room, in one sentence; undefined when all that are in it agree: on who is in it
 * (as people and as devices), on its name, and on the messages since the later of any two joined. Nobody has one twice.
 */
export async function disagreement(people: readonly Person[], room: RoomId): Promise<string | undefined> {
  const inside = people.filter(isIn(room))
  const [first] = inside
  if (first === undefined) return undefined
  const told = (person: Person): string => {
    const view = person.view(room)
    const roster = view?.people.map(({ name, deviceIds }) => `${name}: ${[...deviceIds].sort().join(" ")}`)
    return JSON.stringify([view?.kind === "private" ? "" : view?.name, roster])
  }
  for (const person of inside)
    if (told(person) !== told(first)) return `${person.name} sees ${told(person)}, ${first.name} sees ${told(first)}`
  const roster = new Set(first.view(room)?.people.flatMap(({ deviceIds }) => deviceIds))
  const stranger = inside.find(({ chat }) => !roster.has(chat.device))
  if (stranger !== undefined) return `${stranger.name} believes to be in ${room}, the others do not`
  const waiting = inside.find((person) => person.view(room)?.waiting !== 0)
  if (waiting !== undefined) return `${waiting.name} has not sent everything`
  return textsDiffer(inside, room)
}

async function textsDiffer(inside: readonly Person[], room: RoomId): Promise<string | undefined> {
  const heard = await Promise.all(inside.map((person) => textsSinceJoining(person, room)))
  for (const [index, texts] of heard.entries())
    if (new Set(texts).size !== texts.length) return `${inside[index]?.name} has a message twice`
  const longest = heard.reduce((one, other) => (other.length > one.length ? other : one), [])
  for (const [index, texts] of heard.entries()) {
    const tail = longest.slice(longest.length - texts.length)
    if (JSON.stringify(texts) !== JSON.stringify(tail))
      return `${inside[index]?.name} reads ${texts.slice(-5).join()}, somebody else ${tail.slice(-5).join()}`
  }
  return undefined
}

/** Resolves when everybody who is in a room agrees, and all of these are. */
export async function allAgree(people: readonly Person[], room: RoomId): Promise<void> {
  const chats = people.map(({ chat }) => chat)
  await until(chats, async () => people.every(isIn(room)) && (await disagreement(people, room)) === undefined)
  assert.equal(await disagreement(people, room), undefined)
}
