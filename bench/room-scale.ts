/**
 * How far a room goes: `node build/build.mjs && node --import tsx bench/room-scale.ts [devices] [messages]`, on Linux.
 *
 * The built server is a process of its own, with its real scrypt; so is one member who stays and watches (the observer).
 * All others are whole clients in this process, with vaults in memory and quick passwords, and come one after another: each
 * enters the general room and closes its chat again, so that its leaf stays in the tree. What is measured of a newcomer
 * begins when the session exists. One line for every so many devices; the server's processor time is that of a join with
 * everything after it, KeyPackages included. One more member goes away after a third of them and comes back at the end.
 *
 * Then, beside this full general room: private chats, a device that was away for many messages over many epochs, and a new
 * device of somebody who is in twenty rooms. Both ends share this process there, so each figure is that of both together.
 * Ends with status 1 when one is past its budget.
 */
import assert from "node:assert/strict"
import { fork } from "node:child_process"
import { on } from "node:events"
import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import type { NodePlatform, Platform, RoomId } from "../src/client/node/index.ts"
import { core } from "../test/helpers/core.ts"
import { GENERAL, PASSWORD, Person, type PersonOptions, type Place, placeOf } from "../test/helpers/core-people.ts"
import { changes } from "../test/helpers/fleet.ts"
import { startServerProcess } from "../test/helpers/server-process.ts"
import type { Owner } from "../test/helpers/temp.ts"
import { isOver, judge, load, median, owning, ownProcessor, processorTime, residentMib, say, timed } from "./measure.ts"

const DEVICES = Number(process.argv[2] ?? 300)
const MESSAGES = Number(process.argv[3] ?? 5_000)
/** Devices whose joins are measured together. */
const BATCH = 10
const ROW_EVERY = 50
/** Messages between two commits of the group. */
const PER_EPOCH = 20
const FRIENDS = ["berta", "carla", "dora", "emil", "frida"]
const ROOMS = 20

const PLENTY = "9999, 9999/s"
const NO_LIMITS = ["MESSAGES", "TYPING", "COMMITS", "CLAIMS", "SIGN_UPS"].map((name) => [`LIMIT_${name}`, PLENTY])

interface Report {
  readonly name: string
  /** Milliseconds from the arrival of the entry to its line in the conversation. */
  readonly took: number
  /** Milliseconds of processor that its process had in that time: other work on the machine does not count here. */
  readonly processor: number
}

/** The observer's process: reports each device that joins. */
async function observe(place: Place): Promise<void> {
  let arrivedAt = 0
  let before = process.cpuUsage()
  const around = (platform: NodePlatform): Platform => ({
    ...platform,
    connect: ({ message, ...handlers }) =>
      platform.connect({
        ...handlers,
        message: (text) => {
          if (text.startsWith('{"type":"entry"')) {
            arrivedAt = performance.now()
            before = process.cpuUsage()
          }
          message(text)
        },
      }),
  })
  const owner = owning()
  const observer = await Person.signUp(owner, place, "observer", { around })
  const report = (what: Report) => process.send?.(what)
  observer.chat.on("item", ({ room, item }) => {
    if (room !== GENERAL || item.kind !== "joined") return
    report({ name: item.name, took: performance.now() - arrivedAt, processor: ownProcessor(before) })
  })
  report({ name: "observer", took: 0, processor: 0 })
  process.once("disconnect", () => void owner.end())
}

interface Scene {
  readonly owner: Owner
  readonly place: Place
  /** The server's process. */
  readonly pid: number
}

/** Resolves when the observer shows that this one has joined. */
type Seen = (name: string) => Promise<Report>

async function startObserver({ owner, place }: Scene): Promise<Seen> {
  const child = fork(fileURLToPath(import.meta.url))
  owner.after(() => child.connected && child.disconnect())
  const reports = on(child, "message")
  const next: Seen = async (name) => {
    const [report]: [Report] = (await reports.next()).value
    assert.equal(report.name, name)
    return report
  }
  child.send(place)
  await next("observer")
  return next
}

type Cost = Omit<Report, "name">

interface Figures {
  readonly joins: readonly Cost[]
  readonly commits: readonly Cost[]
  /** Milliseconds of the server's processor for each. */
  readonly server: number
}

/** Some newcomers, one after another. They sign up beforehand: what that costs the server is on purpose. */
async function letIn({ place, pid }: Scene, names: readonly string[], seen: Seen) {
  const owner = owning()
  const people = names.map((name) => Person.at(owner, place, name))
  for (const { platform, name } of people) await core.signUp(platform, { name, password: PASSWORD })
  const before = processorTime(pid)
  const [joins, commits]: [Cost[], Cost[]] = [[], []]
  for (const person of people) {
    const own = process.cpuUsage()
    const took = await timed(() => person.open().then(() => person.isIn(GENERAL)))
    joins.push({ took, processor: ownProcessor(own) })
    await person.joined()
    commits.push(await seen(person.name))
    await person.close()
  }
  const figures: Figures = { joins, commits, server: (processorTime(pid) - before) / people.length }
  await owner.end()
  return figures
}

async function fillGeneral(scene: Scene): Promise<void> {
  const seen = await startObserver(scene)
  const away = await Person.signUp(scene.owner, scene.place, "away")
  await seen("away")
  const start = 2
  const leavesAt = Math.round(DEVICES / 3 / BATCH) * BATCH
  const all: { joins: Cost[]; commits: Cost[] } = { joins: [], commits: [] }
  say("devices | join: median  longest  processor | commit: median  longest  processor | server: processor  memory")
  for (let count = start; count < DEVICES; ) {
    const names = Array.from({ length: Math.min(BATCH - (count % BATCH), DEVICES - count) }, (_, n) => `d-${count + n}`)
    const figures = await letIn(scene, names, seen)
    all.joins.push(...figures.joins)
    all.commits.push(...figures.commits)
    count += names.length
    if (count === leavesAt) await away.close()
    if (count === BATCH || count % ROW_EVERY === 0 || count === DEVICES) row(count, figures, residentMib(scene.pid))
  }
  judge("one joins the general room, longest of all", longest(all.joins), 500)
  judge("a commit arrives and is shown to a member, longest of all", longest(all.commits), 200)
  const missed = DEVICES - leavesAt
  const before = process.cpuUsage()
  const back = await timed(async () => {
    await away.open()
    await away.until(() => away.room.people.length === DEVICES)
  })
  const lines = await changes(away, GENERAL)
  assert.equal(lines.filter((line) => / joined/.test(line)).length, DEVICES - start)
  assert.ok(!lines.some((line) => line.startsWith("problem")))
  judge(
    `a member who was away during ${missed} joins has caught up (${ownProcessor(before).toFixed(0)} ms of processor)`,
    back,
    20_000,
  )
}

const longest = (costs: readonly Cost[]) => Math.max(...costs.map(({ took }) => took))

function row(count: number, { joins, commits, server }: Figures, memory: number): void {
  const ms = (value: number, width: number) => `${value.toFixed(0)} ms`.padStart(width)
  const of = (costs: readonly Cost[], width: number) => {
    const middle = (what: keyof Cost) => median(costs.map((cost) => cost[what]))
    return `${ms(middle("took"), width)}  ${ms(longest(costs), 7)}  ${ms(middle("processor"), 9)}`
  }
  say(
    `${String(count).padStart(7)} | ${of(joins, 12)} | ${of(commits, 14)} | ${ms(server, 17)}  ${memory.toFixed(0).padStart(3)} MiB`,
  )
}

/** People with chats of their own: their private chats, then many messages in a group, then a new device. */
async function talk(scene: Scene): Promise<void> {
  const { owner, place } = scene
  const signUp = (name: string, options?: PersonOptions) => Person.signUp(owner, place, name, options)
  const anna = await signUp("anna")
  const friends: Person[] = []
  for (const name of FRIENDS) friends.push(await signUp(name))
  const [berta, carla] = friends
  assert.ok(berta && carla)
  await anna.until(() => FRIENDS.every((name) => anna.room.people.some((person) => person.name === name)))
  const starts: number[] = []
  for (const friend of friends) starts.push(await timed(() => startPrivate(anna, friend)))
  judge(
    `a private chat: from its start to its first message read, longest of ${starts.length}`,
    Math.max(...starts),
    1_000,
  )
  const group = await anna.chat.startGroup({ name: "Books", people: [berta.chat.account] })
  await berta.isIn(group)
  await berta.close()
  await write(anna, carla, group)
  for (const friend of friends) await friend.close()
  await anna.close()
  await readAll(berta, group)
  await berta.close()
  await newDevice(scene, anna, FRIENDS)
}

async function startPrivate(anna: Person, friend: Person): Promise<void> {
  const chat = await anna.chat.startPrivate(friend.chat.account)
  await anna.say(`hello ${friend.name}`, chat)
  await friend.sees(`hello ${friend.name}`, chat)
}

const textOf = (number: number) => `message ${number}`

/** Says everything, and between some and some more adds somebody to the group or removes them. */
async function write(anna: Person, other: Person, group: RoomId): Promise<void> {
  const name = other.chat.account
  let isIn = false
  const took = await timed(async () => {
    for (let number = 1; number <= MESSAGES; number++) {
      if (number % PER_EPOCH === 1) {
        if (isIn) await anna.chat.removePerson(group, name)
        else await anna.chat.addPeople(group, [name])
        isIn = !isIn
        await anna.isWith(group, ...["anna", "berta", ...(isIn ? [name] : [])])
      }
      await anna.say(textOf(number), group)
    }
    await anna.until(() => anna.view(group)?.waiting === 0)
  })
  say(
    `             (${MESSAGES} messages and ${Math.ceil(MESSAGES / PER_EPOCH)} commits sent in ${took.toFixed(0)} ms)`,
  )
}

async function readAll(berta: Person, group: RoomId): Promise<void> {
  const took = await timed(async () => {
    await berta.open()
    await berta.sees(textOf(MESSAGES), group)
  })
  const texts = await berta.texts(group)
  assert.deepEqual(
    texts,
    Array.from({ length: MESSAGES }, (_, index) => textOf(index + 1)),
  )
  const epochs = Math.ceil(MESSAGES / PER_EPOCH)
  say(
    `     ${took.toFixed(0).padStart(7)} ms  ${MESSAGES} messages over ${epochs} epochs read after being away, in order, once`,
  )
}

/** Somebody who is in so many rooms logs in on a second device; the first is there, everybody else is away. */
async function newDevice({ owner, place }: Scene, anna: Person, names: readonly string[]): Promise<void> {
  await anna.open()
  await anna.isIn(GENERAL)
  const people = anna.room.people.flatMap(({ name }) => (names.includes(name) ? [name] : []))
  while (anna.chat.rooms().length < ROOMS) {
    const group = await anna.chat.startGroup({ name: `Group ${anna.chat.rooms().length}`, people })
    await anna.isWith(group, "anna", ...people)
  }
  const laptop = Person.at(owner, place, "anna")
  const joined = () => laptop.chat.rooms().filter((room) => room.joined).length
  await core.logIn(laptop.platform, { name: "anna", password: PASSWORD })
  const took = await timed(async () => {
    await laptop.open()
    await laptop.until(() => joined() === ROOMS)
  })
  judge(`a new device is in ${ROOMS} rooms`, took, 10_000)
}

async function main(): Promise<void> {
  const owner = owning()
  try {
    const server = await startServerProcess(owner, Object.fromEntries(NO_LIMITS))
    const scene = { owner, place: await placeOf(server.port, server.folder), pid: server.pid }
    say(
      `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${availableParallelism()} processors, ${load()}`,
    )
    await fillGeneral(scene)
    await talk(scene)
    say(`${load()} at the end; the server: ${residentMib(server.pid).toFixed(0)} MiB`)
  } finally {
    await owner.end()
  }
  process.exitCode = isOver() ? 1 : 0
}

if (process.send === undefined) await main()
else process.once("message", (place: Place) => observe(place))
