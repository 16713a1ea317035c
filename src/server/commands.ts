/**
 * What a client may ask over its WebSocket: a table from message type to what it needs, what it costs and what is done. The
 * needs and the cost are checked once, here, before any handler runs; a new message type cannot forget them.
 */
import { UserError } from "../shared/errors.ts"
import type { ClientMessage, ClientMessageOf } from "../shared/protocol.ts"
import type { Connection } from "./connection.ts"
import { userErrorOf } from "./http.ts"
import type { Limited } from "./rate-limit.ts"

/** What the handlers do with the rest of the server; see gateway.ts. */
export interface Actions {
  readonly resume: (connection: Connection, message: ClientMessageOf<"resume">) => Promise<void>
  readonly send: (connection: Connection, message: ClientMessageOf<"send">) => Promise<void>
  readonly persisted: (connection: Connection, message: ClientMessageOf<"persisted">) => Promise<void>
  readonly typing: (connection: Connection, message: ClientMessageOf<"typing">) => Promise<void>
}

interface Command<M> {
  /** `fresh`: as the first message and never again. `ready`: after the answer to it. */
  readonly needs: "fresh" | "ready"
  readonly cost: Limited | undefined
  readonly run: (actions: Actions, connection: Connection, message: M) => Promise<void>
  /** How a UserError of this message is told; the connection stays. */
  readonly refuse: (connection: Connection, message: M, error: UserError) => void
}

type Type = ClientMessage["type"]
type Messages = { readonly [T in Type]: ClientMessageOf<T> }
type Commands = { readonly [T in Type]: Command<Messages[T]> }

function tellError(connection: Connection, _message: unknown, { code, details }: UserError): void {
  const { seconds } = details
  connection.send({ type: "error", code, ...(seconds === undefined ? {} : { seconds }) })
}

export const COMMANDS: Commands = {
  resume: {
    needs: "fresh",
    cost: undefined,
    run: (actions, connection, message) => actions.resume(connection, message),
    refuse: tellError,
  },
  send: {
    needs: "ready",
    cost: "messages",
    run: (actions, connection, message) => actions.send(connection, message),
    refuse: (connection, { id, room }, { code, details }) =>
      connection.send({ type: "refused", id, room, code, ...details }),
  },
  persisted: {
    needs: "ready",
    cost: undefined,
    run: (actions, connection, message) => actions.persisted(connection, message),
    refuse: tellError,
  },
  typing: {
    needs: "ready",
    cost: "typing",
    run: (actions, connection, message) => actions.typing(connection, message),
    refuse: tellError,
  },
  ping: {
    needs: "ready",
    cost: undefined,
    run: async (_, connection) => connection.send({ type: "pong" }),
    refuse: tellError,
  },
}

export interface Surroundings {
  readonly actions: Actions
  /** How far a connection has come: `resuming` is between `resume` and its answer. */
  readonly stageOf: (connection: Connection) => "fresh" | "resuming" | "ready"
  /** Seconds to wait, 0 when it may be done. */
  readonly take: (kind: Limited, connection: Connection) => number
  /** Hears of what was thrown and not meant for the client. */
  readonly unexpected: (type: Type, error: unknown) => void
}

/** Runs one message through the table. Never rejects. */
export function runCommand(surroundings: Surroundings, connection: Connection, message: ClientMessage): Promise<void> {
  return runTyped(surroundings, connection, message.type, message)
}

async function runTyped<T extends Type>(
  { actions, stageOf, take, unexpected }: Surroundings,
  connection: Connection,
  type: T,
  message: Messages[T],
): Promise<void> {
  const { needs, cost, run, refuse }: Command<Messages[T]> = COMMANDS[type]
  if (stageOf(connection) !== needs) return connection.close("wrong_order")
  try {
    const seconds = cost === undefined ? 0 : take(cost, connection)
    if (seconds > 0) throw new UserError("rate_limited", { seconds })
    await run(actions, connection, message)
  } catch (error) {
    refuse(connection, message, userErrorOf(error))
    if (!(error instanceof UserError)) unexpected(type, error)
  }
}
