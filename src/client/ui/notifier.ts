/**
 * What tells of new messages outside the conversation: how many there are, in the title and as a dot in the icon; and while
 * nobody looks, a notification and a sound if the person wants them. Muted chats are not told of. Of what a notification
 * says the system keeps copies that SecureChat has no hand in, so it names nobody unless the person has asked for it.
 */
import type { Chat } from "../core/chat.ts"
import type { Item, RoomId } from "../core/types.ts"
import { titleOf } from "./room-words.ts"

const NAME = document.title
/** Hertz and seconds of the sound. */
const TONE = 660
const LASTS = 0.15
/** Characters of a message that a notification shows. */
const SHOWN = 120

export function notifier(chat: Chat, open: (room: RoomId) => void) {
  const newest = new Map<RoomId, string>()
  const sign = document.querySelector<HTMLLinkElement>("link[rel=icon]")

  /** Counts anew. */
  function update(): void {
    const unread = chat
      .rooms()
      .filter(({ id }) => !chat.settings.isMuted(id))
      .reduce((sum, room) => sum + room.unread, 0)
    const title = unread === 0 ? NAME : `(${unread > 99 ? "99+" : unread}) ${NAME}`
    if (document.title !== title) document.title = title
    const href = unread === 0 ? "/icon.svg" : "/icon-unread.svg"
    if (sign !== null && sign.getAttribute("href") !== href) sign.setAttribute("href", href)
  }

  /** A line has come or has changed; only what is new is told of. */
  function take(room: RoomId, item: Item): void {
    // One's own stand past all others while they wait, and would hide what comes.
    if (item.kind !== "text" || item.mine || item.position <= (newest.get(room) ?? "")) return
    newest.set(room, item.position)
    const isLookedAt = document.visibilityState === "visible" && document.hasFocus()
    const isNew = item.editedAt === undefined && item.reactions.length === 0
    if (!isNew || isLookedAt || chat.settings.isMuted(room)) return
    if (chat.settings.sounds) beep()
    if (!chat.settings.notifies || Notification.permission !== "granted") return
    const view = chat.rooms().find(({ id }) => id === room)
    const shows = chat.settings.showsWords && view !== undefined
    const title = shows ? `${item.sender} in ${titleOf(view, chat.account)}` : NAME
    const body = shows ? item.text.slice(0, SHOWN) : "A new message"
    const told = new Notification(title, { body, tag: room, icon: "/icon.svg", silent: true })
    told.addEventListener("click", () => {
      focus()
      open(room)
      told.close()
    })
  }

  return { update, take }
}

function beep(): void {
  const audio = new AudioContext()
  const tone = audio.createOscillator()
  const volume = audio.createGain()
  tone.frequency.value = TONE
  volume.gain.setValueAtTime(0.1, audio.currentTime)
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + LASTS)
  tone.connect(volume).connect(audio.destination)
  tone.start()
  tone.stop(audio.currentTime + LASTS)
  tone.addEventListener("ended", () => void audio.close())
}
