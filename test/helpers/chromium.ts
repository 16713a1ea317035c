/**
 * Finds a Chromium for the tests: CHROME_PATH, else one that is installed, else the one that arrives as the npm package
 * @sparticuz/chromium. That package unpacks itself into the temporary folder file by file, and two test processes that
 * start together would run a half-written program; here each unpacks into a folder of its own and the first to finish
 * gives it the final name, which a rename does as a whole or not at all.
 */
import { mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"

export interface Chromium {
  readonly executablePath: string
  /** Variables that the program needs besides the environment. */
  readonly environment: Readonly<Record<string, string>>
  /** A folder of shared libraries for machines that lack some; to be tried when the program does not start without. */
  readonly spareLibraries: string | undefined
}

const NAMES = ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome"]
const PLACES = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/snap/bin/chromium",
  "/opt/google/chrome/chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
]

/** Where the browser is. Throws when CHROME_PATH names no file. */
export async function findChromium(): Promise<Chromium> {
  const given = process.env["CHROME_PATH"]
  if (given !== undefined && given !== "") {
    if (!(await isFile(given))) throw new Error(`CHROME_PATH is ${given}, and there is no file.`)
    return { executablePath: given, environment: {}, spareLibraries: undefined }
  }
  const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter((folder) => folder !== "")
  const candidates = [...folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name))), ...PLACES]
  for (const executablePath of candidates)
    if (await isFile(executablePath)) return { executablePath, environment: {}, spareLibraries: undefined }
  return fromPackage()
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  )
}

async function fromPackage(): Promise<Chromium> {
  const root = path.dirname(path.dirname(path.dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium"))))
  const { version } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8")) as { version: string }
  const folder = path.join(tmpdir(), `securechat-chromium-${version}`)
  if (!(await isFile(path.join(folder, "chromium")))) await unpack(path.join(root, "bin"), folder)
  return {
    executablePath: path.join(folder, "chromium"),
    environment: { FONTCONFIG_PATH: path.join(folder, "fonts") },
    spareLibraries: path.join(folder, "al2023", "lib"),
  }
}

async function unpack(packed: string, folder: string): Promise<void> {
  const { inflate } = await import("@sparticuz/chromium")
  const staging = await mkdtemp(`${folder}-`)
  // The package asks os.tmpdir() where to unpack, once at the beginning of each call.
  const before = process.env["TMPDIR"]
  process.env["TMPDIR"] = staging
  const done = ["chromium.br", "fonts.tar.br", "al2023.tar.br", "swiftshader.tar.br"].map((name) =>
    inflate(path.join(packed, name)),
  )
  if (before === undefined) delete process.env["TMPDIR"]
  else process.env["TMPDIR"] = before
  try {
    await Promise.all(done)
    await writeFile(path.join(staging, "fonts", "fonts.conf"), fontsConfiguration(folder))
    await rename(staging, folder)
  } catch (error) {
    await rm(staging, { recursive: true, force: true })
    if (!(await isFile(path.join(folder, "chromium")))) throw error
  }
}

/** The package's own file names folders of the host it is made for. */
function fontsConfiguration(folder: string): string {
  const folders = [path.join(folder, "fonts"), "/usr/share/fonts"].map((each) => `<dir>${each}</dir>`).join("")
  const cache = `<cachedir>${path.join(folder, "fonts-cache")}</cachedir>`
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>${folders}${cache}</fontconfig>\n`
}

/** The folder of the repository. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url))
