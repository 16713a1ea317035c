/**
 * One WebSocket (RFC 6455) after its handshake: what may come in, what may wait to go out, and how it ends. It knows
 * frames, not meanings; those are in commands.ts.
 *
 * In: text frames of at most LIMITS.frameMax, at a bounded pace, JSON of the protocol and nothing else. Whatever breaks
 * this ends the connection with a close code, since a program that does is not one of ours or is broken. While much of
 * what came in is still under way to the disk, nothing more is read.
 *
 * Out: all frames of one turn leave in one write, on the socket that the upgrade gave us. ws writes its own frames (pong,
 * close) whole and at once when nothing is compressed, so ours stand between them and never inside. What a slow
 * reader does not take is not piled up here (see delivery.ts); past LIMITS.bufferedMax the connection is cut.
 */
import type { Duplex } from "node:stream"
import type { WebSocket } from "ws"
import { CLOSE_CODES, type CloseReason } from "../shared/errors.ts"
import { LIMITS } from "../shared/limits.ts"
import {
  type ClientMessage,
  clientMessage,
  parseFrame,
  type ServerMessage,
  serverMessage,
  writeFrame,
} from "../shared/protocol.ts"
import { ParseError } from "../shared/schema.ts"
import type { Session } from "./session.ts"
import { textFrame } from "./text-frame.ts"

/** RFC 6455 section 5.5: the payload of a close frame, its two bytes of code taken off. */
const CLOSE_TEXT_MAX = 123

/** `fresh` until the first message, `resuming` until its answer. Nothing comes after `ended`. */
export type Stage = "fresh" | "resuming" | "ready" | "ended"

export interface Ending {
  readonly wasReady: boolean
  /** Why the server ended it, if it did. */
  readonly reason: CloseReason | undefined
}

export interface ConnectionHandlers {
  /** Must not throw; called in the order of arrival. */
  readonly message: (message: ClientMessage) => void
  /** Called once, as soon as the connection takes and sends nothing more. */
  readonly ended: (how: Ending) => void
}

export class Connection {
  readonly session: Session
  /** Resolves when the socket is gone. */
  readonly gone: Promise<void>
  readonly #webSocket: WebSocket
  readonly #socket: Duplex
  readonly #now: () => number
  #handlers: ConnectionHandlers | undefined
  #stage: Stage = "fresh"
  #placeChanges = 0
  #alive = true
  #corked = false
  #underWay = 0
  #frames: { left: number; at: number }
  readonly #drained: (() => void)[] = []

  constructor(webSocket: WebSocket, socket: Duplex, session: Session, now: () => number) {
    this.session = session
    this.#webSocket = webSocket
    this.#socket = socket
    this.#now = now
    this.#frames = { left: LIMITS.framesAtOnce, at: now() }
    this.gone = new Promise((resolve) => webSocket.once("close", () => resolve()))
  }

  /** Starts to listen. */
  open(handlers: ConnectionHandlers): void {
    this.#handlers = handlers
    this.#webSocket.on("message", (data, isBinary) => {
      const message = this.#read(data, isBinary)
      if (message !== undefined) handlers.message(message)
    })
    this.#webSocket.on("ping", () => this.#takeFrame())
    this.#webSocket.on("pong", () => {
      this.#alive = true
      this.#takeFrame()
    })
    // ws answers a broken frame with a close code of its own; without a listener the error would end the process.
    this.#webSocket.on("error", () => this.#end())
    this.#webSocket.on("close", () => this.#end())
  }

  get stage(): Stage {
    return this.#stage
  }

  /** Moves on to the next stage; what has ended stays so. */
  enter(stage: "resuming" | "ready"): void {
    if (this.#stage !== "ended") this.#stage = stage
  }

  /** The device was put into a room or out of one. */
  placesChanged(): void {
    this.#placeChanges += 1
  }

  /** Asks for something about the device's places, again when they have changed meanwhile. */
  async withPlaces<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      const changes = this.#placeChanges
      const answer = await ask()
      if (changes === this.#placeChanges || this.ended) return answer
    }
  }

  get ended(): boolean {
    return this.#stage === "ended"
  }

  /** Bytes that wait in this socket. */
  get waiting(): number {
    return this.#socket.writableLength
  }

  /** Whether so much waits in this socket that nothing should be added. */
  get isFull(): boolean {
    return this.waiting >= LIMITS.bufferedPause
  }

  send(message: ServerMessage): void {
    this.sendFrame(frameOf(message))
  }

  /** Sends a frame, which may be shared by many connections. */
  sendFrame(frame: Buffer): void {
    // After a close frame, ours or the peer's, no other may follow (RFC 6455 section 5.5.1).
    if (this.ended || this.#webSocket.readyState !== this.#webSocket.OPEN) return
    if (this.waiting + frame.length <= LIMITS.bufferedMax) this.#write(frame)
    else this.terminate()
  }

  /** Resolves when this socket can take more, or has ended. */
  drained(): Promise<void> {
    if (this.ended || !this.isFull) return Promise.resolve()
    return new Promise((resolve) => this.#drained.push(resolve))
  }

  /** Counts work that a message has started; with too much of it under way, no more messages are read. */
  async track(work: Promise<void>): Promise<void> {
    this.#underWay += 1
    if (this.#underWay === LIMITS.sendsUnderWay) this.#webSocket.pause()
    await work
    if (this.#underWay === LIMITS.sendsUnderWay) this.#webSocket.resume()
    this.#underWay -= 1
  }

  /** Takes back the newest frame from the count of frames: another limit has counted it. */
  countedElsewhere(): void {
    this.#frames.left += 1
  }

  /** Ends the connection with the code of a reason; the peer has ws's own time to answer. */
  close(reason: CloseReason, text: string = reason): void {
    if (this.ended) return
    this.#webSocket.close(CLOSE_CODES[reason].code, text.slice(0, CLOSE_TEXT_MAX))
    // The peer's answer must be read, whatever is under way.
    this.#webSocket.resume()
    this.#end(reason)
  }

  /** Asks whether the peer is there; ends the connection when nothing came since the last time. */
  heartbeat(): void {
    if (this.#alive) this.#webSocket.ping()
    else this.terminate()
    this.#alive = false
  }

  /** Ends the connection at once. */
  terminate(): void {
    this.#webSocket.terminate()
    this.#end()
  }

  #end(reason?: CloseReason): void {
    if (this.ended) return
    const wasReady = this.#stage === "ready"
    this.#stage = "ended"
    for (const resolve of this.#drained.splice(0)) resolve()
    this.#handlers?.ended({ wasReady, reason })
  }

  #write(frame: Buffer): void {
    this.#cork()
    this.#socket.write(frame, () => {
      if (!this.isFull) for (const resolve of this.#drained.splice(0)) resolve()
    })
  }

  /** Holds back what is written until this turn is over, so that it leaves in one piece. */
  #cork(): void {
    if (this.#corked) return
    this.#corked = true
    this.#socket.cork()
    setImmediate(() => {
      this.#corked = false
      this.#socket.uncork()
    })
  }

  #read(data: unknown, isBinary: boolean): ClientMessage | undefined {
    if (this.ended) return undefined
    this.#alive = true
    if (isBinary || !Buffer.isBuffer(data)) return this.#refuse("binary_frame")
    if (!this.#takeFrame()) return undefined
    try {
      return parseFrame(clientMessage, data.toString("utf8"))
    } catch (error) {
      // A ParseError names the field and the rule, never what was sent.
      return error instanceof ParseError ? this.#refuse("bad_message", error.message) : this.#refuse("internal")
    }
  }

  #refuse(reason: CloseReason, text?: string): undefined {
    this.close(reason, text)
    return undefined
  }

  /** Counts a frame that came in; false, and the end, when they come too fast. */
  #takeFrame(): boolean {
    const now = this.#now()
    const gained = (Math.max(0, now - this.#frames.at) / 1000) * LIMITS.framesPerSecond
    this.#frames = { left: Math.min(LIMITS.framesAtOnce, this.#frames.left + gained) - 1, at: now }
    if (this.#frames.left >= 0) return true
    this.close("flooding")
    return false
  }
}

/** Puts a message into its frame once, for any number of connections. */
export function frameOf(message: ServerMessage): Buffer {
  return textFrame(writeFrame(serverMessage, message))
}
