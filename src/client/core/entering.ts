/**
 * Getting into the general room: by founding it when nobody has, else by an external commit on the GroupInfo that the
 * server hands out, which is checked before anything is sent (core/mls). The commit and the state it leads to are stored
 * before the POST. When its answer is lost, the same commit is posted again after the next start or connection, and
 * answered as it was the first time; when somebody else's commit came first, everything starts over.
 */
import { API } from "../../shared/protocol.ts"
import { call } from "./api.ts"
import { createGroup, decodeGroup, type Group, type Identity, joinExternal, Refusal } from "./mls/index.ts"
import type { Platform } from "./platform.ts"
import { type PendingRecord, pendingGroupKey, pendingKey, pendingRecord, readRecord, writeRecord } from "./records.ts"
import type { RecordChange, SealedVault } from "./sealed-vault.ts"
import { ClientError, type MessageId, type RoomId } from "./types.ts"

/** A commit of ours of which we don't know yet whether the server has taken it, and the group that it leads to. */
export interface Pending {
  readonly record: PendingRecord
  readonly group: Group
}

/** This device is in: `seq` is the entry that let it in, 0 for the founder. */
export interface Entered {
  readonly group: Group
  readonly seq: number
  readonly at: number
}

interface Entering {
  readonly platform: Platform
  readonly vault: SealedVault
  readonly identity: Identity
  readonly room: RoomId
  readonly newId: () => MessageId
}

export async function loadPending(vault: SealedVault, identity: Identity, room: RoomId): Promise<Pending | undefined> {
  const [record, group] = await Promise.all([vault.get(pendingKey(room)), vault.get(pendingGroupKey(room))])
  if (record === undefined || group === undefined) return undefined
  try {
    return { record: readRecord(pendingRecord, record), group: decodeGroup(identity, group) }
  } catch (error) {
    // What can't be read is as good as lost: if the commit was taken, this device finds itself outside and joins again.
    if (error instanceof Refusal) return undefined
    throw error
  }
}

export function pendingChanges(room: RoomId, { record, group }: Pending): RecordChange[] {
  return [
    { key: pendingKey(room), value: writeRecord(pendingRecord, record) },
    { key: pendingGroupKey(room), value: group.encode() },
  ]
}

export function noPending(room: RoomId): RecordChange[] {
  return [pendingKey(room), pendingGroupKey(room)].map((key) => ({ key, value: undefined }))
}

/** Makes the founding or the external commit; nothing is sent. Throws ClientError, or Refusal for a bad GroupInfo. */
export async function prepareEntry(entering: Entering): Promise<Pending> {
  const { platform, identity, room } = entering
  try {
    const { seq, groupInfo } = await call(platform, API.groupInfo, { room })
    return await prepareJoin(entering, seq, groupInfo)
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== "not_found") throw error
  }
  const { noticeKey } = await call(platform, API.server)
  const charter = { kind: "general", founder: identity.accountKey, noticeKey } as const
  const { group, groupInfo } = await createGroup(identity, room, charter, platform.now())
  const nothing = new Uint8Array()
  const id = entering.newId()
  return { group, record: { kind: "found", id, after: 0, commit: nothing, groupInfo: new Uint8Array(groupInfo) } }
}

async function prepareJoin({ platform, identity, room, newId }: Entering, seq: number, groupInfo: Uint8Array) {
  const options = { expected: { roomId: room, kind: "general" }, now: platform.now() } as const
  // This device's leaf may still be in the tree, from before its state was lost: then it takes its own place over.
  const joined = await joinExternal(identity, groupInfo, { ...options, resync: false }).catch((error: unknown) => {
    if (!(error instanceof Refusal) || error.code !== "already_member") throw error
    return joinExternal(identity, groupInfo, { ...options, resync: true })
  })
  const commit = new Uint8Array(joined.commit)
  const record = { kind: "join", id: newId(), after: seq, commit, groupInfo: new Uint8Array(joined.groupInfo) } as const
  return { group: joined.group, record }
}

/** Posts a pending founding or commit. Throws ClientError; `stale` and `room_exists` mean that it came too late. */
export async function post(platform: Platform, room: RoomId, { group, record }: Pending): Promise<Entered> {
  const { kind, id, after, commit, groupInfo } = record
  if (kind === "found") {
    await call(platform, API.found, { room, body: { id, groupInfo } })
    return { group, seq: 0, at: platform.now() }
  }
  const { seq, at } = await call(platform, API.commit, { room, body: { id, after, commit, groupInfo } })
  return { group, seq, at }
}

/** Whether a refused commit can never be taken any more. */
export function isTooLate(error: unknown): boolean {
  return error instanceof ClientError && ["stale", "room_exists", "id_reused", "bad_request"].includes(error.code)
}
