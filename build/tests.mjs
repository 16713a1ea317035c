/**
 * Bundles the tests, with helpers and sources in shared chunks, so that each file starts as plain JavaScript: Node 20 runs
 * TypeScript only through a loader, which costs more than most test files do. Packages stay outside. The sources keep the
 * URL of where they are written, by which they find what lies beside them.
 */
import { readFile, rm } from "node:fs/promises"
import path from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const ROOT = fileURLToPath(new URL("..", import.meta.url))
const OUT = "dist/test"
const LOADERS = { ".ts": "ts", ".mjs": "js" }

const ownUrls = {
  name: "own-urls",
  setup({ onLoad }) {
    onLoad({ filter: /\.(?:ts|mjs)$/ }, async ({ path: file }) => {
      const text = await readFile(file, "utf8")
      const url = JSON.stringify(pathToFileURL(file).href)
      return { contents: text.replaceAll("import.meta.url", url), loader: LOADERS[path.extname(file)] }
    })
  },
}

/** Bundles these test files; resolves to the bundles' paths, in their order. */
export async function bundleTests(files) {
  const { build } = await import("esbuild")
  await rm(path.join(ROOT, OUT), { recursive: true, force: true })
  await build({
    ...{ absWorkingDir: ROOT, entryPoints: files, outdir: OUT, outbase: "test", plugins: [ownUrls] },
    ...{ bundle: true, splitting: true, packages: "external", sourcemap: "linked" },
    ...{ format: "esm", platform: "node", target: "node20", logLevel: "warning" },
  })
  return files.map((file) => path.join(OUT, path.relative("test", file)).replace(/\.ts$/, ".js"))
}
