/**
 * Where one writes: a plain box that grows with its text. Enter sends and Shift+Enter breaks the line, but never while an
 * input method composes. Above it stands why sending pauses, and for how long. What is not sent is kept as the room's draft:
 * core stores it, sealed, when writing pauses, and at once when the box or the page is left.
 */
import type { Chat } from "../core/chat.ts"
import { type ChatEvents, ClientError, type ClientErrorCode, type RoomId } from "../core/types.ts"
import { composerTask } from "./composer-task.ts"
import { button, h, s, setText, show } from "./dom.ts"
import { completeEmoji, emojiButton } from "./emoji.ts"
import { portOf } from "./emoji-port.ts"
import { icon } from "./icons.ts"
import { pauseWords, typingWords } from "./words.ts"

/** Key code of keys that an input method has taken, in browsers that don't say isComposing. */
const COMPOSING = 229
const RING = 100

/** `sent`: a message was sent. `changeLast`: begins to change the last of one's own messages; false when there is none. */
export function composer(chat: Chat, room: RoomId, sent: () => void, changeLast: () => boolean) {
  const box = h("textarea", {
    ...{ class: "box", rows: 1, "aria-label": "Message", dir: "auto" },
    ...{ enterkeyhint: "send", autocomplete: "off" },
  })
  const send = button(
    { class: "send", "aria-label": "Send", title: "Send", disabled: true },
    () => void submit(),
    icon("send"),
  )
  const port = portOf(box)
  const emoji = completeEmoji(port, chat.settings)
  const complaint = h("p", { class: "complaint", role: "alert" })
  const pause = pauseNotice()
  const typing = h("div", { class: "typing", role: "status" })
  const task = composerTask({
    ...{ chat, room },
    text: () => box.value,
    setText: (text) => {
      box.value = text
      changed()
    },
    focus: () => box.focus(),
  })
  const frame = h("div", { class: "composer" }, emoji.root, box, emojiButton(port, chat.settings), send)
  const root = h("div", { class: "foot" }, typing, pause.root, complaint, task.root, frame)
  show(complaint, false)
  box.addEventListener("input", () => {
    changed()
    if (!task.isChange()) chat.drafts.set(room, box.value)
    if (box.value !== "") chat.sendTyping(room)
  })
  const keep = (): void => void chat.drafts.keep()
  box.addEventListener("blur", keep)
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === COMPOSING) return
    if (event.key === "Escape" && task.cancel()) event.preventDefault()
    if (event.key === "ArrowUp" && box.value === "" && changeLast()) event.preventDefault()
    if (event.key !== "Enter" || event.shiftKey) return
    event.preventDefault()
    void submit()
  })

  function changed(): void {
    send.disabled = box.value.trim() === ""
    fit()
    show(complaint, false)
  }

  async function submit(): Promise<void> {
    const text = box.value
    if (text.trim() === "") return
    box.value = ""
    changed()
    box.focus()
    try {
      const isChange = task.isChange()
      await task.submit(text)
      if (!isChange) sent()
    } catch (error) {
      // Nothing that was written is lost: it goes back to where it was written.
      box.value = text + box.value
      changed()
      const code = error instanceof ClientError ? error.code : "internal"
      setText(
        complaint,
        COMPLAINTS[code] ?? "This message could not be kept in this browser. Free some space, then try again.",
      )
      show(complaint, true)
    }
    if (!task.isChange()) chat.drafts.set(room, box.value)
    keep()
  }

  /** Shows the draft again. What was typed before it was there comes after it. */
  async function restore(): Promise<void> {
    box.value = (await chat.drafts.get(room)) + box.value
    changed()
  }

  function setTyping(names: readonly string[]): void {
    setText(typing, names.length === 0 ? "" : typingWords(names))
  }

  /** The box grows with its text; what is not in the page has no size. */
  const fit = (): void => {
    box.style.blockSize = "auto"
    box.style.blockSize = `${box.scrollHeight}px`
  }

  return {
    ...{ root, setTyping, restore, fit },
    ...{ answer: task.answer, change: task.change },
    setPause: pause.set,
    setPlaceholder: (text: string) => box.setAttribute("placeholder", text),
    focus: () => box.focus(),
  }
}

const COMPLAINTS: Partial<Record<ClientErrorCode, string>> = {
  text_too_long: "This message is longer than a message may be (32 KB). Send it in parts.",
  outbox_full: "As many messages wait as can be kept. They go out by themselves; write on when they have.",
}

/** The countdown: a ring for the eyes, a sentence for everybody. */
function pauseNotice() {
  const go = s("circle", { class: "go", cx: 11, cy: 11, r: 9, pathLength: RING, transform: "rotate(-90 11 11)" })
  const ring = s(
    "svg",
    { class: "ring", viewBox: "0 0 22 22", "aria-hidden": "true" },
    s("circle", { cx: 11, cy: 11, r: 9 }),
    go,
  )
  const words = h("span")
  const root = h("div", { class: "wait", role: "status" }, ring, words)
  let timer: ReturnType<typeof setInterval> | undefined
  show(root, false)

  function set({ until, reason }: ChatEvents["pause"]): void {
    clearInterval(timer)
    show(root, until !== undefined)
    if (until === undefined) return
    const whole = Math.max(1, until - Date.now())
    const tick = (): void => {
      const left = Math.max(0, until - Date.now())
      setText(words, pauseWords(reason, Math.max(1, Math.ceil(left / 1000))))
      go.setAttribute("stroke-dasharray", `${Math.round((left / whole) * RING)} ${RING}`)
    }
    tick()
    timer = setInterval(tick, 1000)
  }
  return { root, set }
}
