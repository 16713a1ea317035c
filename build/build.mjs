/**
 * Makes everything that runs from what is written:
 *
 *   dist/server.js        the server, one file beside its two packages (ws, sqlite3)
 *   dist/admin.js         its command for the person who runs it
 *   dist/core/index.js    the client core and its platform for Node: tests, load generators, bots
 *   static/build/         the pages' scripts and styles, minified, each with its brotli copy
 *
 * The client bundles pass through the MLS fixes (ts-mls-fixes.mjs), which stop the build when the library is not
 * byte for byte the one that was reviewed, and the emoji of the picker are trimmed (emoji.mjs), whose size it prints and
 * bounds. `dist/stamp` is written last: a build that broke half way is never used.
 */
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { brotliCompress, constants } from "node:zlib"
import { EMOJI_PACKAGE, emojiBytes, emojiTable, reportEmojiBytes } from "./emoji.mjs"

const ROOT = fileURLToPath(new URL("..", import.meta.url))
const STAMP = path.join(ROOT, "dist", "stamp")
const SOURCES = ["src", "build", "package-lock.json"]

/** Whether a source is newer than the last whole build, or there was none. */
export async function isStale() {
  const built = await stat(STAMP).catch(() => undefined)
  if (built === undefined) return true
  const newest = await Promise.all(SOURCES.map((source) => newestChange(path.join(ROOT, source))))
  return Math.max(...newest) > built.mtimeMs
}

/** Milliseconds of the newest change at or below a path; 0 when there is nothing, as in an image without sources. */
async function newestChange(at) {
  const found = await stat(at).catch(() => undefined)
  if (found === undefined) return 0
  if (!found.isDirectory()) return found.mtimeMs
  const below = await readdir(at)
  return Math.max(found.mtimeMs, ...(await Promise.all(below.map((name) => newestChange(path.join(at, name))))))
}

const COMMON = { absWorkingDir: ROOT, bundle: true, format: "esm", logLevel: "warning", metafile: true }
const FOR_NODE = { ...COMMON, platform: "node", target: "node20", sourcemap: "linked" }

/** The bundles, as esbuild options. `fixes` makes a fresh plugin each, because it counts what it replaced. */
function bundles(fixes) {
  return {
    server: {
      ...FOR_NODE,
      entryPoints: ["src/server/main.ts"],
      outfile: "dist/server.js",
      external: ["ws", "sqlite3"],
    },
    admin: {
      ...FOR_NODE,
      entryPoints: ["src/server/admin.ts"],
      outfile: "dist/admin.js",
      external: ["sqlite3"],
    },
    core: {
      ...FOR_NODE,
      entryPoints: ["src/client/node/index.ts"],
      outfile: "dist/core/index.js",
      external: ["ws"],
      plugins: [fixes()],
    },
    pages: {
      ...COMMON,
      platform: "browser",
      target: "es2022",
      splitting: true,
      minify: true,
      charset: "utf8",
      define: { EMOJI_TABLE: JSON.stringify(emojiTable()) },
      entryPoints: {
        home: "src/client/ui/home.ts",
        chat: "src/client/ui/chat.ts",
        "home-style": "src/client/ui/styles/home.css",
        "chat-style": "src/client/ui/styles/chat.css",
      },
      outdir: "static/build",
      chunkNames: "part-[hash]",
      plugins: [fixes()],
    },
    /** Runs before the page is painted, so it is no module and brings all it needs. */
    early: {
      ...COMMON,
      platform: "browser",
      format: "iife",
      target: "es2022",
      minify: true,
      entryPoints: { appearance: "src/client/ui/appearance-early.ts" },
      outdir: "static/build",
    },
  }
}

const PAGES = ["pages", "early"]

/** Builds all, or only the bundles named. Throws when one fails; nothing is stamped then. */
export async function buildAll(names) {
  const { build } = await import("esbuild")
  const { tsMlsFixes } = await import("./ts-mls-fixes.mjs")
  const isWanted = (name) => names === undefined || names.includes(PAGES.includes(name) ? "pages" : name)
  const wanted = Object.entries(bundles(tsMlsFixes)).filter(([name]) => isWanted(name))
  await rm(STAMP, { force: true })
  if (wanted.some(([name]) => name === "pages"))
    await rm(path.join(ROOT, "static/build"), { recursive: true, force: true })
  const results = await Promise.all(wanted.map(async ([name, options]) => [name, await build(options)]))
  const pages = results.filter(([name]) => PAGES.includes(name)).map(([, { metafile }]) => metafile)
  if (pages.length > 0) await finishPages(pages)
  await mkdir(path.dirname(STAMP), { recursive: true })
  if (names === undefined) await writeFile(STAMP, "")
}

/** The bundle that is loaded when somebody wants to format, and the bytes of brotli that it may have. */
const EDITOR = "src/client/ui/editor/index.ts"
const EDITOR_MAX = 75_000

/** The notices that the bundled packages' licences ask for, and the brotli copies that the server sends. */
async function finishPages(metafiles) {
  const inputs = metafiles.flatMap((metafile) => Object.keys(metafile.inputs))
  const outputs = Object.assign({}, ...metafiles.map((metafile) => metafile.outputs))
  const licences = await licencesOf([...inputs, `node_modules/${EMOJI_PACKAGE}/`])
  await writeFile(path.join(ROOT, "static/build/licences.txt"), licences)
  await Promise.all(Object.keys(outputs).map(compress))
  const sentBytes = async (file) => (await stat(path.join(ROOT, `${file}.br`))).size
  reportEmojiBytes(await emojiBytes(outputs, sentBytes))
  await checkEditor(outputs)
}

/** Stops the build when the editor is larger than it may be: all that a chat page must still load for it. */
async function checkEditor(outputs) {
  const of = (entry) =>
    withImports(
      outputs,
      Object.keys(outputs).find((file) => outputs[file].entryPoint === entry),
    )
  const [page, editor] = [of("src/client/ui/chat.ts"), of(EDITOR)]
  const sizes = [...editor].filter((file) => !page.has(file)).map((file) => stat(path.join(ROOT, `${file}.br`)))
  const bytes = (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0)
  if (bytes > EDITOR_MAX) throw new Error(`the editor has ${bytes} bytes of brotli, and may have ${EDITOR_MAX}`)
}

/** A file of the output with all that it loads at once. */
function withImports(outputs, file, seen = new Set()) {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const { path: next, kind } of outputs[file].imports)
    if (kind === "import-statement") withImports(outputs, next, seen)
  return seen
}

async function compress(file) {
  const plain = await readFile(path.join(ROOT, file))
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
  await writeFile(path.join(ROOT, `${file}.br`), await promisify(brotliCompress)(plain, { params }))
}

async function licencesOf(inputs) {
  const packages = inputs.map((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1])
  const notices = [...new Set(packages.filter((name) => name !== undefined))].sort().map(async (name) => {
    const folder = path.join(ROOT, "node_modules", name)
    const { version, license } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"))
    const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each))
    const text = file === undefined ? "" : await readFile(path.join(folder, file), "utf8")
    return `${name} ${version} (${license})\n\n${text.trim()}\n`
  })
  return (await Promise.all(notices)).join("\n----\n\n")
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2)
  await buildAll(names.length > 0 ? names : undefined)
}
