/**
 * One WebSocket text frame as bytes (RFC 6455 section 5.2), so that a message for three hundred sockets is put into
 * words and framed once. A server's frames are never masked (section 5.1), and none is compressed or fragmented here.
 */

const FINAL_TEXT = 0x81
/** Lengths that the second byte holds itself; then 126 announces two more bytes, 127 eight. */
const SHORT_MAX = 125
const TWO_BYTES_MAX = 0xffff

/** The frame of a text; it may be written to any number of sockets, by reference. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const headerLength = length <= SHORT_MAX ? 2 : length <= TWO_BYTES_MAX ? 4 : 10
  const frame = Buffer.allocUnsafe(headerLength + length)
  frame[0] = FINAL_TEXT
  if (headerLength === 2) frame[1] = length
  else if (headerLength === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(text, headerLength)
  return frame
}
