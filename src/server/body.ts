/**
 * Reads one request body: JSON of a bounded size, and nothing else. A length that is announced too large is refused before
 * a byte is read; what comes without a length is kept up to the limit. The time is bounded by the server's requestTimeout.
 *
 * What comes past the limit is read and thrown away: a connection that is closed under a client that still sends often
 * takes the answer with it, and the client would see a broken network in place of `too_large`.
 */
import type { IncomingMessage } from "node:http"
import { UserError } from "../shared/errors.ts"
import { parseJson } from "../shared/protocol.ts"

/** Throws UserError `unsupported_type` or `too_large`, ParseError for what is not JSON in UTF-8. */
export async function readJson(request: IncomingMessage, limit: number): Promise<unknown> {
  if (!/^application\/json(?:; ?charset=utf-8)?$/i.test(request.headers["content-type"] ?? ""))
    throw new UserError("unsupported_type")
  if (Number(request.headers["content-length"] ?? 0) > limit) throw new UserError("too_large")
  return parseJson(decodeUtf8(await readBytes(request, limit)))
}

async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  // Leaving a plain loop over a stream would destroy the connection, and with it the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) throw new UserError("bad_request")
    length += chunk.length
    if (length <= limit) chunks.push(chunk)
    else break
  }
  if (length <= limit) return Buffer.concat(chunks)
  request.resume()
  throw new UserError("too_large")
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    throw new UserError("bad_request")
  }
}
