/** The chat page's frame: the list, the conversation that is open, its details; and where the chat's events go. */
import { roomId } from "../../shared/ids.ts"
import { GENERAL_ROOM } from "../../shared/limits.ts"
import type { Chat } from "../core/chat.ts"
import type { AccountName, ChatEvents, RoomId, RoomView } from "../core/types.ts"
import { details } from "./details.ts"
import { h } from "./dom.ts"
import { isFind } from "./find-keys.ts"
import { newChat } from "./new-chat-dialog.ts"
import { notifier } from "./notifier.ts"
import { addEdge } from "./pane-edge.ts"
import { isNarrow, places } from "./places.ts"
import { type RoomPane, roomPane } from "./room-pane.ts"
import { shownRooms } from "./room-words.ts"
import { openSettings } from "./settings-dialog.ts"
import { sidebar } from "./sidebar.ts"
import { switcher } from "./switcher.ts"

const GENERAL = roomId.parse(GENERAL_ROOM, "room")

export function shell(chat: Chat) {
  const { settings } = chat
  const panes = new Map<RoomId, RoomPane>()
  const pauses = new Map<RoomId, ChatEvents["pause"]>()
  const side = sidebar(chat, {
    openRoom: (room) => void open(room),
    writeTo: (name) => void writeTo(name),
    find,
    newChat: () => void newChat(chat, (room) => void open(room)),
    settings: () => void openSettings(chat),
    logOut: () => void chat.logOut(),
  })
  const stage = h("div", { class: "stage" })
  const more = details(chat, closeDetails, change)
  const root = h("main", { class: "app" }, side.root, stage, more.root)
  let current = GENERAL
  /** The pane that is seen. */
  let watched: RoomPane | undefined
  let hasDetails = false
  /** How often nobody has looked, or there was no connection. */
  let absences = 0
  let isUpToDate = true
  const here = places(
    GENERAL,
    () => chat.rooms().map(({ id }) => id),
    ({ view, room }) => {
      showDetails(view === "details")
      void show(room)
    },
  )
  /** The room that is seen: none while the list stands alone. */
  const seen = (): RoomId | undefined => (isNarrow() && here.here().view === "chats" ? undefined : current)
  const viewOf = (room: RoomId): RoomView | undefined => shownRooms(chat.rooms()).find(({ id }) => id === room)

  const tells = notifier(chat, (room) => void open(room))
  const paneActions = {
    back: () => history.back(),
    details: toggleDetails,
    write: (name: AccountName) => void writeTo(name),
    seen: look,
    open: (room: RoomId) => void open(room),
    absence: (missed: boolean) => (missed || !isBeforeEyes() ? absences : undefined),
  }

  function paneOf(view: RoomView): RoomPane {
    const pane = panes.get(view.id) ?? roomPane(chat, view, paneActions)
    panes.set(view.id, pane)
    return pane
  }

  /** Puts a room on the stage, with a position at that line. Its pane hears when it is seen, and when it no longer is. */
  async function show(room: RoomId, position?: string): Promise<void> {
    const view = viewOf(room)
    if (view === undefined) return
    const pane = paneOf(view)
    current = room
    update()
    const before = watched
    watched = seen() === undefined ? undefined : pane
    if (before !== watched) before?.leave()
    if (!pane.root.isConnected) {
      stage.replaceChildren(pane.root)
      pane.setTyping(chat.typing(room))
      const pause = pauses.get(room)
      if (pause !== undefined) pane.setPause(pause)
    }
    if (before !== watched) await watched?.enter(position)
    else if (position !== undefined) await watched?.goTo(position)
    look()
  }

  async function open(room: RoomId, position?: string): Promise<void> {
    if (isNarrow()) showDetails(false)
    here.go({ view: "chat", room })
    const shown = show(room, position)
    if (position === undefined && matchMedia("(pointer: fine)").matches) panes.get(room)?.focus()
    await shown
  }

  /** Opens the switcher, unless a dialog is open. */
  function find(): void {
    if (document.querySelector("dialog[open]") !== null) return
    void switcher(chat, {
      rooms: () => shownRooms(chat.rooms()),
      lastAt: side.lastAt,
      openRoom: (room, position) => void open(room, position),
      writeTo: (name) => void writeTo(name),
    })
  }

  async function writeTo(name: AccountName): Promise<void> {
    await open(await chat.startPrivate(name))
  }

  const isBeforeEyes = (): boolean =>
    seen() === current && document.visibilityState === "visible" && document.hasFocus()

  /** Takes what stands in the open room for seen, when it is before somebody's eyes. */
  function look(): void {
    const pane = panes.get(current)
    if (pane === undefined || !isBeforeEyes() || !pane.isAtNewest()) return
    pane.seen()
    // When that can't be stored the chat is closed, and its page is too.
    chat.see(current).catch(() => undefined)
  }

  const leave = (): void => {
    absences += 1
  }

  function toggleDetails(): void {
    if (hasDetails) {
      closeDetails()
      return
    }
    if (isNarrow()) here.go({ view: "details", room: current })
    showDetails(true)
    more.focus()
  }

  function closeDetails(): void {
    if (here.here().view === "details") {
      history.back()
      return
    }
    showDetails(false)
    panes.get(current)?.focusDetails()
  }

  function showDetails(isOpen: boolean): void {
    hasDetails = isOpen
    more.root.hidden = !isOpen
    update()
  }

  /** Brings everything up to date, once for all that happens in one turn. */
  function change(): void {
    if (isUpToDate) queueMicrotask(update)
    isUpToDate = false
  }

  function update(): void {
    isUpToDate = true
    tells.update()
    const rooms = shownRooms(chat.rooms())
    side.update(rooms, seen())
    const view = rooms.find(({ id }) => id === current)
    if (view === undefined) return
    panes.get(current)?.update(view)
    panes.get(current)?.setDetails(hasDetails)
    if (hasDetails) more.update(view)
  }

  // A width that can't be stored is not remembered, and the chat is closed then.
  const keep = (change: Parameters<typeof settings.change>[0]) => void settings.change(change).catch(() => undefined)
  addEdge(root, side.root, {
    ...{ name: "Width of the list of chats", property: "--list-width", side: "right", standard: 19 },
    ...{ width: settings.listWidth, keep: (listWidth) => keep({ listWidth }) },
  })
  addEdge(root, more.root, {
    ...{ name: "Width of the details", property: "--details-width", side: "left", standard: 18 },
    ...{ width: settings.detailsWidth, keep: (detailsWidth) => keep({ detailsWidth }) },
  })

  showDetails(false)
  for (const event of ["room", "online", "connection"] as const) chat.on(event, change)
  chat.on("connection", leave)
  chat.on("connection", look)
  addEventListener("focus", look)
  addEventListener("blur", leave)
  const press = (event: KeyboardEvent): void => {
    if (!isFind(event) || !root.isConnected) return
    event.preventDefault()
    event.stopPropagation()
    find()
  }
  // Before the box in which one writes, which has keys of its own.
  addEventListener("keydown", press, { capture: true })
  document.addEventListener("visibilitychange", look)
  chat.on("item", ({ room, item, was, missed = false }) => {
    panes.get(room)?.take(item, was, missed)
    if (was === undefined) tells.take(room, item)
    side.changed(room)
    change()
  })
  chat.on("gone", ({ room, position }) => {
    panes.get(room)?.remove(position)
    side.changed(room)
  })
  chat.on("history", (room) => {
    panes.get(room)?.renew()
    side.changed(room)
  })
  chat.on("typing", (room) => {
    panes.get(room)?.setTyping(chat.typing(room))
    side.setTyping(room)
  })
  chat.on("pause", (pause) => {
    pauses.set(pause.room, pause)
    panes.get(pause.room)?.setPause(pause)
  })

  async function start(): Promise<void> {
    await show(here.start)
    if (matchMedia("(pointer: fine)").matches) panes.get(current)?.focus()
  }
  return { root, start }
}
