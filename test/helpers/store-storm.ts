/**
 * A process that writes to a store as fast as it can until it is killed: `node --import tsx store-storm.ts <folder>
 * <after> <account id> <name> <device>`. Prints "<message id> <seq>" for each message once it is acknowledged.
 */
import { writeSync } from "node:fs"
import { Rooms } from "../../src/server/rooms.ts"
import { openStore } from "../../src/server/store/index.ts"
import { accountName, deviceId } from "../../src/shared/ids.ts"
import { GENERAL } from "./store.ts"
import { applicationMessage, randomId } from "./ws-messages.ts"

const SENDERS = 20

const [dir = "", after = "", account = "", name = "", device = ""] = process.argv.slice(2)
const session = {
  account: { id: Number(account), name: accountName.parse(name, "name") },
  device: deviceId.parse(device, "device"),
}
const rooms = new Rooms(await openStore({ dir }), Date.now)

async function sendForEver(): Promise<never> {
  for (;;) {
    const request = { id: randomId(), room: GENERAL, after: Number(after), message: applicationMessage(0, 600) }
    const { seq } = await rooms.send(session, request)
    writeSync(process.stdout.fd, `${request.id} ${seq}\n`)
    void rooms.persisted(session, GENERAL, seq)
  }
}
await Promise.all(Array.from({ length: SENDERS }, sendForEver))
