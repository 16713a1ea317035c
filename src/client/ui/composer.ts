/**
 * Where one writes and sends (writing.ts has the boxes). Above it stands why sending pauses, and for how long. What is not
 * sent is kept as the room's draft: core stores it, sealed, when writing pauses, and at once when the box or the page is left.
 */
import type { Chat } from "../core/chat.ts"
import { NOTHING_WRITTEN, type Written } from "../core/rich-text.ts"
import { ClientError, type ClientErrorCode, type RoomId } from "../core/types.ts"
import { composerTask } from "./composer-task.ts"
import { button, h, setText, show } from "./dom.ts"
import { icon } from "./icons.ts"
import { pauseNotice } from "./pause-notice.ts"
import { typingWords } from "./words.ts"
import { writing } from "./writing.ts"
import { joined } from "./writing-box.ts"

/** `sent`: a message was sent. `changeLast`: begins to change the last of one's own messages; false when there is none. */
export function composer(chat: Chat, room: RoomId, sent: () => void, changeLast: () => boolean) {
  const send = button(
    { class: "send", "aria-label": "Send", title: "Send", disabled: true },
    () => void submit(),
    icon("send"),
  )
  const complaint = h("p", { class: "complaint", role: "alert" })
  const pause = pauseNotice()
  const typing = h("div", { class: "typing", role: "status" })
  const keep = (): void => void chat.drafts.keep()
  const events = { changed: written, key, left: keep }
  const { place, beside, above, enter, setPlaceholder, box } = writing(chat, events, () => complain(NOT_LOADED))
  const task = composerTask({ chat, room, read: () => box().read(), write, focus: () => box().focus() })
  const row = h("div", { class: "write" }, place, ...beside, send)
  const card = h("div", { class: "composer" }, ...above, row)
  const root = h("div", { class: "foot" }, typing, pause.root, complaint, task.root, card)
  show(complaint, false)

  function written(): void {
    changed()
    keepDraft()
    if (!box().isEmpty()) chat.sendTyping(room)
  }

  /** Keys of the composer, whichever box they are pressed in. */
  function key({ key: name, shiftKey, ctrlKey, metaKey }: KeyboardEvent): boolean {
    if (name === "Escape") return task.cancel()
    if (name === "ArrowUp") return box().read().text === "" && changeLast()
    if (name !== "Enter" || (!ctrlKey && !metaKey && shiftKey === chat.settings.enterSends)) return false
    void submit()
    return true
  }

  /** What a message is changed to is no draft. */
  function keepDraft(): void {
    if (!task.isChange()) chat.drafts.set(room, box().read())
  }

  function write(what: Written): void {
    box().write(what)
    changed()
  }

  function changed(): void {
    const isEmpty = box().isEmpty()
    send.disabled = isEmpty
    card.classList.toggle("has-text", !isEmpty)
    show(complaint, false)
  }

  async function submit(): Promise<void> {
    if (box().isEmpty()) return
    if (!box().fits()) return complain(COMPLAINTS.text_too_long)
    const message = box().read()
    write(NOTHING_WRITTEN)
    box().focus()
    try {
      const isChange = task.isChange()
      await task.submit(message)
      if (!isChange) sent()
    } catch (error) {
      // Nothing that was written is lost: it goes back to where it was written.
      write(joined(message, box().read()))
      const code = error instanceof ClientError ? error.code : "internal"
      complain(COMPLAINTS[code])
    }
    keepDraft()
    keep()
  }

  function complain(words = NOT_KEPT): void {
    setText(complaint, words)
    show(complaint, true)
  }

  /** Shows the draft again. What was typed before it was there comes after it. */
  async function restore(): Promise<void> {
    const draft = await chat.drafts.get(room)
    if (draft.text !== "") box().write(joined(draft, box().read()))
    changed()
  }

  function setTyping(names: readonly string[]): void {
    setText(typing, names.length === 0 ? "" : typingWords(names))
  }

  return {
    ...{ root, setTyping, restore, enter, setPlaceholder, setPause: pause.set, focus: () => box().focus() },
    ...{ answer: task.answer, change: task.change },
  }
}

const COMPLAINTS: Partial<Record<ClientErrorCode, string>> = {
  text_too_long: "This message is longer than a message may be (32 KB). Send it in parts.",
  outbox_full: "As many messages wait as can be kept. They go out by themselves; write on when they have.",
  not_found: "The message that this is about is no longer here. Send it as a new one.",
}
const NOT_KEPT = "This message could not be kept in this browser. Free some space, then try again."
const NOT_LOADED =
  "The formatting tools could not be loaded. What you write is still here; try again when there is a connection."
