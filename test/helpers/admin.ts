/** The command of the person who runs a server, as a process of its own beside the server. */
import { execFile } from "node:child_process"
import path from "node:path"
import { ROOT } from "./chromium.ts"

export interface Printed {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs it in `folder`, whose `data` is the server's. */
export function admin(folder: string, ...args: readonly string[]): Promise<Printed> {
  const command = ["--import", import.meta.resolve("tsx"), path.join(ROOT, "src/server/admin.ts"), ...args]
  const { PATH } = process.env
  const options = { cwd: folder, env: { PATH, DATA_DIR: "data" } }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, command, options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

/** Makes a reset code, as the person who runs the server gives it to somebody. */
export async function resetCode(folder: string, name: string): Promise<string> {
  const { stdout, stderr } = await admin(folder, "reset", name)
  const [code] = stdout.split("\n")
  if (code === undefined || code === "") throw new Error(stderr)
  return code
}
