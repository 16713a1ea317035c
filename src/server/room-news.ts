/**
 * What happens in rooms, for whoever has to hear of it. Listeners are told after the COMMIT that made it true, of entries
 * in log order, and of each before the one who caused it gets an answer. One that fails stops neither the others nor the
 * writer that is about to answer.
 */
import type { AccountName, DeviceId, RoomId } from "../shared/ids.ts"
import type { RoomKind } from "../shared/wire.ts"
import type { Entry } from "./store/log.ts"
import type { Marks } from "./store/marks.ts"

export interface RoomNews {
  /** An entry is in the log. */
  readonly committed: Entry
  /** A device has entered a room, or entered it anew; it gets what comes after `seq`. Told before the entry that did it. */
  readonly joined: { readonly room: RoomId; readonly device: DeviceId; readonly seq: number }
  /** A device was added to a room by the commit with this seq, 0 for the founding: a Welcome waits for it. */
  readonly invited: {
    readonly room: RoomId
    readonly kind: RoomKind
    readonly device: DeviceId
    readonly seq: number
  }
  /** Other devices of a device's account were added to a room, and it was not. */
  readonly elsewhere: { readonly room: RoomId; readonly kind: RoomKind; readonly device: DeviceId }
  /** A device was removed from a room by the commit with this seq. Told before the entry that did it. */
  readonly left: { readonly room: RoomId; readonly device: DeviceId; readonly seq: number }
  /** A device of a room is to be removed by whoever commits next; `to`: only this device does not know it yet. */
  readonly departing: { readonly room: RoomId; readonly statement: Uint8Array<ArrayBuffer>; readonly to?: DeviceId }
  /** Somebody else's device holds everything of `account` up to `seq`. */
  readonly delivered: { readonly room: RoomId; readonly account: AccountName; readonly seq: number }
  /** The marks of an account have moved, in a room of at most LIMITS.marksFor accounts. */
  readonly moved: { readonly room: RoomId; readonly marks: Marks }
}

type Listeners = { readonly [K in keyof RoomNews]: ((news: RoomNews[K]) => void)[] }

export class Newsroom {
  readonly #report: (line: string) => void
  readonly #listeners: Listeners = {
    committed: [],
    joined: [],
    invited: [],
    elsewhere: [],
    left: [],
    departing: [],
    delivered: [],
    moved: [],
  }

  constructor(report: (line: string) => void) {
    this.#report = report
  }

  on<K extends keyof RoomNews>(what: K, listener: (news: RoomNews[K]) => void): void {
    this.#listeners[what].push(listener)
  }

  tell<K extends keyof RoomNews>(what: K, news: RoomNews[K]): void {
    for (const listener of this.#listeners[what])
      try {
        listener(news)
      } catch (error) {
        this.#report(`A listener of the rooms failed: ${error instanceof Error ? error.name : "unknown error"}`)
      }
  }
}
