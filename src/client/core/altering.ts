/**
 * What becomes of a message after it was said: its author edits or deletes it, and everybody who reads it reacts to it. Each of
 * these is an encrypted message of its own, which names the message it is about by its place in the log and its id. It is
 * applied to the stored line, so that whoever reads the conversation later reads it as it is now.
 *
 * Only the account that wrote a message, with the key that it had then, can edit or delete it. Whoever else tries changes
 * nothing, and the line keeps that they tried. What is deleted stays deleted.
 */
import { sameBytes } from "../../shared/bytes.ts"
import { type Content, wordsIn } from "./content.ts"
import { type ItemRecord, positionOf } from "./history.ts"
import { ATTEMPTS_MAX, REACTIONS_MAX } from "./records.ts"
import type { AccountName } from "./types.ts"

export type TextLine = Extract<ItemRecord, { readonly type: "text" }>

/** Content that changes a line instead of adding one. */
export type AlteringContent = Extract<Content, { readonly type: "edit" | "delete" | "reaction" }>

export interface Alteration {
  /** Of its own entry in the log; beyond all entries while it waits for one. */
  readonly seq: number
  readonly at: number
  readonly by: AccountName
  readonly accountKey: Uint8Array
  readonly content: AlteringContent
}

export function isAltering(content: Content): content is AlteringContent {
  return content.type === "edit" || content.type === "delete" || content.type === "reaction"
}

/** Where the line stands that is altered. */
export const targetOf = ({ of }: AlteringContent): string => positionOf(of.seq, 0)

/** The line as it is after this; the same one when this is not about it. */
export function altered(line: TextLine, { seq, at, by, accountKey, content }: Alteration): TextLine {
  const isAbout = line.position === targetOf(content) && line.id === content.of.id && content.of.seq < seq
  if (!isAbout || line.deletedAt !== undefined) return line
  if (content.type === "reaction") return { ...line, reactions: reactionsAfter(line.reactions, by, content) }
  if (by !== line.sender || !sameBytes(accountKey, line.accountKey)) {
    const attempts = [...(line.attempts ?? []), { what: content.type, by, at }]
    return { ...line, attempts: attempts.slice(0, ATTEMPTS_MAX) }
  }
  const { type, position, id, sender } = line
  if (content.type === "delete")
    return { type, position, at: line.at, id, sender, accountKey: line.accountKey, text: "", deletedAt: at }
  const { doc: _, ...kept } = line
  return { ...kept, ...wordsIn(content), editedAt: at }
}

type Reactions = NonNullable<TextLine["reactions"]>

function reactionsAfter(
  before: Reactions = [],
  name: AccountName,
  { emoji, on }: Extract<AlteringContent, { readonly type: "reaction" }>,
): Reactions {
  const isKnown = before.some((each) => each.emoji === emoji)
  const all = isKnown || !on ? before : [...before, { emoji, by: [] }].slice(0, REACTIONS_MAX)
  return all
    .map((each) => (each.emoji === emoji ? { emoji, by: withOrWithout(each.by, name, on) } : each))
    .filter(({ by }) => by.length > 0)
}

function withOrWithout(names: readonly AccountName[], name: AccountName, on: boolean): AccountName[] {
  const others = names.filter((each) => each !== name)
  return on ? [...others, name] : others
}
