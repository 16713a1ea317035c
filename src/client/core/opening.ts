/** The way to an open chat: whoever is logged in on this device, their lock, and what they have stored. */
import { Chat } from "./chat.ts"
import type { Platform } from "./platform.ts"
import { SealedVault } from "./sealed-vault.ts"
import { ClientError } from "./types.ts"

/**
 * Opens the chat of the account that is logged in on this device; history can be read at once, with or without a server.
 * The connection is made from then on, and what comes over it is told after this has resolved: listeners that are added at
 * once miss no line. Throws ClientError `locked` when nobody is logged in, `already_open` when another holder of the
 * platform's lock has it and `takeOver` is false, and what the storage throws.
 */
export async function openChat(platform: Platform, { takeOver = false } = {}): Promise<Chat> {
  const current = await platform.keys.current()
  if (current === undefined) throw new ClientError("locked")
  const lock = await platform.lock(`SecureChat ${current.account}`, takeOver)
  if (lock === undefined) throw new ClientError("already_open")
  try {
    return await Chat.open(platform, lock, new SealedVault(await platform.openVault(current.account), current.key))
  } catch (error) {
    lock.release()
    throw error
  }
}
