/**
 * Sends what is in the outbox: one message at a time, pausing when the server asks for it, trying again when it can't, and
 * leaving to the person only what no waiting helps. It decides when; encrypting and storing are room.ts's.
 */
import type { ErrorCode } from "../../shared/errors.ts"
import type { ServerMessageOf } from "../../shared/protocol.ts"
import type { Outbox } from "./outbox.ts"
import type { OutboxRecord } from "./records.ts"
import type { Surroundings } from "./room-surroundings.ts"
import type { MessageId } from "./types.ts"

const FIRST_RETRY = 1_000
const LONGEST_RETRY = 60_000

/** Refusals that pass by themselves: the message is kept and tried again, later and later. */
const PASSING: ReadonlySet<ErrorCode> = new Set(["storage_full", "busy", "internal"])

export interface SenderOptions {
  readonly around: Pick<Surroundings, "platform" | "stop" | "background">
  readonly outbox: Outbox
  /** Whether this device is connected and in the room, has caught up, and has handled the commit `after`. */
  readonly canSend: (after: number) => boolean
  /** Encrypts where needed and hands a message to the connection; false when that is gone. */
  readonly transmit: (record: OutboxRecord) => Promise<boolean>
  /** The person has to decide about this message. */
  readonly failed: (record: OutboxRecord, code: ErrorCode) => Promise<void>
  /** The device is not in the room any more. */
  readonly expelled: () => void
  readonly paused: (until: number | undefined, reason: ErrorCode | undefined) => void
}

export class Sender {
  readonly #options: SenderOptions
  #underWay: MessageId | undefined
  /** Counts connections: what was handed to an earlier one is not under way any more. */
  #connection = 0
  /** Nothing is sent before this commit was handled. */
  #after = 0
  #pausedUntil = 0
  #retries = 0

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** Sends the next message if that can be done now. Asked for whenever something has changed. */
  pump(): void {
    const { around, outbox, canSend, transmit } = this.#options
    if (this.#underWay !== undefined || around.stop.aborted) return
    if (around.platform.now() < this.#pausedUntil || !canSend(this.#after)) return
    const record = outbox.next()
    if (record === undefined) return
    this.#underWay = record.id
    const connection = this.#connection
    around.background(
      transmit(record).then((isOut) => {
        if (!isOut && connection === this.#connection) this.#underWay = undefined
      }),
    )
  }

  /** The connection is a new one: what was under way has to be sent again. */
  reset(): void {
    this.#underWay = undefined
    this.#connection += 1
    this.#after = 0
    this.#options.outbox.forgetTaken()
  }

  /** The server has taken a message. */
  sent(id: MessageId): void {
    this.#options.outbox.taken(id)
    this.#retries = 0
    this.#settle(id)
  }

  /** The server has refused a message. */
  async refused({ id, code, seq, seconds }: ServerMessageOf<"refused">): Promise<void> {
    const record = this.#options.outbox.get(id)
    if (code === "stale") this.#after = Math.max(this.#after, seq ?? 0)
    else if (code === "rate_limited") this.#pause((seconds ?? 1) * 1000, code)
    else if (PASSING.has(code)) {
      this.#pause(Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** this.#retries), code)
      this.#retries += 1
    } else if (code === "not_a_member") this.#options.expelled()
    else if (record !== undefined) await this.#options.failed(record, code)
    this.#settle(id)
  }

  #settle(id: MessageId): void {
    if (this.#underWay === id) this.#underWay = undefined
    this.pump()
  }

  #pause(milliseconds: number, reason: ErrorCode): void {
    const { around, paused } = this.#options
    const until = around.platform.now() + milliseconds
    this.#pausedUntil = until
    paused(until, reason)
    around.background(
      around.platform.delay(milliseconds, around.stop).then(() => {
        if (this.#pausedUntil !== until || around.stop.aborted) return
        this.#pausedUntil = 0
        paused(undefined, undefined)
        this.pump()
      }),
    )
  }
}
