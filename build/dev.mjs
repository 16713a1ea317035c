/** `npm run dev`: builds, serves, and does both again whenever a source changes. Reload the page to see it. */
import { spawn } from "node:child_process"
import { watch } from "node:fs"
import { buildAll } from "./build.mjs"

const QUIET_MS = 150

let server
let waiting

async function rebuild() {
  try {
    await buildAll()
  } catch {
    return // esbuild has printed what is wrong; the server of the last good build goes on
  }
  server?.kill("SIGTERM")
  server = spawn(process.execPath, ["dist/server.js"], { stdio: "inherit" })
}

await rebuild()
for (const folder of ["src", "static"])
  watch(folder, { recursive: true }, (_, name) => {
    if (name?.startsWith("build")) return
    clearTimeout(waiting)
    waiting = setTimeout(rebuild, QUIET_MS)
  })
