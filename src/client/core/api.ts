/**
 * The HTTP interface, typed by its schemas: `call(platform, API.salt, { body: { name } })`. Answers are parsed as strictly
 * as the server parses requests: a server that answers something else than the protocol says is not believed.
 */
import { errorBody } from "../../shared/api.ts"
import { ParseError, type Schema } from "../../shared/schema.ts"
import { type HttpAnswer, type Platform, Unreachable } from "./platform.ts"
import { ClientError } from "./types.ts"

interface Definition<A, B> {
  readonly method: "GET" | "POST"
  readonly path: string
  readonly answer: Schema<A>
  readonly body?: Schema<B>
}

interface CallOptions<B> {
  readonly body?: B
  /** Fills the open part of a path. */
  readonly room?: string
}

/** Calls the server. Throws ClientError: the server's code, `unreachable`, or `bad_answer`. */
export async function call<A, B = never>(
  platform: Pick<Platform, "request">,
  definition: Definition<A, B>,
  { body, room = "" }: CallOptions<B> = {},
): Promise<A> {
  const path = definition.path.replace(":room", encodeURIComponent(room))
  const written = body === undefined ? undefined : definition.body?.write(body)
  const answer = await platform.request(definition.method, path, written).catch((error: unknown) => {
    throw error instanceof Unreachable ? new ClientError("unreachable") : error
  })
  if (answer.status < 200 || answer.status > 299) throw errorIn(answer)
  return parsed(definition.answer, answer.body)
}

function parsed<T>(schema: Schema<T>, value: unknown): T {
  try {
    return schema.parse(value, "answer")
  } catch (error) {
    throw error instanceof ParseError ? new ClientError("bad_answer") : error
  }
}

function errorIn({ status, body }: HttpAnswer): ClientError {
  try {
    const { error, seconds, seq } = errorBody.parse(body, "error")
    return new ClientError(error, {
      ...(seconds === undefined ? {} : { seconds }),
      ...(seq === undefined ? {} : { seq }),
    })
  } catch {
    return new ClientError(status >= 500 ? "internal" : "bad_answer")
  }
}
