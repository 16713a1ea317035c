/**
 * KeyPackages (RFC 9420 section 10): what others need to add this device to a room while it is away. The server holds some
 * and gives each out once; when they are used up it gives out the last resort, which is renewed now and then. Their
 * private parts stay here until their Welcome came, or their time is over.
 */

import { API } from "../../shared/api.ts"
import { toHex } from "../../shared/bytes.ts"
import { LIMITS } from "../../shared/limits.ts"
import { call } from "./api.ts"
import { type MadeKeyPackage, makeKeyPackage } from "./mls/index.ts"
import { KEY_PACKAGES, keyPackageKey, keyPackageRecord, readRecord, writeRecord } from "./records.ts"
import type { Surroundings } from "./room-surroundings.ts"
import type { RecordChange } from "./sealed-vault.ts"

const DAY = 24 * 60 * 60 * 1000
/** More are made when the server has fewer than this. */
const ENOUGH = 15
const AT_ONCE = 25
const LAST_RESORT_RENEWED_AFTER = 10 * DAY
/** A KeyPackage lives 30 days; its Welcome may wait as long again. */
const KEPT_FOR = 60 * DAY
const STORED_MAX = 10_000

type Around = Pick<Surroundings, "platform" | "vault" | "identity">

/** The private parts for one of these references, and what deletes them once they are used. */
export async function privatePartsFor({ vault }: Around, references: readonly Uint8Array[]) {
  for (const reference of references) {
    const key = keyPackageKey(toHex(reference))
    const stored = await vault.get(key)
    if (stored === undefined) continue
    const { parts, isLastResort } = readRecord(keyPackageRecord, stored)
    const used: RecordChange[] = isLastResort ? [] : [{ key, value: undefined }]
    return { parts, used }
  }
  return undefined
}

/** Hands in new KeyPackages when the server has few left of this device. Throws ClientError. */
export async function topUp(around: Around, left: number): Promise<void> {
  const now = around.platform.now()
  const stored = await readStored(around)
  const needsLastResort = !stored.some(
    ({ isLastResort, madeAt }) => isLastResort && madeAt > now - LAST_RESORT_RENEWED_AFTER,
  )
  const count = left < ENOUGH ? Math.min(AT_ONCE, LIMITS.keyPackagesPerDevice - left) : 0
  const made = await makeSome(around, count, now)
  const lastResort = needsLastResort ? await makeKeyPackage(around.identity, now) : undefined
  if (made.length === 0 && lastResort === undefined) return
  await around.vault.write([
    ...stored.filter(({ madeAt }) => madeAt < now - KEPT_FOR).map(({ key }) => ({ key, value: undefined })),
    ...made.map((each) => storing(each, now, false)),
    ...(lastResort === undefined ? [] : [storing(lastResort, now, true)]),
  ])
  const keyPackages = made.map(({ keyPackage }) => new Uint8Array(keyPackage))
  const last = lastResort === undefined ? {} : { lastResort: new Uint8Array(lastResort.keyPackage) }
  await call(around.platform, API.keyPackages, { body: { keyPackages, ...last } })
}

async function readStored({ vault }: Around) {
  const found = await vault.list(KEY_PACKAGES, { limit: STORED_MAX })
  return found.map(({ key, value }) => ({ key, ...readRecord(keyPackageRecord, value) }))
}

async function makeSome({ identity }: Around, count: number, now: number): Promise<MadeKeyPackage[]> {
  const made: MadeKeyPackage[] = []
  for (let each = 0; each < count; each++) made.push(await makeKeyPackage(identity, now))
  return made
}

function storing({ reference, privateParts }: MadeKeyPackage, madeAt: number, isLastResort: boolean): RecordChange {
  const value = writeRecord(keyPackageRecord, { madeAt, isLastResort, parts: new Uint8Array(privateParts) })
  return { key: keyPackageKey(toHex(reference)), value }
}
