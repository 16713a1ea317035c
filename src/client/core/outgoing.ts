/** Making a message ready to be sent: what can go out is always stored before, together with the group it leads to. */
import { type Content, contentFrom, OPENING_LENGTH, writeContent } from "./content.ts"
import { besidesText, type Outbox } from "./outbox.ts"
import type { OutboxRecord } from "./records.ts"
import type { RoomState } from "./room-state.ts"
import type { Surroundings } from "./room-surroundings.ts"

interface Outgoing {
  readonly around: Pick<Surroundings, "platform" | "stop">
  readonly state: RoomState
  readonly outbox: Outbox
}

/**
 * Resolves to a message of the outbox as it is sent: with the ciphertext it has, if that was made after the newest commit,
 * or a new one. Undefined when it can't be sent: it is gone, or this device is not in the room.
 */
export async function readyToSend({ around, state, outbox }: Outgoing, id: string): Promise<OutboxRecord | undefined> {
  const record = outbox.get(id)
  const { group, place } = state
  if (group === undefined || record === undefined || around.stop.aborted) return undefined
  if (record.message.length > 0 && record.after === place.after) return record
  const content = await writeContent(contentOf(record), around.platform.random(OPENING_LENGTH))
  const made = await group.encrypt(content.plaintext, content.authenticatedData)
  const ready = { ...record, message: new Uint8Array(made.message), after: place.after }
  await state.storeSent(made.group, [outbox.change(ready)])
  outbox.keep(ready)
  made.consume()
  return ready
}

function contentOf({ what, text, since, ...more }: OutboxRecord): Content {
  if (what === "content") return contentFrom(text)
  if (what === undefined) return { type: "text", text, ...besidesText(more) }
  return { type: "name", name: text, ...(since === undefined ? {} : { since }) }
}
