/** What a person does to messages of one room at once, without writing: reacting, deleting and copying. What fails is said. */
import type { Chat } from "../core/chat.ts"
import { ClientError, type RoomId, type TextItem } from "../core/types.ts"
import { confirmed, openDialog } from "./dialog.ts"
import { h } from "./dom.ts"

export function messageCommands(chat: Chat, room: RoomId) {
  const react = (item: TextItem, emoji: string, on: boolean): void =>
    void chat.react(room, item.position, emoji, on).catch(explain)

  async function remove(item: TextItem): Promise<void> {
    const text = "Its words disappear for everybody in this chat. Whoever has read them has read them."
    if (!(await confirmed("Delete this message?", text, "Delete", "Cancel"))) return
    await chat.delete(room, item.position).catch(explain)
  }

  const copy = (item: TextItem): void =>
    void navigator.clipboard
      .writeText(item.text)
      .catch(() => say("The browser did not let this page copy. Select the words, then copy them with its own menu."))

  return { react, remove, copy }
}

function explain(error: unknown): void {
  if (!(error instanceof ClientError)) throw error
  const words =
    error.code === "not_found"
      ? "This message is no longer here, so nothing was changed."
      : "As many messages wait as can be kept. They go out by themselves; try again when they have."
  say(words)
}

const say = (words: string): void => void openDialog("That did not work", () => [h("p", {}, words)])
