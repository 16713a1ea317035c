/**
 * Who is logged in in this browser, and the key of that account's vault: a CryptoKey that is not extractable, which IndexedDB
 * stores without ever handing out its bytes. Logging out deletes it.
 */
import { openDB } from "idb"
import type { Platform } from "../core/platform.ts"

const STORE = "current"
const SLOT = "account"

const open = () =>
  openDB("securechat", 1, {
    upgrade: (fresh) => {
      fresh.createObjectStore(STORE)
    },
  })

export const keySlot: Platform["keys"] = {
  async current() {
    const database = await open()
    const found: unknown = await database.get(STORE, SLOT)
    database.close()
    return isSlot(found) ? found : undefined
  },
  async keep(account, key) {
    const database = await open()
    await database.put(STORE, { account, key }, SLOT)
    database.close()
  },
  async forget() {
    const database = await open()
    await database.delete(STORE, SLOT)
    database.close()
  },
}

function isSlot(value: unknown): value is { account: string; key: CryptoKey } {
  if (typeof value !== "object" || value === null || !("account" in value) || !("key" in value)) return false
  return typeof value.account === "string" && value.key instanceof CryptoKey
}
