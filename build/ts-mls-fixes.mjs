// The esbuild plugin through which ts-mls 1.6.4 enters every bundle: it swaps single exported declarations of the
// library for our own modules (src/client/core/mls/fixes), because three of them are wrong, one never ends on hostile
// input, and two accept everybody (docs/encryption.md says which and why). Code that runs un-bundled gets the unfixed
// library, so tests of core run against a bundle made with this plugin.
//
// A silent miss would be the worst outcome, so the build fails when a library file is not byte for byte the one that
// was reviewed, when a declaration isn't found exactly once, or when a file was loaded never or from several copies.
import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"

const OURS = new URL("../src/client/core/mls/fixes/", import.meta.url)

/**
 * What is replaced: `file` below ts-mls/dist/src, the sha256 of the reviewed file, our module, and how each replaced
 * declaration begins.
 * @typedef {{ file: string, sha256: string, by: string, declarations: readonly string[] }} Fix
 * @type {readonly Fix[]}
 */
export const FIXES = [
  {
    file: "clientState.js",
    sha256: "63645bc3be6ec7f6d4f6d88af5c0b63e34f5e1fea693c62bd958d228b51b6f61",
    by: "tree-check.ts",
    declarations: [
      "export async function validateRatchetTree(",
      "export async function validateLeafNodeCredentialAndKeyUniqueness(",
    ],
  },
  {
    file: "treemath.js",
    sha256: "61658c7f2fbecb170796bffa5cf0137b188b015a136e1059ab0146a1c0de78e2",
    by: "tree-math.ts",
    declarations: ["export function parent("],
  },
  {
    file: "ratchetTree.js",
    sha256: "669956ceac1962bdd2bf74c296f9f93b37ba3397949f45c95b9c3036550cdf5c",
    by: "ratchet-tree.ts",
    declarations: ["export function extendRatchetTree("],
  },
  {
    file: "authenticationService.js",
    sha256: "f35ad8a228eb4f8b0e261073fb95ad6c0ad037879bc611b60dad1754ef436f37",
    by: "defaults.ts",
    declarations: ["export const defaultAuthenticationService = "],
  },
  {
    file: "incomingMessageAction.js",
    sha256: "f6e80ceffb1e2432f249401cea0b70c13b12764863e871711e355185e84ea9ba",
    by: "defaults.ts",
    declarations: ["export const acceptAll = "],
  },
]

/** Renames the declaration to replaced_<name>, so that ours can be exported under the name. */
function cutOut(source, declaration) {
  const parts = source.split(declaration)
  if (parts.length !== 2) throw new Error(`expected one "${declaration}", found ${parts.length - 1}`)
  const name = /(\w+)(?:\(| = )$/.exec(declaration)?.[1]
  if (name === undefined) throw new Error(`"${declaration}" names nothing`)
  return { name, source: parts.join(declaration.replace("export ", "").replace(name, `replaced_${name}`)) }
}

function replace(fix, original) {
  const sha256 = createHash("sha256").update(original).digest("hex")
  if (sha256 !== fix.sha256) throw new Error(`the file changed (sha256 ${sha256}): review it against ${fix.by}`)
  const names = []
  let source = original
  for (const declaration of fix.declarations) {
    const cut = cutOut(source, declaration)
    source = cut.source
    names.push(cut.name)
  }
  const from = JSON.stringify(fileURLToPath(new URL(fix.by, OURS)))
  return `import { ${names.join(", ")} } from ${from}\nexport { ${names.join(", ")} }\n${source}`
}

/**
 * Makes the plugin. `fixes` is a parameter for its own test only.
 * @param {readonly Fix[]} fixes
 * @returns {import("esbuild").Plugin}
 */
export function tsMlsFixes(fixes = FIXES) {
  return {
    name: "ts-mls-fixes",
    setup(build) {
      const loaded = new Map()
      build.onStart(() => loaded.clear())
      for (const fix of fixes) {
        const filter = new RegExp(`[\\\\/]ts-mls[\\\\/]dist[\\\\/]src[\\\\/]${fix.file.replace(".", "\\.")}$`)
        build.onLoad({ filter }, async ({ path }) => {
          loaded.set(fix.file, (loaded.get(fix.file) ?? 0) + 1)
          try {
            return { loader: "js", contents: replace(fix, await readFile(path, "utf8")) }
          } catch (error) {
            return { errors: [{ text: `ts-mls ${fix.file}: ${error instanceof Error ? error.message : error}` }] }
          }
        })
      }
      build.onEnd(() => {
        const wrong = fixes.filter((fix) => loaded.get(fix.file) !== 1)
        return {
          errors: wrong.map((fix) => ({
            text: `ts-mls ${fix.file}: loaded ${loaded.get(fix.file) ?? 0} times, expected once`,
          })),
        }
      })
    },
  }
}
