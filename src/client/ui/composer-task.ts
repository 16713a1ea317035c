/**
 * What is being written for: a new message, an answer to one, or a change to one of one's own. A bar above the box says it,
 * with the button that gives it up; Esc does too. What stood in the box before a change is there again afterwards.
 */
import type { Chat } from "../core/chat.ts"
import { NOTHING_WRITTEN, type Written } from "../core/rich-text.ts"
import type { RoomId, TextItem } from "../core/types.ts"
import { button, h, show } from "./dom.ts"
import { icon } from "./icons.ts"
import { joined } from "./writing-box.ts"

export interface TaskOptions {
  readonly chat: Chat
  readonly room: RoomId
  /** What stands in the box. */
  readonly read: () => Written
  readonly write: (written: Written) => void
  readonly focus: () => void
}

type Task =
  | { readonly kind: "answer"; readonly item: TextItem }
  | { readonly kind: "change"; readonly item: TextItem; readonly before: Written }

export function composerTask({ chat, room, read, write, focus }: TaskOptions) {
  let task: Task | undefined
  const title = h("b")
  const words = h("span", { class: "clip", dir: "auto" })
  const stop = button({ class: "tool", "aria-label": "Cancel", title: "Cancel" }, () => cancel(), icon("close"))
  const root = h("div", { class: "task" }, h("div", { class: "cite" }, title, words), stop)
  show(root, false)

  function begin(next: Task): void {
    cancel()
    task = next
    title.replaceChildren(...(next.kind === "answer" ? ["Answer to ", h("bdi", {}, next.item.sender)] : ["Change"]))
    words.textContent = next.item.text
    show(root, true)
    if (next.kind === "change") write(next.item)
    focus()
  }

  /** Gives up what was begun; false when it was a new message. */
  function cancel(): boolean {
    return end(NOTHING_WRITTEN)
  }

  /** Ends what was begun; `since` was written after it, and follows what stood in the box before. */
  function end(since: Written): boolean {
    const ended = task
    task = undefined
    show(root, false)
    if (ended?.kind === "change") write(joined(ended.before, since))
    return ended !== undefined
  }

  /** Sends what was written, as what it was written for. Throws ClientError; what was begun goes on then. */
  async function submit({ text, doc }: Written): Promise<void> {
    const done = task
    const said = doc ?? text
    if (done?.kind === "change") await chat.edit(room, done.item.position, said)
    else await chat.send(room, said, done === undefined ? {} : { reply: done.item.position })
    if (task === done) end(read())
  }

  return {
    ...{ root, cancel, submit },
    answer: (item: TextItem) => begin({ kind: "answer", item }),
    change: (item: TextItem) => begin({ kind: "change", item, before: task?.kind === "change" ? task.before : read() }),
    isChange: () => task?.kind === "change",
  }
}
