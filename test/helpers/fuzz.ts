/**
 * Random operations by several people with one or two devices each, over the real core and a real server: they talk, start,
 * join, change, leave and rename rooms, go offline, lose connections and states, and get and end devices; up to three do so
 * at the same time. Beside them runs a model that knows nothing of MLS, only who belongs to which room. After each round all
 * who are online must agree with each other and with the model, before a bounded time is over.
 *
 * The seed decides every choice; keys, network and scheduling are the machine's.
 */
import { core } from "./core.ts"
import { GENERAL, type LocalServer, Person, startLocalServer, until } from "./core-people.ts"
import { disagreement } from "./fleet.ts"
import { claim, type Device, isAnother, isIn, nameOf, type RoomModel } from "./fuzz-model.ts"
import { Liar } from "./lying-server.ts"
import type { Owner } from "./temp.ts"

const PEOPLE = ["anna", "berta", "carla", "dora", "emil", "fritz"]
const DEVICES_MAX = 9
const GROUPS_MAX = 4
const AT_ONCE = 3
/** A round that takes longer than this has come to a wrong end. */
const ROUND_WITHIN = 30_000

/** What a round has in hand: each device acts once, and each person is added, removed or gone once. */
interface Round {
  readonly busy: Set<Device>
  readonly touched: Set<string>
}

type Act = (device: Device, round: Round) => Promise<string> | undefined

export class Fuzz {
  readonly #owner: Owner
  readonly #place: LocalServer
  readonly #random: () => number
  readonly #devices: Device[] = []
  readonly #rooms: RoomModel[] = [{ id: GENERAL, kind: "general", founder: "", members: new Set(PEOPLE) }]
  #said = 0
  /** What was done, a line each: printed when a round comes to a wrong end. */
  readonly story: string[] = []
  /** How often each operation was done. */
  readonly done = new Map<string, number>()

  private constructor(owner: Owner, place: LocalServer, random: () => number) {
    this.#owner = owner
    this.#place = place
    this.#random = random
  }

  static async start(owner: Owner, random: () => number): Promise<Fuzz> {
    const fuzz = new Fuzz(owner, await startLocalServer(owner), random)
    for (const name of PEOPLE) await fuzz.#enter(name, "signUp")
    await fuzz.#settle("the start")
    return fuzz
  }

  async #enter(name: string, how: "signUp" | "logIn"): Promise<void> {
    const line = new Liar()
    const person = await Person[how](this.#owner, this.#place, name, { around: line.around })
    this.#devices.push({ person, line, isOnline: true })
  }

  /** One round of one to three operations at once, and the wait until all agree. Resolves to how many there were. */
  async round(): Promise<number> {
    const round: Round = { busy: new Set(), touched: new Set() }
    const acts: Promise<string>[] = []
    const names: string[] = []
    for (let count = 1 + Math.floor(this.#random() * AT_ONCE); count > 0; count--) {
      const [name, act] = this.#pick(Object.entries(this.#acts())) ?? []
      const device = this.#pick(this.#online().filter((each) => !round.busy.has(each)))
      const started = device && act?.(device, round)
      if (device === undefined || started === undefined || name === undefined) continue
      round.busy.add(device)
      acts.push(started)
      names.push(name)
      this.done.set(name, (this.done.get(name) ?? 0) + 1)
    }
    const told = await Promise.all(acts)
    this.story.push(...told)
    await this.#settle(told.join("; "))
    return acts.length
  }

  #acts(): Readonly<Record<string, Act>> {
    return {
      ...{ say: this.#say, sayAgain: this.#say, sayMore: this.#say, rename: this.#rename },
      ...{ startGroup: this.#startGroup, startPrivate: this.#startPrivate },
      ...{ add: this.#add, addAnother: this.#add, remove: this.#remove, leave: this.#leave },
      ...{ goOffline: this.#goOffline, comeOnline: this.#comeOnline, comeBack: this.#comeOnline, cut: this.#cut },
      ...{ newDevice: this.#newDevice, endDevice: this.#endDevice, loseState: this.#loseState },
    }
  }

  readonly #say: Act = ({ person }) => {
    const room = this.#pick(this.#roomsOf(person.name))
    if (room === undefined || person.view(room.id)?.joined !== true) return undefined
    const text = `${person.name} ${++this.#said}`
    return person.say(text, room.id).then(() => `${text} in ${room.id}`)
  }

  readonly #startGroup: Act = ({ person }) => {
    if (this.#rooms.filter(({ kind }) => kind === "group").length >= GROUPS_MAX) return undefined
    const others = PEOPLE.filter((name) => name !== person.name && this.#random() < 0.4)
    if (others.length === 0) return undefined
    return person.chat.startGroup({ name: `Group ${this.#rooms.length}`, people: others.map(nameOf) }).then((id) => {
      this.#rooms.push({ id, kind: "group", founder: person.name, members: new Set([person.name, ...others]) })
      return `${person.name} starts ${id} with ${others}`
    })
  }

  readonly #startPrivate: Act = ({ person }) => {
    const other = this.#pick(PEOPLE.filter((name) => name !== person.name)) ?? ""
    return person.chat.startPrivate(nameOf(other)).then((id) => {
      const isNew = !this.#rooms.some((room) => room.id === id)
      const members = new Set([person.name, other])
      if (isNew) this.#rooms.push({ id, kind: "private", founder: person.name, members })
      return `${person.name} opens the chat with ${other}, ${id}`
    })
  }

  readonly #add: Act = ({ person }, { touched }) => {
    const room = this.#pick(this.#groupsOf(person))
    const name = room && this.#pick(PEOPLE.filter((each) => !room.members.has(each)))
    if (room === undefined || name === undefined || !claim(touched, room, name, person.name)) return undefined
    room.members.add(name)
    return person.chat.addPeople(room.id, [nameOf(name)]).then(() => `${person.name} adds ${name} to ${room.id}`)
  }

  readonly #remove: Act = ({ person }, { touched }) => {
    const room = this.#pick(this.#groupsOf(person).filter(({ founder }) => founder === person.name))
    const name = room && this.#pick([...room.members].filter((each) => each !== person.name))
    if (room === undefined || name === undefined || !claim(touched, room, name, person.name)) return undefined
    room.members.delete(name)
    return person.chat.removePerson(room.id, nameOf(name)).then(() => `${person.name} removes ${name} from ${room.id}`)
  }

  readonly #leave: Act = ({ person }, { touched }) => {
    const room = this.#pick(this.#groupsOf(person))
    const isWatched = room !== undefined && this.#online().some((each) => isAnother(each, person) && isIn(each, room))
    if (room === undefined || !isWatched || !claim(touched, room, person.name)) return undefined
    room.members.delete(person.name)
    return person.chat.leaveGroup(room.id).then(() => `${person.name} leaves ${room.id}`)
  }

  readonly #rename: Act = ({ person }) => {
    const room = this.#pick(this.#groupsOf(person))
    const name = `Named ${++this.#said}`
    return room && person.chat.renameGroup(room.id, name).then(() => `${person.name} calls ${room.id} ${name}`)
  }

  readonly #goOffline: Act = (device) => {
    if (this.#online().length <= 2) return undefined
    device.isOnline = false
    return device.person.close().then(() => `${device.person.name} goes offline`)
  }

  /** Somebody who is away comes back; who does it here only gives the occasion. */
  readonly #comeOnline: Act = (_, { busy }) => {
    const away = this.#pick(this.#devices.filter((each) => !each.isOnline && !busy.has(each)))
    if (away === undefined) return undefined
    busy.add(away)
    const come = async (): Promise<string> => {
      await away.person.open()
      away.isOnline = true
      return `${away.person.name} comes online`
    }
    return come()
  }

  readonly #cut: Act = ({ person, line }) => {
    line.cut()
    return Promise.resolve(`${person.name} loses the connection`)
  }

  readonly #newDevice: Act = ({ person }, { touched }) => {
    const own = this.#devices.filter((each) => each.person.name === person.name)
    if (own.length > 1 || this.#devices.length >= DEVICES_MAX || touched.has(person.name)) return undefined
    touched.add(person.name)
    return this.#enter(person.name, "logIn").then(() => `${person.name} logs in on another device`)
  }

  /** Ends the other device of an account, which is online or away. */
  readonly #endDevice: Act = (device, { busy }) => {
    const { person } = device
    const other = this.#devices.find((each) => each !== device && each.person.name === person.name)
    if (other === undefined || busy.has(other)) return undefined
    busy.add(other)
    this.#devices.splice(this.#devices.indexOf(other), 1)
    const end = async (): Promise<string> => {
      const { accountKeyPair } = await core.ownDevice(person.platform)
      const { device: gone } = await core.ownDevice(other.person.platform)
      await core.retireDevice(person.platform, { device: gone, accountKeyPair })
      await other.person.close()
      return `${person.name} ends another device`
    }
    return end()
  }

  /** The state of one room is lost, as by a damaged disk. */
  readonly #loseState: Act = (device) => {
    const { person } = device
    const room = this.#pick(this.#roomsOf(person.name))
    if (room === undefined || person.view(room.id)?.joined !== true) return undefined
    device.isOnline = false
    const lose = async (): Promise<string> => {
      await person.close()
      const vault = await person.platform.openVault(person.name)
      await vault.write([{ key: `group/${room.id}`, value: Uint8Array.of(1, 2, 3) }])
      await person.open()
      device.isOnline = true
      return `${person.name} loses the state of ${room.id}`
    }
    return lose()
  }

  #online(): Device[] {
    return this.#devices.filter(({ isOnline }) => isOnline)
  }

  #roomsOf(name: string): RoomModel[] {
    return this.#rooms.filter(({ members }) => members.has(name))
  }

  /** The groups that somebody belongs to and is in. */
  #groupsOf(person: Person): RoomModel[] {
    return this.#roomsOf(person.name).filter(({ id, kind }) => kind === "group" && person.view(id)?.joined === true)
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.#random() * from.length)]
  }

  /** Waits until everybody who is online is where the model says, and all agree. Throws what is wrong when time is over. */
  async #settle(after: string): Promise<void> {
    const online = this.#online()
    let wrong: string | undefined
    const isSettled = async (): Promise<boolean> => {
      wrong = await this.#wrong(online)
      return wrong === undefined
    }
    const enough = new AbortController()
    const late = new Promise<never>((_, reject) => {
      const timer = setTimeout(() => reject(new Error(`after ${after}: ${wrong}`)), ROUND_WITHIN)
      enough.signal.addEventListener("abort", () => clearTimeout(timer))
    })
    const chats = online.map(({ person }) => person.chat)
    await Promise.race([until(chats, isSettled), late]).finally(() => enough.abort())
  }

  async #wrong(online: readonly Device[]): Promise<string | undefined> {
    for (const room of this.#rooms) {
      const misplaced = this.#misplaced(online, room)
      if (misplaced !== undefined) return misplaced
    }
    const people = online.map(({ person }) => person)
    for (const { id } of this.#rooms) {
      const wrong = await disagreement(people, id)
      if (wrong !== undefined) return `in ${id}: ${wrong}`
    }
    return undefined
  }

  /** Who is not where the model says; who has left may wait for somebody to take him out. */
  #misplaced(online: readonly Device[], room: RoomModel): string | undefined {
    const expected = [...room.members].sort().join()
    const inside = online.filter(({ person }) => room.members.has(person.name))
    for (const { person } of inside) {
      const view = person.view(room.id)
      const seen = view?.people.map(({ name }) => name).join()
      if (view?.joined !== true) return `${person.name} is not in ${room.id}: ${view?.trouble}`
      if (seen !== expected) return `${person.name} sees ${seen} in ${room.id}, which holds ${expected}`
    }
    const outside = online.filter(({ person }) => !room.members.has(person.name))
    const left = outside.find(({ person }) => person.view(room.id)?.joined === true)
    return left === undefined || inside.length === 0 ? undefined : `${left.person.name} is still in ${room.id}`
  }
}
