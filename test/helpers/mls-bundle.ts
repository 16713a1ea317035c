/**
 * The MLS part as tests must see it: bundled through the plugin that replaces the library's faulty functions. Imported
 * un-bundled it would run on the unfixed library. The bundle also hands out the library's raw functions, which the tests
 * need for published vectors and for attackers who follow no rules; the product's bundle does not.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"
import { tsMlsFixes } from "../../build/ts-mls-fixes.mjs"

const ROOT = fileURLToPath(new URL("../../", import.meta.url))

/** The entry that is bundled: our public surface, and the library beneath it. */
export type MlsBundle = typeof import("./mls-entry.ts")

/** Bundles for Node into a temporary folder and imports the result; the folder is gone afterwards. */
export async function loadMlsBundle(): Promise<MlsBundle> {
  const folder = await mkdtemp(join(tmpdir(), "securechat-mls-"))
  try {
    const outfile = join(folder, "mls.mjs")
    await build({
      entryPoints: [join(ROOT, "test/helpers/mls-entry.ts")],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      logLevel: "silent",
      plugins: [tsMlsFixes()],
    })
    const loaded: MlsBundle = await import(pathToFileURL(outfile).href)
    return loaded
  } finally {
    await rm(folder, { recursive: true })
  }
}
