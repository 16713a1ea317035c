/**
 * The scrypt gate. The browser proves that it knows the password by a value derived from it (DESIGN section 7); what is
 * stored is scrypt of that value, so a stolen database cannot be used to log in. scrypt's second half never touches the disk:
 * it seals the wrapped account key at rest, which therefore opens only while somebody is logging in.
 *
 * One run takes about a third of a second of one core and 32 MiB on purpose, so runs go one at a time, in the order in which
 * they came; a bounded number waits, and whoever comes after that is told to try again. One network can't fill the queue
 * alone, so that whoever floods it shuts himself out first. The parameters are stored with each account, to be raised later.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt, timingSafeEqual } from "node:crypto"
import { UserError } from "../shared/errors.ts"

const COST = { N: 2 ** 15, r: 8, p: 3 }
const SALT_LENGTH = 16
const HALF = 32
const NONCE_LENGTH = 12
const TAG_LENGTH = 16
const MAX_MEMORY = 64 * 1024 * 1024

const AT_ONCE = 1
const WAITING_MAX = 64
/** Of those, from one network. */
const WAITING_MAX_EACH = 48
/** What a run takes on a slow host: the base of the wait that is named to those who are turned away. */
const SECONDS_PER_RUN = 0.5

interface Cost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** What is stored of a proof. `cost` is "N:r:p". */
export interface Verifier {
  readonly verifier: Uint8Array
  readonly verifierSalt: Uint8Array
  readonly verifierCost: string
}

/** A proof that was right, and the key that its scrypt run gave besides: 32 bytes, for `open` and `seal`. */
export type SealingKey = Uint8Array & { readonly sealing: unique symbol }

/** scrypt (RFC 7914) of a secret, to `length` bytes. */
export type Scrypt = (secret: Uint8Array, salt: Uint8Array, length: number, cost: Cost) => Promise<Buffer>

const nodeScrypt: Scrypt = (secret, salt, length, cost) =>
  new Promise((resolve, reject) =>
    scrypt(secret, salt, length, { ...cost, maxmem: MAX_MEMORY }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    ),
  )

export class Passwords {
  readonly #scrypt: Scrypt
  readonly #nobody: Verifier = {
    verifier: randomBytes(HALF),
    verifierSalt: randomBytes(SALT_LENGTH),
    verifierCost: write(COST),
  }
  #running = 0
  /** Whoever waits, first come first, by the function that lets him go on. */
  readonly #waiting: { readonly whose: string; readonly goOn: () => void }[] = []

  constructor(run: Scrypt = nodeScrypt) {
    this.#scrypt = run
  }

  /** Makes what is stored of a proof, and the key that seals. `whose` is the visitor's network. Throws UserError `busy`. */
  async hash(proof: Uint8Array, whose: string): Promise<Verifier & { readonly sealingKey: SealingKey }> {
    const verifierSalt = randomBytes(SALT_LENGTH)
    const { half, sealingKey } = await this.#derive(proof, verifierSalt, COST, whose)
    return { verifier: half, verifierSalt, verifierCost: write(COST), sealingKey }
  }

  /**
   * Checks a proof; resolves to the sealing key when it is right. For an account that doesn't exist (`stored` undefined)
   * it does the same work and answers the same. Throws UserError `busy`.
   */
  async check(proof: Uint8Array, stored: Verifier | undefined, whose: string): Promise<SealingKey | undefined> {
    const { verifier, verifierSalt, verifierCost } = stored ?? this.#nobody
    const { half, sealingKey } = await this.#derive(proof, verifierSalt, read(verifierCost), whose)
    const matches = timingSafeEqual(half, verifier)
    return matches && stored !== undefined ? sealingKey : undefined
  }

  async #derive(proof: Uint8Array, salt: Uint8Array, cost: Cost, whose: string) {
    await this.#enter(whose)
    try {
      const derived = await this.#scrypt(proof, salt, 2 * HALF, cost)
      return { half: derived.subarray(0, HALF), sealingKey: derived.subarray(HALF) as Uint8Array as SealingKey }
    } finally {
      this.#leave()
    }
  }

  async #enter(whose: string): Promise<void> {
    if (this.#running < AT_ONCE) {
      this.#running += 1
      return
    }
    const own = this.#waiting.filter((each) => each.whose === whose).length
    if (this.#waiting.length >= WAITING_MAX || own >= WAITING_MAX_EACH)
      throw new UserError("busy", { seconds: Math.ceil(this.#waiting.length * SECONDS_PER_RUN) })
    await new Promise<void>((goOn) => this.#waiting.push({ whose, goOn }))
  }

  /** Hands the place on, so that nobody who comes now gets in before those who wait. */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running -= 1
    else next.goOn()
  }
}

const write = ({ N, r, p }: Cost): string => `${N}:${r}:${p}`

function read(cost: string): Cost {
  const [, N, r, p] = /^(\d{1,8}):(\d{1,3}):(\d{1,3})$/.exec(cost) ?? []
  if (p === undefined) throw new Error("a stored scrypt cost is damaged")
  return { N: Number(N), r: Number(r), p: Number(p) }
}

/** Encrypts under a sealing key with AES-256-GCM: nonce, ciphertext, tag. */
export function seal(key: SealingKey, plain: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_LENGTH)
  const cipher = createCipheriv("aes-256-gcm", key, nonce)
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** Decrypts what `seal` made. Throws for anything else. */
export function open(key: SealingKey, sealed: Uint8Array): Uint8Array<ArrayBuffer> {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_LENGTH), { authTagLength: TAG_LENGTH })
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_LENGTH))
  const body = sealed.subarray(NONCE_LENGTH, sealed.length - TAG_LENGTH)
  return new Uint8Array(Buffer.concat([decipher.update(body), decipher.final()]))
}
