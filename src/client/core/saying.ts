/** What a person says in a room, from what they ask for to what goes into the outbox: checked here, because others refuse it. */
import { ParseError } from "../../shared/schema.ts"
import { type Said, textFault, type Words, wordsOf } from "./content.ts"
import { seqOf } from "./history.ts"
import { emoji, type Reference } from "./message-parts.ts"
import type { Room } from "./room.ts"
import { ClientError, type MessageId, type TextItem } from "./types.ts"

export async function say(room: Room, said: Said, answered: string | undefined): Promise<MessageId> {
  const { text, ...formatted } = checked(said)
  mayWrite(room)
  const more =
    answered === undefined ? formatted : { ...formatted, reply: referenceTo(await messageAt(room, answered)) }
  return room.posting.send(text, more)
}

export async function edit(room: Room, position: string, said: Said): Promise<void> {
  const words = checked(said)
  await room.posting.tell({ type: "edit", of: await ownAt(room, position), ...words })
}

export async function remove(room: Room, position: string): Promise<void> {
  await room.posting.tell({ type: "delete", of: await ownAt(room, position) })
}

export async function react(room: Room, position: string, sign: string, on: boolean): Promise<void> {
  mayWrite(room)
  const of = referenceTo(await messageAt(room, position))
  try {
    await room.posting.tell({ type: "reaction", of, emoji: emoji.parse(sign, "emoji"), on })
  } catch (error) {
    throw error instanceof ParseError ? new ClientError("bad_request") : error
  }
}

/** Throws ClientError `text_empty`, `text_too_long`. */
function checked(said: Said): Words {
  const words = wordsOf(said)
  const fault = textFault(words)
  if (fault !== undefined) throw new ClientError(fault)
  return words
}

function mayWrite(room: Room): void {
  if (room.view().isOut) throw new ClientError("not_in_room")
}

async function ownAt(room: Room, position: string): Promise<Reference> {
  mayWrite(room)
  const message = await messageAt(room, position)
  if (!message.mine) throw new ClientError("bad_request")
  return referenceTo(message)
}

/** A message that is in the log, and was not deleted. Throws ClientError `not_found`. */
async function messageAt(room: Room, position: string): Promise<TextItem> {
  const found = await room.posting.at(position)
  if (found?.kind !== "text" || found.isDeleted) throw new ClientError("not_found")
  return found
}

const referenceTo = ({ position, id }: TextItem): Reference => ({ seq: seqOf(position), id })
