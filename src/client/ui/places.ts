/**
 * Where one is: in the list, in a chat, or in its details. On a narrow screen these are one column and entries of the
 * browser's history, so that Back goes back; on a wide one they stand side by side, and details come and go.
 */
import type { RoomId } from "../core/types.ts"

type View = "chats" | "chat" | "details"

export interface Place {
  readonly view: View
  readonly room: RoomId
}

const NARROW = "(max-width: 47.9375rem)"
export const isNarrow = (): boolean => matchMedia(NARROW).matches

/** `moved` is called when Back or Forward lead to a place; `first` is the room that is open at the start. */
export function places(first: RoomId, rooms: () => readonly RoomId[], moved: (place: Place) => void) {
  const read = (state: unknown): Place => {
    const found = typeof state === "object" && state !== null ? state : {}
    const room = rooms().find((id) => "room" in found && found.room === id)
    const view = "view" in found && (found.view === "chat" || found.view === "details") ? found.view : "chats"
    return { view, room: room ?? first }
  }
  const enter = (place: Place): void => document.documentElement.setAttribute("data-view", place.view)

  /** Goes to a place; a place of the same kind takes the place of the one before. */
  function go(place: Place): void {
    const isSameKind = read(history.state).view === place.view
    history[isSameKind ? "replaceState" : "pushState"](place, "")
    enter(place)
  }

  addEventListener("popstate", ({ state }) => {
    const place = read(state)
    enter(place)
    moved(place)
  })
  // The list lies below the conversation in the history: Back from a fresh start leads to it, on a narrow screen.
  const start = read(history.state)
  if (start.view === "chats") {
    history.replaceState({ view: "chats", room: first }, "")
    history.pushState({ view: "chat", room: first }, "")
  } else if (start.view === "details") history.replaceState({ view: "chat", room: start.room }, "")
  document.documentElement.setAttribute("data-view", "chat")
  return { go, start: read(history.state).room, here: () => read(history.state) }
}
