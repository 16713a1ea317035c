import assert from "node:assert/strict"
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { test } from "node:test"
import { ROOT } from "../helpers/chromium.ts"

interface SourceFile {
  /** Path from the root of the repository. */
  readonly file: string
  readonly text: string
  readonly lines: readonly string[]
}

async function filesBelow(folder: string, ending: RegExp): Promise<SourceFile[]> {
  const names = await readdir(path.join(ROOT, folder), { recursive: true }).catch(() => [])
  const files = names.map((name) => `${folder}/${name.split(path.sep).join("/")}`).filter((file) => ending.test(file))
  return Promise.all(
    files.sort().map(async (file) => {
      const text = await readFile(path.join(ROOT, file), "utf8")
      return { file, text, lines: text.split("\n") }
    }),
  )
}

const sources = await filesBelow("src", /\.ts$/)
const tests = await filesBelow("test", /\.ts$/)
const benches = await filesBelow("bench", /\.ts$/)

/** What a file imports: paths from the root for its own files, names for packages. */
function importsOf({ file, text }: SourceFile): string[] {
  const found = [
    ...text.matchAll(/^(?:import|export|\})(?: [^"'`]*)? from "([^"]+)"|^import "([^"]+)"|\bimport\("([^"]+)"\)/gm),
  ]
  return found
    .map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? "")
    .map((name) => (name.startsWith(".") ? path.posix.join(path.posix.dirname(file), name) : name))
}

interface Wing {
  readonly folder: string
  /** What its files may import: folders of the house, and packages. */
  readonly may: RegExp
}

// The first wing whose folder holds a file decides.
const WINGS: readonly Wing[] = [
  { folder: "src/shared/", may: /^src\/shared\// },
  { folder: "src/server/store/", may: /^src\/(?:server|shared)\/|^node:|^sqlite3$/ },
  { folder: "src/server/", may: /^src\/(?:server|shared)\/|^node:|^ws$/ },
  {
    folder: "src/client/core/mls/",
    may: /^src\/(?:client\/core|shared)\/|^ts-mls(?:\/|$)|^@noble\/hashes\/|^@hpke\/core$/,
  },
  { folder: "src/client/core/", may: /^src\/(?:client\/core|shared)\// },
  { folder: "src/client/node/", may: /^src\/(?:client\/(?:node|core)|shared)\/|^node:|^ws$/ },
  { folder: "src/client/browser/", may: /^src\/(?:client\/(?:browser|core)|shared)\/|^idb$/ },
  {
    folder: "src/client/ui/editor/",
    may: /^src\/(?:client\/(?:ui|core)|shared)\/|^prosemirror-[a-z-]+$/,
  },
  { folder: "src/client/ui/", may: /^src\/(?:client\/(?:ui|browser|core)|shared)\/|^qr$/ },
]

test("imports run only downward", () => {
  const wrong = sources.flatMap((source) => {
    const wing = WINGS.find(({ folder }) => source.file.startsWith(folder))
    if (wing === undefined) return [`${source.file} is in no wing`]
    return importsOf(source)
      .filter((name) => !wing.may.test(name))
      .map((name) => `${source.file} imports ${name}`)
  })
  assert.deepEqual(wrong, [])
})

test("the editor is loaded when it is wanted, and never before", () => {
  const early = sources
    .filter(({ file }) => !file.startsWith("src/client/ui/editor/"))
    .filter(({ text }) => /^(?:import|export|\})(?: [^"'`]*)? from "[^"]*\/editor\//m.test(text))
  assert.deepEqual(
    early.map(({ file }) => file),
    [],
  )
})

test("every import of a file of ours is written with its ending", () => {
  const wrong = sources.flatMap((source) =>
    importsOf(source)
      .filter((name) => name.startsWith("src/") && !/\.(?:ts|css)$/.test(name))
      .map((name) => `${source.file} imports ${name}`),
  )
  assert.deepEqual(wrong, [])
})

test("no file has more than 300 lines", () => {
  const long = [...sources, ...tests, ...benches].filter(({ lines }) => lines.length > 301)
  assert.deepEqual(
    long.map(({ file, lines }) => `${file}: ${lines.length - 1}`),
    [],
  )
})

test("every source file begins with what it holds", () => {
  const bare = sources.filter(({ text }) => !/^\/(?:\*\*|\/)/.test(text))
  assert.deepEqual(
    bare.map(({ file }) => file),
    [],
  )
})

interface Ban {
  readonly what: string
  readonly pattern: RegExp
  readonly where: (file: string) => boolean
  /** Whether it is meant for prose as well. */
  readonly alsoInComments?: true
}

const COMMENT = /^\s*(?:\/\*\*|\*|\/\/)/

const isTest = (file: string) => file.startsWith("test/")
const isClient = (file: string) => file.startsWith("src/client/")

const BANS: readonly Ban[] = [
  { what: "a type that is given up", pattern: /\bas any\b|[:<]\s*any\b|\bas unknown as\b/, where: () => true },
  {
    what: "a silenced checker",
    pattern: /@ts-(?:ignore|expect-error|nocheck)|biome-ignore|eslint-disable/,
    where: () => true,
    alsoInComments: true,
  },
  { what: "work left for later", pattern: /\b(?:TODO|FIXME|XXX)\b/, where: () => true, alsoInComments: true },
  {
    what: "the document in core",
    pattern: /(?<![.\w])(?:document|window|navigator|localStorage|sessionStorage|indexedDB)\s*\./,
    where: (file) => file.startsWith("src/client/core/"),
  },
  {
    what: "text that becomes markup or code",
    pattern:
      /\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment)\b|\beval\(|\bnew Function\b/,
    where: isClient,
  },
  {
    what: "SQL outside the store",
    pattern: /\b(?:SELECT .+ FROM|INSERT (?:OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM|PRAGMA) ?/,
    where: (file) => file.startsWith("src/") && !file.startsWith("src/server/store/"),
  },
  {
    what: "an address that is not ours",
    pattern: /["'`]https?:\/\/(?!localhost|www\.w3\.org\/|\[?\$\{|…|")/,
    where: (file) => file.startsWith("src/"),
  },
  {
    what: "a fixed wait",
    pattern: /\bsetTimeout\([^)]*\b\d{3,}|waitForTimeout|\b(?:sleep|delay)\(\d{3,}/,
    where: isTest,
  },
  {
    what: "a test that is left out",
    pattern: /\b(?:test|it|describe)\.(?:only|skip|todo)\b|\{ (?:only|skip|todo): true/,
    where: isTest,
  },
]

for (const { what, pattern, where, alsoInComments = false } of BANS)
  test(`nowhere in the house: ${what}`, () => {
    const found = [...sources, ...tests, ...benches]
      .filter(({ file }) => where(file) && file !== "test/unit/house.test.ts")
      .flatMap(({ file, lines }) =>
        lines.flatMap((line, index) =>
          pattern.test(line) && (alsoInComments || !COMMENT.test(line)) ? [`${file}:${index + 1} ${line.trim()}`] : [],
        ),
      )
    assert.deepEqual(found, [])
  })

test("pages have no script, style or handler of their own inside", async () => {
  const pages = await filesBelow("static", /\.(?:html|svg)$/)
  const inside = /<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=|["'=]\s*javascript:/i
  assert.deepEqual(
    pages.filter(({ text }) => inside.test(text)).map(({ file }) => file),
    [],
  )
})

test("pages and styles load nothing from elsewhere", async () => {
  const files = [
    ...(await filesBelow("static", /^static\/(?!build\/).*\.(?:html|css)$/)),
    ...(await filesBelow("src", /\.css$/)),
  ]
  assert.deepEqual(
    files
      .filter(({ text }) => /(?:src|href)=["']?(?:https?:)?\/\/|url\(["']?(?:https?:)?\/\//i.test(text))
      .map(({ file }) => file),
    [],
  )
})

test("packages have exact versions", async () => {
  const manifest = JSON.parse(await readFile(path.join(ROOT, "package.json"), "utf8"))
  const versions: unknown[] = [manifest.dependencies, manifest.devDependencies].flatMap((group) => Object.values(group))
  assert.notEqual(versions.length, 0)
  for (const version of versions) assert.match(String(version), /^\d+\.\d+\.\d+$/)
  assert.deepEqual(Object.keys(manifest.dependencies).sort(), ["sqlite3", "ws"])
})
