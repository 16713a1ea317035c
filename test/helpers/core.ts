/**
 * The client core as people run it: the bundle that `npm run build` makes, in which the MLS library's faulty functions are
 * replaced. Imported from its sources core would run on the unfixed library.
 */
import { fileURLToPath, pathToFileURL } from "node:url"

const BUNDLE = pathToFileURL(fileURLToPath(new URL("../../dist/core/index.js", import.meta.url)))

/** Core and its platform for Node. */
export const core: typeof import("../../src/client/node/index.ts") = await import(BUNDLE.href)
