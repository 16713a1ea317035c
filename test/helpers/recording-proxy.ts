/**
 * A proxy that ends TLS with the server's own key, as somebody who stole it would, and keeps every byte of both
 * directions. What browsers send over a WebSocket is masked (RFC 6455 section 5.3); `sent` has it unmasked as well, or no
 * search could ever find anything there.
 */
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import type { AddressInfo } from "node:net"
import tls from "node:tls"
import type { Owner } from "./temp.ts"

export interface RecordingProxy {
  /** The address to open instead of the server's. */
  readonly url: string
  /** All that clients have sent: the bytes as they came, and the payloads of WebSocket frames unmasked. */
  sent(): Buffer
  /** All that the server has sent. Its WebSocket frames are not masked. */
  received(): Buffer
}

interface Recording {
  readonly sent: Buffer[]
  readonly received: Buffer[]
}

/** Starts a proxy before a server on this machine, with the PEM files of that server's certificate. */
export async function startRecordingProxy(
  owner: Owner,
  port: number,
  files: { readonly certificate: string; readonly key: string },
): Promise<RecordingProxy> {
  const recordings: Recording[] = []
  const sockets = new Set<tls.TLSSocket>()
  const [cert, key] = await Promise.all([readFile(files.certificate), readFile(files.key)])
  const proxy = tls.createServer({ cert, key }, (client) => {
    const server = tls.connect({ port, host: "localhost", rejectUnauthorized: false })
    const recording: Recording = { sent: [], received: [] }
    recordings.push(recording)
    relay(client, server, recording.sent)
    relay(server, client, recording.received)
    for (const socket of [client, server]) sockets.add(socket)
  })
  // A browser that gives up in the middle of a handshake is nothing to fail for.
  proxy.on("tlsClientError", () => undefined)
  proxy.listen(0)
  await once(proxy, "listening")
  owner.after(async () => {
    for (const socket of sockets) socket.destroy()
    proxy.close()
    await once(proxy, "close")
  })
  const { port: own } = proxy.address() as AddressInfo
  return {
    url: `https://localhost:${own}`,
    sent: () => Buffer.concat(recordings.flatMap(({ sent }) => [...sent, unmask(Buffer.concat(sent))])),
    received: () => Buffer.concat(recordings.flatMap(({ received }) => received)),
  }
}

function relay(from: tls.TLSSocket, to: tls.TLSSocket, record: Buffer[]): void {
  from.on("data", (bytes: Buffer) => {
    record.push(bytes)
    to.write(bytes)
  })
  from.on("error", () => to.destroy())
  from.on("close", () => to.end())
}

const HEAD_END = "\r\n\r\n"

/** The payloads of a client's WebSocket frames, one after another; empty for a connection that was not upgraded. */
export function unmask(sent: Buffer): Buffer {
  const upgrade = sent.toString("latin1").search(/^upgrade: websocket\r$/im)
  if (upgrade === -1) return Buffer.alloc(0)
  let at = sent.indexOf(HEAD_END, upgrade) + HEAD_END.length
  const payloads: Buffer[] = []
  while (at + 6 <= sent.length) {
    const short = sent.readUInt8(at + 1) & 0x7f
    const [length, header] = lengthOf(sent, at, short)
    const mask = sent.subarray(at + header, at + header + 4)
    const payload = sent.subarray(at + header + 4, at + header + 4 + length)
    payloads.push(Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))))
    at += header + 4 + length
  }
  return Buffer.concat(payloads)
}

/** A frame's payload length, and the length of the header before its mask (RFC 6455 section 5.2). */
function lengthOf(bytes: Buffer, at: number, short: number): [length: number, header: number] {
  if (short < 126) return [short, 2]
  if (short === 126) return [bytes.readUInt16BE(at + 2), 4]
  return [Number(bytes.readBigUInt64BE(at + 2)), 10]
}
