/**
 * Certificate files, read with a bound and replaced as a whole. Every failure is a StartError of one line that names the
 * setting or the file and the system's code for it, never anything of a key.
 */
import { open, rename, rm } from "node:fs/promises"
import path from "node:path"
import { StartError } from "../start-error.ts"

/** Most bytes of one file: a chain of a dozen certificates is a tenth of it. */
export const FILE_MAX = 256 * 1024

/** The text of a file; undefined when there is none. `what` begins the line of an error, e.g. a setting's name. */
export async function readText(file: string, what: string): Promise<string | undefined> {
  const handle = await open(file, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined
    throw unreadable(what, error)
  })
  if (handle === undefined) return undefined
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(FILE_MAX + 1), 0, FILE_MAX + 1, 0)
    if (bytesRead > FILE_MAX) throw new StartError(`${what} is larger than ${FILE_MAX} bytes: no certificate or key.`)
    return buffer.toString("utf8", 0, bytesRead)
  } catch (error) {
    throw error instanceof StartError ? error : unreadable(what, error)
  } finally {
    await handle.close()
  }
}

function unreadable(what: string, error: unknown): StartError {
  return new StartError(`${what} can't be read (${codeOf(error)}). The user that runs SecureChat must be able to.`)
}

/**
 * Writes a file whole or not at all: a crash or a full disk leaves the old one. The new content is on the disk, under
 * its final name and with `mode`, when this resolves. `setting` is the one that says in which folder. Throws StartError.
 */
export async function replaceFile(file: string, content: string, mode: number, setting = "CERT_DIR"): Promise<void> {
  const temporary = `${file}.new`
  try {
    // One left by a crash may have another mode; "wx" makes sure that the key is only ever in a file with the right one.
    await rm(temporary, { force: true })
    const handle = await open(temporary, "wx", mode)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
    await syncFolder(path.dirname(file))
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw new StartError(
      `${file} can't be written (${codeOf(error)}). ${setting} must be a folder this user may write to.`,
    )
  }
}

/** A new name in a folder outlasts a power cut once the folder is synced; Windows can't open folders, and need not. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return
  const handle = await open(folder, "r")
  await handle.sync().finally(() => handle.close())
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown"
}
