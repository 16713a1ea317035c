/**
 * The text of a session log (docs/session-log.md): a header of named lines, an empty line, then one line per event. Pure
 * functions; session-log.ts knows files.
 *
 *     <time>  <seq>  <sender>  <kind>  <size>  <commitment>  <chain>
 *
 * The chain of a line is SHA-256 over the chain before it and the line's own text; the first one continues the header. Every
 * field has a fixed alphabet without spaces or line breaks, so nothing that anybody chooses can forge or break a line.
 */
import { createHash } from "node:crypto"
import { toHex } from "../shared/bytes.ts"
import { type MessageKind, readLabel } from "../shared/label.ts"
import { readHeader } from "./mls-header.ts"
import type { Entry } from "./store/log.ts"

export type EventKind = MessageKind | "join" | "commit" | "end"

export interface LogEvent {
  /** Milliseconds since 1970 in UTC. */
  readonly at: number
  readonly seq: number
  /** A user name, or "-" for the server itself. */
  readonly sender: string
  readonly kind: EventKind
  /** Bytes of the MLS message. */
  readonly size: number
  /** 64 hex digits, or "-" for what is no message. */
  readonly commitment: string
}

export interface Opening {
  readonly room: string
  readonly kind: string
  readonly openedAt: number
  readonly serverKey: string
  /** The chain of the last line of the file before, or "none". */
  readonly previous: string
}

const GAP = "  "
const LINE = /^(\S+ {2}(\d+) {2}\S+ {2}[a-z]+ {2}\d+ {2}(?:[0-9a-f]{64}|-)) {2}([0-9a-f]{64})$/
const NONE = "-"

/** The header's text, with the empty line after it. */
export function headerOf({ room, kind, openedAt, serverKey, previous }: Opening): string {
  return `SecureChat session log 1
room: ${room}
kind: ${kind}
opened: ${new Date(openedAt).toISOString()}
server: ${serverKey}
previous: ${previous}

`
}

/** The chain that a file's first line continues. */
export const chainOfHeader = (header: string): string => createHash("sha256").update(header).digest("hex")

const chainAfter = (chainBefore: string, text: string): string =>
  createHash("sha256").update(`${chainBefore}\n${text}`).digest("hex")

/** One line with its line break, and the chain that the next one continues. */
export function lineOf(event: LogEvent, chainBefore: string): { readonly line: string; readonly chain: string } {
  const { at, seq, sender, kind, size, commitment } = event
  const text = [new Date(at).toISOString(), seq, sender, kind, size, commitment].join(GAP)
  const chain = chainAfter(chainBefore, text)
  return { line: `${text}${GAP}${chain}\n`, chain }
}

/** The name of a room's file; sorts by time. */
export function fileNameOf(room: string, openedAt: number): string {
  const moment = new Date(openedAt).toISOString().slice(0, 19).replace("T", "_").replaceAll(":", "-")
  return `chat_${room}_session_${moment}.txt`
}

/** The room that a file name is about; undefined for a name of another form. */
export const roomOfFile = (name: string): string | undefined =>
  /^chat_([A-Za-z0-9_-]{1,64})_session_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.txt$/.exec(name)?.[1]

/** What an entry of the room's log looks like in the session log. */
export function eventOf({ at, seq, sender, kind, message }: Entry): LogEvent {
  const header = readHeader(message)
  const label = kind === "message" ? readLabel(header.authenticatedData) : undefined
  const common = { at, seq, sender, size: message.length }
  if (label !== undefined) return { ...common, kind: label.kind, commitment: toHex(label.commitment) }
  return { ...common, kind: header.sender === "new_member_commit" ? "join" : "commit", commitment: NONE }
}

/** The last line of a session: nothing more was said in it. */
export const endOf = (at: number, seq: number): LogEvent => {
  return { at, seq, sender: NONE, kind: "end", size: 0, commitment: NONE }
}

/** How far a file can be trusted. */
export interface Resumed {
  /** Bytes up to the end of the last line whose chain holds. */
  readonly length: number
  /** The seq of that line; 0 when there is none. */
  readonly seq: number
  readonly chain: string
  /** Whole lines follow that don't continue the chain: somebody changed the file. A crash only leaves half a line. */
  readonly changed: boolean
}

/** Follows a file's chain, one letter being one byte; undefined when not even its header is whole. */
export function resumeFrom(text: string): Resumed | undefined {
  const headerEnd = text.indexOf("\n\n") + 2
  if (headerEnd === 1) return undefined
  let at = { length: headerEnd, seq: 0, chain: chainOfHeader(text.slice(0, headerEnd)) }
  for (const line of text.slice(headerEnd).split("\n").slice(0, -1)) {
    const [, body, seq, chain] = LINE.exec(line) ?? []
    if (body === undefined || chain === undefined || chain !== chainAfter(at.chain, body))
      return { ...at, changed: true }
    at = { length: at.length + line.length + 1, seq: Number(seq), chain }
  }
  return { ...at, changed: false }
}
