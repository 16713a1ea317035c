/** Times and sentences of the chat page. */
import type { ErrorCode } from "../../shared/errors.ts"
import type { Problem } from "../core/types.ts"

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" })
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" })
const dayWithYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" })

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "medium" })

/** A day and a time of day. */
export const momentOf = (at: number): string => moment.format(at)

export const timeOf = (at: number): string => clock.format(at)

/** A day's key, equal for moments of the same day here. */
export const dayOf = (at: number): string => new Date(at).toDateString()

/** "Today", "Yesterday", or the date. */
export function dayWords(at: number, now: number): string {
  if (dayOf(at) === dayOf(now)) return "Today"
  if (dayOf(at) === dayOf(now - 24 * 60 * 60 * 1000)) return "Yesterday"
  return new Date(at).getFullYear() === new Date(now).getFullYear() ? day.format(at) : dayWithYear.format(at)
}

/** Core counts no further. */
const MOST_NEW = 999

/** "3 new", for what was not seen. */
export const newWords = (count: number): string => `${count < MOST_NEW ? count : `${MOST_NEW}+`} new`

/** "3 new messages", above the first of them. */
export const newLineWords = (count: number): string => `${newWords(count)} ${count === 1 ? "message" : "messages"}`

export function typingWords(names: readonly string[]): string {
  const [first = "", second = ""] = names
  if (names.length === 1) return `${first} is typing`
  return names.length === 2 ? `${first} and ${second} are typing` : `${names.length} people are typing`
}

export const offlineWords = (waiting: number): string => {
  if (waiting === 0) return "No connection. What you write is kept and goes out by itself."
  const what = waiting === 1 ? "1 message waits and goes" : `${waiting} messages wait and go`
  return `No connection. Keep writing: ${what} out by ${waiting === 1 ? "itself" : "themselves"}.`
}

/** Why sending pauses; `seconds` until it goes on. */
export function pauseWords(reason: ErrorCode | undefined, seconds: number): string {
  const kept = `Your message is kept and goes out by itself in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`
  if (reason === "rate_limited") return `That was fast. ${kept}`
  if (reason === "storage_full")
    return `The server’s disk is full. Your message is kept and tried again in ${seconds} s.`
  return `The server has too much to do. ${kept}`
}

const FAILURES: Partial<Record<ErrorCode, string>> = {
  too_large: "Not sent: it is larger than this server takes.",
  bad_request: "Not sent: the server did not understand it.",
}

export const failureWords = (reason: ErrorCode | undefined): string =>
  (reason === undefined ? undefined : FAILURES[reason]) ?? "Not sent."

export const PROBLEM_WORDS: Readonly<Record<Problem, (name: string) => string>> = {
  damaged: (name) => `A message of ${name} arrived damaged and was not shown. ${name} can send it again.`,
  unknown: (name) => `${name} sent something that this version of SecureChat doesn’t know. Reload to update.`,
  "wrong-sender": (name) => `A message was shown to be from ${name} and is not. It was not taken.`,
  lost: () => "You sent a message from this browser, but its words are no longer here.",
  refused: (name) => `${name} tried to change this room against its rules. Nothing was changed.`,
  "wrong-key": (name) => `The server offered a key for ${name} that is not ${name}’s. ${name} was not added.`,
  rejoined: () => "This browser had to join again. What was said in between can’t be read here.",
}
