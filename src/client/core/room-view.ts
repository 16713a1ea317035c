/** What a room shows of itself. */
import { peopleOf } from "./people.ts"
import type { RoomState } from "./room-state.ts"
import type { RoomId, RoomView } from "./types.ts"
import { isFounder } from "./wanted.ts"

export function viewOf(
  id: RoomId,
  { group, about }: Pick<RoomState, "group" | "about">,
  { waiting, trouble }: Pick<RoomView, "waiting" | "trouble">,
): RoomView {
  return {
    ...{ id, waiting, trouble },
    kind: about.kind,
    name: about.peer ?? about.name,
    peer: about.peer ?? undefined,
    joined: group !== undefined,
    isOut: about.standing === "out" || about.isLeaving,
    isFounder: group !== undefined && isFounder(group),
    adding: about.add,
    people: group === undefined ? [] : peopleOf(group.members()),
  }
}
