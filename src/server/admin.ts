/**
 * The command for the person who runs a server: `npm run admin -- reset NAME` prints a code with which somebody who has lost
 * both the password and the recovery code can give the account a new key (reset-code.ts). It reads the same settings as the
 * server, needs its secret and nothing else, and works while the server runs. It looks into the database for the name only.
 */
import { type AccountName, accountName } from "../shared/ids.ts"
import { writeRecoveryCode } from "../shared/recovery-code.ts"
import { readConfig, readEnvFile } from "./config.ts"
import { makeResetCode } from "./reset-code.ts"
import { readSecrets } from "./secret.ts"
import { StartError } from "./start-error.ts"
import { isName } from "./store/index.ts"

const USAGE = "Write: npm run admin -- reset NAME"

/** Throws StartError with one line that says what to do. */
async function run([command, text, ...others]: readonly string[]): Promise<string> {
  if (command !== "reset" || text === undefined || others.length > 0) throw new StartError(USAGE)
  const { DATA_DIR, SECRET_KEY } = readConfig(process.env, await readEnvFile(".env"))
  const name = parseName(text)
  if (name === undefined || !(await isName(DATA_DIR, name))) throw new StartError("There is no account of that name.")
  const code = makeResetCode(await readSecrets(DATA_DIR, SECRET_KEY), name, Date.now())
  return [
    await writeRecoveryCode(code),
    `Good for one day and one use. Hand it over yourself: whoever has it can take the account "${name}".`,
    "Their history stays unreadable, and everybody they talk with is told that their key has changed.",
  ].join("\n")
}

function parseName(text: string): AccountName | undefined {
  try {
    return accountName.parse(text, "name")
  } catch {
    return undefined
  }
}

try {
  process.stdout.write(`${await run(process.argv.slice(2))}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof StartError ? error.message : `Can't: ${String(error)}`}\n`)
  process.exitCode = 1
}
