/**
 * What is checked of a request about a room before the store is asked: the cleartext headers of its MLS messages
 * (mls-header.ts), and what has to go together. Throws UserError `bad_request`.
 */
import { UserError } from "../shared/errors.ts"
import type { AccountName, DeviceId, MessageId, RoomId } from "../shared/ids.ts"
import { readLabel } from "../shared/label.ts"
import { GENERAL_ROOM } from "../shared/limits.ts"
import type { RoomKind } from "../shared/wire.ts"
import { HeaderError, type MessageHeader, readGroupInfoHeader, readHeader } from "./mls-header.ts"
import type { Added } from "./store/rooms.ts"

export interface SendRequest {
  readonly id: MessageId
  readonly room: RoomId
  readonly after: number
  readonly message: Uint8Array
}

export interface FoundRequest {
  readonly kind: RoomKind
  readonly groupInfo: Uint8Array
  readonly added: readonly DeviceId[]
  readonly peer?: AccountName
  readonly welcome?: Uint8Array
}

export interface CommitRequest {
  readonly id: MessageId
  readonly after: number
  readonly commit: Uint8Array
  readonly groupInfo: Uint8Array
  readonly added: readonly DeviceId[]
  readonly removed: readonly DeviceId[]
  readonly welcome?: Uint8Array
}

/** What a founding adds. Whether a private chat, or an id of another kind of room, is the founder's is for rooms.ts. */
export function checkFounding(room: RoomId, request: FoundRequest): Added {
  const { kind, groupInfo, added, peer } = request
  if ((kind === "general") !== (room === GENERAL_ROOM) || (kind === "private") !== (peer !== undefined)) refuse()
  if (kind === "general" && added.length > 0) refuse()
  // The founder's own first commit, if it made one, needs no place in the log: nobody else was there.
  checkGroupInfo(room, groupInfo, added.length === 0 ? 0 : 1)
  return addedBy(request)
}

/** What a commit changes, and whether it is an external one, which changes nothing but its own device's place. */
export function checkCommit(
  room: RoomId,
  request: CommitRequest,
): { readonly external: boolean; readonly added: Added } {
  const { content, sender, epoch } = headerFor(room, request.commit)
  if (content !== "commit" || sender === "external" || sender === "new_member_proposal") refuse()
  checkGroupInfo(room, request.groupInfo, epoch + 1)
  const added = addedBy(request)
  const external = sender === "new_member_commit"
  if (external && added.devices.length + request.removed.length > 0) refuse()
  if (room === GENERAL_ROOM && added.devices.length > 0) refuse()
  return { external, added }
}

export function checkMessage({ room, message }: SendRequest): void {
  const { content, wire, authenticatedData } = headerFor(room, message)
  if (content !== "application" || wire !== "private" || readLabel(authenticatedData) === undefined) refuse()
}

function refuse(): never {
  throw new UserError("bad_request")
}

/** Whom a commit adds; a Welcome goes with them, and with nobody else. */
function addedBy({ added, welcome }: Pick<CommitRequest, "added" | "welcome">): Added {
  if (added.length > 0 !== (welcome !== undefined)) refuse()
  return { devices: added, welcome }
}

function headerFor(room: RoomId, message: Uint8Array): MessageHeader {
  const header = reading(() => readHeader(message))
  return header.group === room ? header : refuse()
}

/** Whether members can believe it is theirs to check; a GroupInfo of another room or epoch is a mistake or worse. */
function checkGroupInfo(room: RoomId, groupInfo: Uint8Array, wanted: number): void {
  const { group, epoch } = reading(() => readGroupInfoHeader(groupInfo))
  if (group !== room || epoch !== wanted) refuse()
}

function reading<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof HeaderError ? new UserError("bad_request") : error
  }
}
