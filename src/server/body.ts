/**
 * Reads one request body: JSON of a bounded size, and nothing else. A length that is announced too large is refused before
 * a byte is read; one that lies is cut at the limit. The time is bounded by the server's requestTimeout.
 */
import type { IncomingMessage } from "node:http"
import { UserError } from "../shared/errors.ts"
import { parseJson } from "../shared/protocol.ts"

/** Throws UserError `unsupported_type` or `too_large`, ParseError for what is not JSON in UTF-8. */
export async function readJson(request: IncomingMessage, limit: number): Promise<unknown> {
  if (!/^application\/json(?:; ?charset=utf-8)?$/i.test(request.headers["content-type"] ?? ""))
    throw new UserError("unsupported_type")
  if (Number(request.headers["content-length"] ?? 0) > limit) throw new UserError("too_large")
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) throw new UserError("bad_request")
    length += chunk.length
    if (length > limit) throw new UserError("too_large")
    chunks.push(chunk)
  }
  return parseJson(decodeUtf8(Buffer.concat(chunks)))
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    throw new UserError("bad_request")
  }
}
