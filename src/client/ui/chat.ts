/**
 * The page at /chat: opens the chat of whoever is logged in, and connects its events with the views. On a narrow screen list
 * and conversation are one column and entries of the browser's history, so that Back goes back.
 */

import { roomId } from "../../shared/ids.ts"
import { GENERAL_ROOM } from "../../shared/limits.ts"
import { browserPlatform } from "../browser/index.ts"
import { logOut } from "../core/account.ts"
import { type Chat, openChat } from "../core/chat.ts"
import { ClientError } from "../core/types.ts"
import { composer } from "./composer.ts"
import { conversationHeader } from "./conversation-header.ts"
import { h } from "./dom.ts"
import { emptyRoom } from "./empty-room.ts"
import { FAREWELLS, showFarewell } from "./gone.ts"
import { lastLine } from "./last-line.ts"
import { sidebar } from "./sidebar.ts"
import { timeline } from "./timeline.ts"

const ROOM = roomId.parse(GENERAL_ROOM, "room")
const toHome = (): void => location.replace("/home")

async function start(takeOver: boolean): Promise<void> {
  try {
    await run(await openChat(browserPlatform, { takeOver }))
  } catch (error) {
    const code = error instanceof ClientError ? error.code : "broken"
    if (code === "already_open") showFarewell(FAREWELLS.elsewhere, () => void start(true))
    else if (code === "locked") await leave()
    else showFarewell(FAREWELLS.broken, () => void leave())
  }
}

/** Without a key there is nothing to show: the session, if there is one, is ended too, so that /home does not send us back. */
async function leave(): Promise<void> {
  await logOut(browserPlatform)
  toHome()
}

async function run(chat: Chat): Promise<void> {
  const root = document.documentElement
  const view = (name: "chats" | "chat"): void => root.setAttribute("data-view", name)
  const side = sidebar(chat, {
    openRoom: () => {
      if (root.getAttribute("data-view") === "chat") return foot.focus()
      history.pushState({ view: "chat" }, "")
      view("chat")
    },
    logOut: () => void chat.logOut(),
  })
  const header = conversationHeader(() => history.back())
  const lines = timeline(chat, ROOM, emptyRoom())
  const foot = composer(chat, ROOM, () => void lines.toNewest())
  const tellLast = lastLine(chat, ROOM, side.setLast)
  const talk = h("section", { class: "talk", "aria-label": "General" }, header.root, lines.root, foot.root)
  document.body.replaceChildren(h("main", { class: "app" }, side.root, talk))

  const update = (): void => {
    const [room] = chat.rooms()
    if (room === undefined) return
    side.update(room)
    header.update(room, chat)
  }
  chat.on("room", update)
  chat.on("online", update)
  chat.on("item", ({ item, was }) => {
    lines.take(item, was)
    if (item.kind === "text") void tellLast()
  })
  chat.on("gone", ({ position }) => {
    lines.remove(position)
    void tellLast()
  })
  chat.on("typing", (room) => foot.setTyping(chat.typing(room)))
  chat.on("pause", foot.setPause)
  chat.on("connection", (state) => {
    update()
    if (state.kind === "taken-over") showFarewell(FAREWELLS.elsewhere, () => void start(true))
    if (state.kind === "replaced") showFarewell(FAREWELLS.replaced, () => void start(true))
    if (state.kind === "failed") showFarewell(FAREWELLS.failed, () => void start(true))
    if (state.kind === "ended") showFarewell(FAREWELLS.ended, () => void leave())
  })
  addEventListener("popstate", ({ state }) => view(isChatView(state) ? "chat" : "chats"))
  // The list lies below the conversation in the history: Back from a fresh start leads to it, on a narrow screen.
  if (!isChatView(history.state)) {
    history.replaceState({ view: "chats" }, "")
    history.pushState({ view: "chat" }, "")
  }
  view("chat")
  update()
  await Promise.all([foot.restore(), tellLast()])
  await lines.toNewest()
  if (matchMedia("(pointer: fine)").matches) foot.focus()
}

function isChatView(state: unknown): boolean {
  return typeof state === "object" && state !== null && "view" in state && state.view === "chat"
}

void start(false)
