/**
 * `npm test`: builds, then runs every test there is, or only the files given: `npm test -- test/unit/schema.test.ts`.
 * Four files run at a time, two for each core of the smallest host: many wait a good part of their time, for a browser or
 * for a server to start.
 */
import { spawnSync } from "node:child_process"
import { readdir } from "node:fs/promises"
import { buildAll, isStale } from "./build.mjs"
import { bundleTests } from "./tests.mjs"

const KINDS = ["browser", "faults", "scenario", "unit"]
const CONCURRENCY = 4
/** Milliseconds for one file: a test that waits for what never comes fails instead of hanging. */
const FILE_WITHIN = 400_000

async function testFiles(kind) {
  const names = await readdir(`test/${kind}`).catch(() => [])
  return names.filter((name) => name.endsWith(".test.ts")).map((name) => `test/${kind}/${name}`)
}

if (await isStale()) await buildAll()
const given = process.argv.slice(2)
const files = await bundleTests(given.length > 0 ? given : (await Promise.all(KINDS.map(testFiles))).flat())
const options = [
  "--enable-source-maps",
  "--test",
  "--test-reporter=spec",
  `--test-concurrency=${CONCURRENCY}`,
  `--test-timeout=${FILE_WITHIN}`,
]
process.exitCode = spawnSync(process.execPath, [...options, ...files], { stdio: "inherit" }).status ?? 1
