/**
 * A reader and a writer for the few byte layouts that are our own (credential, charter, statements, saved identity).
 * Big-endian, lengths in one byte, no optional trailing bytes: one value has exactly one encoding.
 */
import { concatBytes } from "../../../shared/bytes.ts"
import { type RefusalCode, refuse } from "./refusal.ts"

/** Reads front to back; whatever does not fit is refused with the code given. */
export class Reader {
  readonly #bytes: Uint8Array
  readonly #code: RefusalCode
  #at = 0

  constructor(bytes: Uint8Array, code: RefusalCode) {
    this.#bytes = bytes
    this.#code = code
  }

  /** A copy of the next `length` bytes. */
  take(length: number): Uint8Array<ArrayBuffer> {
    const from = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) return refuse(this.#code)
    return new Uint8Array(this.#bytes.subarray(from, this.#at))
  }

  u8(): number {
    return this.take(1)[0] ?? 0
  }

  u32(): number {
    const bytes = this.take(4)
    return new DataView(bytes.buffer).getUint32(0)
  }

  /** Bytes after their length in one byte. */
  short(): Uint8Array<ArrayBuffer> {
    return this.take(this.u8())
  }

  /** Whether anything is left. */
  get done(): boolean {
    return this.#at === this.#bytes.length
  }

  /** Refuses unless everything was read. */
  end(): void {
    if (!this.done) refuse(this.#code)
  }
}

export const u8 = (value: number): Uint8Array => Uint8Array.of(value)

export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

/** Bytes of at most 255 after their length in one byte. */
export const short = (bytes: Uint8Array): Uint8Array => concatBytes(u8(bytes.length), bytes)

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text))
