/**
 * Lines as they are shown: those that are kept, and those that wait in the outbox after them, each as it is with the changes
 * that its person has made and that are still under way. A message that answers another one comes with what that one says.
 */
import { type Alteration, altered, type TextLine, targetOf } from "./altering.ts"
import { type ItemRecord, positionOf, readLine, readLines, seqOf } from "./history.ts"
import type { SealedVault } from "./sealed-vault.ts"
import type { AccountName, Change, Item, MessageId, MessageState, Page, Quote, RoomId, TextItem } from "./types.ts"

export interface Reading {
  readonly vault: SealedVault
  readonly room: RoomId
  /** Whose messages are one's own. */
  readonly self: AccountName
  /** Everything up to this seq is delivered to somebody. */
  readonly delivered: number
  /** Everything up to this seq is seen by everybody else. */
  readonly read: number
  /** Changes of this person's that wait in the outbox, in their order. */
  readonly changes: readonly WaitingChange[]
}

export interface WaitingChange extends Change {
  readonly alteration: Alteration
}

/** A line, and how its message stands when it is not in the log yet. */
export interface Line {
  readonly record: ItemRecord
  readonly waiting?: Pick<TextItem, "state" | "reason">
}

/**
 * At most `limit` lines, oldest first: those that follow a position, or the newest before one, or the newest of all.
 * `waiting` is what is not in the log yet, in its order.
 */
export async function readItems(reading: Reading, page: Page, waiting: readonly Line[]): Promise<Item[]> {
  const stored = await readLines(reading.vault, reading.room, page)
  const { before, after = "", limit } = page
  // One that has arrived while we were reading stands among the others now. Others' ids are theirs to choose, and hide nothing.
  const ids = new Set(
    stored.map((line) => (line.type === "text" && line.sender === reading.self ? line.id : undefined)),
  )
  const isAsked = ({ record }: Line): boolean =>
    !("id" in record && ids.has(record.id)) &&
    record.position > after &&
    (before === undefined || record.position < before)
  const lines = [...stored.map((record) => ({ record })), ...waiting.filter(isAsked)]
  return itemsOf(reading, page.after === undefined ? lines.slice(-limit) : lines.slice(0, limit))
}

/** Turns lines into what the interface shows. */
export async function itemsOf(reading: Reading, lines: readonly Line[]): Promise<Item[]> {
  const quotes = await quotesIn(reading, lines)
  return lines.map((line) => itemOf(reading, line, quotes))
}

function itemOf(reading: Reading, { record, waiting }: Line, quotes: ReadonlyMap<string, Quote>): Item {
  if (record.type === "text") return textItem(reading, record, waiting, quotes)
  if (record.type === "roster") {
    const { position, at, change, name, devices, by } = record
    return { kind: change, position, at, name, devices, by }
  }
  if (record.type === "named") {
    const { position, at, sender, text } = record
    return { kind: "named", position, at, sender, text }
  }
  const { position, at, problem, name } = record
  return { kind: "problem", position, at, problem, name: name ?? undefined }
}

function textItem(
  reading: Reading,
  stored: TextLine,
  waiting: Line["waiting"],
  quotes: ReadonlyMap<string, Quote>,
): TextItem {
  const line = now(reading, stored)
  const {
    position,
    at,
    id,
    sender,
    accountKey,
    text,
    doc,
    reply,
    editedAt,
    deletedAt,
    reactions = [],
    attempts = [],
  } = line
  const mine = sender === reading.self
  const change = reading.changes.find(({ alteration }) => isOf(alteration, stored))
  return {
    ...{ kind: "text", position, at, id, sender, accountKey, mine, text, doc, editedAt, attempts },
    ...{ state: mine ? stateOf(seqOf(position), reading) : "delivered", reason: undefined, ...waiting },
    quote: reply && quotes.get(keyOf(reply)),
    isDeleted: deletedAt !== undefined,
    reactions: reactions.map(({ emoji, by }) => ({ emoji, by, mine: by.includes(reading.self) })),
    change: change && { id: change.id, state: change.state },
  }
}

function stateOf(seq: number, { delivered, read }: Pick<Reading, "delivered" | "read">): MessageState {
  if (seq > delivered) return "sent"
  return seq <= read ? "read" : "delivered"
}

/** A line with the changes that are under way. */
function now({ changes }: Reading, line: TextLine): TextLine {
  return changes.reduce((current, { alteration }) => altered(current, alteration), line)
}

const isOf = ({ content }: Alteration, { position, id }: TextLine): boolean =>
  targetOf(content) === position && content.of.id === id

const keyOf = ({ seq, id }: { readonly seq: number; readonly id: MessageId }): string => `${seq} ${id}`

/** What the answered messages say, by what names them. */
async function quotesIn(reading: Reading, lines: readonly Line[]): Promise<ReadonlyMap<string, Quote>> {
  const quotes = new Map<string, Quote>()
  for (const { record } of lines) {
    if (record.type !== "text" || record.reply === undefined || quotes.has(keyOf(record.reply))) continue
    const position = positionOf(record.reply.seq, 0)
    const here = lines.find((line) => line.record.position === position)?.record
    const found = here ?? (await readLine(reading.vault, reading.room, position))
    if (found?.type !== "text" || found.id !== record.reply.id) continue
    const { sender, accountKey, text } = now(reading, found)
    quotes.set(keyOf(record.reply), { position, sender, accountKey, text })
  }
  return quotes
}
