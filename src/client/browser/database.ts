/**
 * Vaults in IndexedDB: one database per account, one object store, text keys and bytes. A write is one transaction with
 * strict durability: it resolves when the browser says that it is on the disk. Whoever destroys a vault does not wait for others
 * that have it open: their handle closes, and what they still want fails.
 */
import { deleteDB, type IDBPDatabase, openDB } from "idb"
import type { Vault, VaultChange, VaultRange } from "../core/platform.ts"

const STORE = "records"

/** Opens or makes the vault of an account. */
export async function openBrowserVault(account: string): Promise<Vault> {
  const name = `securechat ${account}`
  const database = await openDB(name, 1, {
    upgrade: (fresh) => {
      fresh.createObjectStore(STORE)
    },
    blocking: () => database.close(),
  })
  return {
    get: async (key) => bytesIn(await database.get(STORE, key)),
    range: (range) => readRange(database, range),
    write: (changes) => write(database, changes),
    close: () => database.close(),
    destroy: async () => {
      database.close()
      await deleteDB(name)
    },
  }
}

async function readRange(database: IDBPDatabase, { from, before, limit, newest }: VaultRange) {
  // A range without room is an error to IndexedDB.
  if (from >= before) return []
  const found: { readonly key: string; readonly value: Uint8Array }[] = []
  const range = IDBKeyRange.bound(from, before, false, true)
  const transaction = database.transaction(STORE, "readonly")
  let cursor = await transaction.store.openCursor(range, newest ? "prev" : "next")
  while (cursor !== null && found.length < limit) {
    const value = bytesIn(cursor.value)
    if (value !== undefined) found.push({ key: String(cursor.key), value })
    cursor = await cursor.continue()
  }
  return newest ? found.reverse() : found
}

async function write(database: IDBPDatabase, changes: readonly VaultChange[]): Promise<void> {
  // Copied, because IndexedDB stores the whole buffer that a value is a part of.
  const copies = changes.map(({ key, value }) => ({ key, value: value?.slice() }))
  const { store, done } = database.transaction(STORE, "readwrite", { durability: "strict" })
  const asked = copies.map(({ key, value }) => (value === undefined ? store.delete(key) : store.put(value, key)))
  await Promise.all([...asked, done])
}

const bytesIn = (value: unknown): Uint8Array | undefined => (value instanceof Uint8Array ? value : undefined)
