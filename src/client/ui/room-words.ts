/** What a room is called, who can read it, and what stands in its row and its box while nothing was said or written. */
import type { AccountName, RoomView } from "../core/types.ts"

/** "General", the other person of a private chat, or a group's name; the names of its people while it has none. */
export function titleOf({ kind, name, people, adding }: RoomView, me: AccountName): string {
  if (kind === "general") return "General"
  if (name !== "") return name
  const others = [...people.map((person) => person.name), ...adding].filter((each) => each !== me)
  return others.length === 0 ? "Group" : others.join(", ")
}

/** The rooms as they are shown: a private chat with a key that its person had before is told from the one with the new key. */
export function shownRooms(rooms: readonly RoomView[]): readonly RoomView[] {
  const current = new Set(rooms.filter(({ newKeys }) => newKeys.length === 0).map(({ peer }) => peer))
  return rooms.map((room) => {
    const isOld = room.peer !== undefined && room.newKeys.length > 0 && current.has(room.peer)
    return isOld ? { ...room, name: `${room.peer}, old key` } : room
  })
}

/** "3 people can read this, 2 online" */
export function readersWords({ kind, peer, people, isOut, joined }: RoomView, online: ReadonlySet<string>): string {
  if (isOut) return "You are no longer in this chat"
  if (!joined || people.length === 0) return "Joining…"
  if (people.length === 1) return "Only you can read this"
  if (kind === "private") return `Only you and ${peer ?? "one other person"} can read this`
  const here = people.filter(({ name }) => online.has(name)).length
  if (people.length === 2 && here === 2) return "2 people can read this, both online"
  return `${people.length} people can read this, ${here} online`
}

/** What stands in a room's row before anything was said. */
export function quietWords({ kind, joined, isOut, people }: RoomView): string {
  if (isOut) return "You are no longer in this chat"
  if (!joined) return "Joining…"
  if (kind === "general") return `Everybody on ${location.hostname}`
  return kind === "private" ? "Nothing said yet" : `${people.length} people`
}

export function placeholderOf({ kind, peer }: RoomView): string {
  if (kind === "general") return "Say hello to everybody"
  return kind === "private" && peer !== undefined ? `Write to ${peer}` : "Write to the group"
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" })
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "short" })
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" })
const DAY = 24 * 60 * 60 * 1000

/** A time as short as it can be: the hour today, the weekday within a week, else the date. */
export function shortTime(at: number, now: number): string {
  if (new Date(at).toDateString() === new Date(now).toDateString()) return clock.format(at)
  return now - at < 6 * DAY ? weekday.format(at) : date.format(at)
}
