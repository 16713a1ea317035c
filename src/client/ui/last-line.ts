/**
 * What was said last in a room, for its row in the list. It is read anew whenever a message comes, changes or goes, because
 * only the store knows what is the last one then: a message can leave the outbox behind others, or be discarded.
 */
import type { Chat } from "../core/chat.ts"
import type { RoomId } from "../core/types.ts"

export interface LastLine {
  /** Who said what; empty when nothing was said. */
  readonly text: string
  /** When anything happened last, as Item.at; undefined in an empty room. */
  readonly at: number | undefined
}

/** Lines that are looked through; the first number is enough, unless people have just come and gone. */
const LOOK_AT = [1, 100]

/** Makes what tells the last message, once for all calls that come while it reads. */
export function lastLine(chat: Chat, room: RoomId, tell: (last: LastLine) => void): () => Promise<void> {
  let isReading = false
  let again = false
  return async () => {
    again = true
    if (isReading) return
    isReading = true
    try {
      while (again) {
        again = false
        tell(await newest(chat, room))
      }
    } catch {
      // The chat is closed; its page is too.
    } finally {
      isReading = false
    }
  }
}

async function newest(chat: Chat, room: RoomId): Promise<LastLine> {
  let at: number | undefined
  for (const limit of LOOK_AT) {
    const items = await chat.messages(room, { limit })
    at ??= items.at(-1)?.at
    const last = items.findLast((item) => item.kind === "text")
    if (last !== undefined) return { text: `${last.mine ? "You" : last.sender}: ${last.text}`, at }
    if (items.length < limit) break
  }
  return { text: "", at }
}
