/**
 * Starts the server: settings in; addresses, fingerprint and data folder out; and an ordered end on SIGINT or SIGTERM.
 * What keeps it from starting is one line that says what to do. An error that nobody caught ends the process with a line
 * and status 1: its state can't be trusted any more, everything acknowledged is on the disk, and what supervises it (see
 * docs/operating.md) starts it again.
 */
import path from "node:path"
import { readConfig, readEnvFile } from "./config.ts"
import { startServer } from "./server.ts"
import { StartError } from "./start-error.ts"

const END_WITHIN = 5_000

function fail(line: string): never {
  process.stderr.write(`${line}\n`)
  process.exit(1)
}

process.on("uncaughtException", (error) =>
  fail(`Unexpected ${error.name}: ${error.stack?.split("\n")[1]?.trim() ?? ""}`),
)

try {
  const config = readConfig(process.env, await readEnvFile(".env"))
  const server = await startServer(config)
  const end = () => {
    setTimeout(() => process.exit(1), END_WITHIN).unref()
    server.close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.once("SIGINT", end)
  process.once("SIGTERM", end)

  const say = (line: string) => process.stdout.write(`${line}\n`)
  for (const name of server.names) say(`Open https://${name.includes(":") ? `[${name}]` : name}:${server.port}`)
  if (server.fingerprint !== undefined) say(`Certificate authority (SHA-256): ${server.fingerprint}`)
  say(`Data folder: ${path.resolve(config.DATA_DIR)}`)
} catch (error) {
  fail(error instanceof StartError ? error.message : `Can't start: ${error instanceof Error ? error.stack : "unknown"}`)
}
