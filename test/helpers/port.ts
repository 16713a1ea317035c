/**
 * Ports for servers that go away and come back to the same address. They are none that the system hands out by itself
 * (for port 0, and as the near end of every connection): while the server is down, such a port can become anybody's, also
 * that of the very client that tries to reach it.
 */
import { randomInt } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:net"

/** Linux hands out ports from 32,768 on, other systems from 49,152 on. */
const LOWEST = 20_000
const HIGHEST = 30_000

/** Resolves to a port that nobody listens on. */
export async function portToComeBackTo(): Promise<number> {
  const probe = createServer()
  const port = randomInt(LOWEST, HIGHEST)
  const listens = once(probe, "listening").then(
    () => true,
    () => false,
  )
  probe.listen(port)
  const isFree = await listens
  probe.close()
  return isFree ? port : portToComeBackTo()
}
