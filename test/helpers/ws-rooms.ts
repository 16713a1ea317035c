/** What people ask about rooms over HTTPS, in tests with the server of ws-server.ts. */

import { API, type BodyOf, errorBody } from "../../src/shared/api.ts"
import { UserError } from "../../src/shared/errors.ts"
import type { RoomId } from "../../src/shared/ids.ts"
import { parseJson } from "../../src/shared/protocol.ts"
import type { Schema } from "../../src/shared/schema.ts"
import { changingBody, groupFounding, newGroupId } from "./ws-messages.ts"
import type { TestServer } from "./ws-server.ts"

/** What the server answers somebody; rejects with the UserError that it refuses with. */
async function ask<T>(server: TestServer, index: number, path: string, answer: Schema<T>, body?: unknown): Promise<T> {
  const { status, body: text } = await server.http(path, server.person(index).cookie, body)
  const parsed = parseJson(text)
  if (status === 200) return answer.parse(parsed, "answer")
  const { error, text: _, ...details } = errorBody.parse(parsed, "error")
  throw new UserError(error, details)
}

/** The routes of rooms and KeyPackages, for the person with this number. */
export function roomsOf(server: TestServer, index: number) {
  const at = (route: { readonly path: string }, room: RoomId) => route.path.replace(":room", room)
  return {
    found: (room: RoomId, body: BodyOf<"found">) =>
      ask(server, index, at(API.found, room), API.found.answer, API.found.body.write(body)),
    commit: (room: RoomId, body: BodyOf<"commit">) =>
      ask(server, index, at(API.commit, room), API.commit.answer, API.commit.body.write(body)),
    groupInfo: (room: RoomId) => ask(server, index, at(API.groupInfo, room), API.groupInfo.answer),
    welcome: (room: RoomId) => ask(server, index, at(API.welcome, room), API.welcome.answer),
    welcomed: (room: RoomId, seq: number) =>
      ask(server, index, at(API.welcomed, room), API.welcomed.answer, API.welcomed.body.write({ seq })),
    marks: (room: RoomId) => ask(server, index, at(API.marks, room), API.marks.answer),
    depart: (room: RoomId, statement: Uint8Array<ArrayBuffer>) =>
      ask(server, index, at(API.depart, room), API.depart.answer, API.depart.body.write({ statement })),
    keyPackages: (body: BodyOf<"keyPackages">) =>
      ask(server, index, API.keyPackages.path, API.keyPackages.answer, API.keyPackages.body.write(body)),
    claim: (body: BodyOf<"claim">) => ask(server, index, API.claim.path, API.claim.answer, API.claim.body.write(body)),
  }
}

/** Lets somebody found a group with others in it. */
export async function foundGroup(server: TestServer, founder: number, others: readonly number[]): Promise<RoomId> {
  const room = newGroupId()
  const devices = others.map((index) => server.person(index).session.device)
  await roomsOf(server, founder).found(room, groupFounding(room, devices))
  return room
}

/** Lets somebody commit who comes and who goes, after the commit with `after`; resolves to its seq. */
export async function changeRoom(
  server: TestServer,
  index: number,
  room: RoomId,
  { after, epoch, ...change }: { after: number; epoch: number; added?: readonly number[]; removed?: readonly number[] },
): Promise<number> {
  const devices = (numbers: readonly number[] = []) => numbers.map((each) => server.person(each).session.device)
  const changes = { added: devices(change.added), removed: devices(change.removed) }
  return (await roomsOf(server, index).commit(room, changingBody(room, after, epoch, changes))).seq
}
