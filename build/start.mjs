/**
 * `npm start`: builds when a source is newer than the last build, then becomes the server. esbuild is loaded only
 * for building, so an image that holds a build and the two run-time packages starts without it.
 */
import { buildAll, isStale } from "./build.mjs"

if (await isStale()) {
  process.stdout.write("Building…\n")
  await buildAll()
}
await import("../dist/server.js")
