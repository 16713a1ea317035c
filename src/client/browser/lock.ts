/**
 * One tab at a time: a Web Lock, and a word from tab to tab before it changes hands. A tab that takes over asks the holder to
 * let go and waits until the holder's last write is done. Only a tab that does not answer loses the lock without being
 * asked: two tabs that write one device's keys would spoil them.
 */
import type { Lock } from "../core/platform.ts"

/** How long the holder has to let go, in milliseconds. */
const RELEASED_WITHIN = 5_000
const LET_GO = "let go"

/** See Platform.lock. */
export async function lock(name: string, steal: boolean): Promise<Lock | undefined> {
  if (!steal) return take(name, { ifAvailable: true })
  const channel = new BroadcastChannel(name)
  channel.postMessage(LET_GO)
  channel.close()
  const waiting = take(name, { signal: AbortSignal.timeout(RELEASED_WITHIN) })
  return waiting.catch(() => take(name, { steal: true }))
}

function take(name: string, options: LockOptions): Promise<Lock | undefined> {
  return new Promise((resolve, reject) => {
    let lose = (): void => undefined
    const lost = new Promise<void>((tell) => {
      lose = tell
    })
    const held = (mine: globalThis.Lock | null): Promise<void> => {
      if (mine === null) {
        resolve(undefined)
        return Promise.resolve()
      }
      const channel = new BroadcastChannel(name)
      channel.addEventListener("message", lose)
      return new Promise((end) => {
        const release = (): void => {
          channel.close()
          end()
        }
        resolve({ lost, release })
      })
    }
    // Fails when the wait was too long, or when somebody has taken the lock by force.
    navigator.locks.request(name, options, held).catch((error: unknown) => {
      lose()
      reject(error)
    })
  })
}
