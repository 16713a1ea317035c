/**
 * What was said last in a room, for its row in the list. It is read anew whenever a message comes, changes or goes, because
 * only the store knows what is the last one then: a message can leave the outbox behind others, or be discarded.
 */
import type { Chat } from "../core/chat.ts"
import type { RoomId, TextItem } from "../core/types.ts"

/** Lines that are looked through; the first number is enough, unless people have just come and gone. */
const LOOK_AT = [1, 100]

/** Makes what tells the last message, once for all calls that come while it reads. */
export function lastLine(chat: Chat, room: RoomId, tell: (text: string) => void): () => Promise<void> {
  let isReading = false
  let again = false
  return async () => {
    again = true
    if (isReading) return
    isReading = true
    try {
      while (again) {
        again = false
        const last = await newestText(chat, room)
        if (last !== undefined) tell(`${last.mine ? "You" : last.sender}: ${last.text}`)
      }
    } catch {
      // The chat is closed; its page is too.
    } finally {
      isReading = false
    }
  }
}

async function newestText(chat: Chat, room: RoomId): Promise<TextItem | undefined> {
  for (const limit of LOOK_AT) {
    const items = await chat.messages(room, { limit })
    const last = items.findLast((item) => item.kind === "text")
    if (last !== undefined || items.length < limit) return last
  }
  return undefined
}
