/**
 * The plugin that replaces the library's faulty functions: a build that would silently miss one must fail; and the
 * defaults of the library that accept everybody are not reachable in what it builds.
 */
import assert from "node:assert/strict"
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { FIXES, type Fix, tsMlsFixes } from "../../build/ts-mls-fixes.mjs"
import { loadMlsBundle } from "../helpers/mls-bundle.ts"

const ROOT = fileURLToPath(new URL("../../", import.meta.url))
const TREEMATH = 'import { parent } from "ts-mls/treemath.js"\nexport { parent }\n'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "securechat-fixes-"))
})
after(() => rm(folder, { recursive: true }))

const fixOf = (file: string): Fix => {
  const fix = FIXES.find((each) => each.file === file)
  assert.ok(fix)
  return fix
}

/** Bundles a small entry with these fixes; the module resolves from the repository. */
async function bundle(contents: string, fixes: readonly Fix[]): Promise<string> {
  const result = await build({
    stdin: { contents, resolveDir: ROOT, loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    logLevel: "silent",
    plugins: [tsMlsFixes(fixes)],
  })
  return result.outputFiles[0]?.text ?? ""
}

test("a build takes our function in place of the library's", async () => {
  const text = await bundle(TREEMATH, [fixOf("treemath.js")])
  assert.match(text, /is outside the tree/)
})

test("a library file that is not the reviewed one fails the build", async () => {
  const changed = { ...fixOf("treemath.js"), sha256: "0".repeat(64) }
  await assert.rejects(bundle(TREEMATH, [changed]), /treemath\.js: the file changed/)
})

test("a declaration that is not there, or there twice, fails the build", async () => {
  const missing = { ...fixOf("treemath.js"), declarations: ["export function grandparent("] }
  await assert.rejects(bundle(TREEMATH, [missing]), /expected one "export function grandparent\(", found 0/)
  const twice = { ...fixOf("treemath.js"), declarations: ["export function to"] }
  await assert.rejects(bundle(TREEMATH, [twice]), /expected one .* found 2/)
})

test("a library file that is not loaded, or loaded from two copies, fails the build", async () => {
  await assert.rejects(bundle("export {}", [fixOf("treemath.js")]), /treemath\.js: loaded 0 times/)
  const copy = join(folder, "node_modules/ts-mls")
  await cp(join(ROOT, "node_modules/ts-mls"), copy, { recursive: true })
  const second = join(folder, "second.js")
  await writeFile(second, 'export { parent as second } from "ts-mls/treemath.js"\n')
  const both = `${TREEMATH}export { second } from ${JSON.stringify(second)}\n`
  await assert.rejects(bundle(both, [fixOf("treemath.js")]), /treemath\.js: loaded 2 times/)
})

test("the library's defaults in the bundle accept nobody and nothing", async () => {
  const mls = await loadMlsBundle()
  const { core, suites } = mls
  const suite = await suites.suite()
  const accountKeyPair = await core.makeAccountKey()
  const device = Buffer.alloc(16, 1).toString("base64url")
  const identity = await core.makeIdentity({ name: "alice", device, accountKeyPair })
  const { group } = await core.createGroup(identity, "general_chat", { kind: "general", founder: identity.accountKey })

  const { defaultAuthenticationService } = mls.authenticationService
  const credential = { credentialType: "basic", identity: identity.credential } as const
  const { publicKey, privateKey } = identity.signatureKey
  assert.equal(await defaultAuthenticationService.validateCredential(credential, publicKey), false)
  assert.equal(await mls.authentication.validateCredential(credential, publicKey), true)
  const proposal = { proposalType: "external_init", externalInit: { kemOutput: new Uint8Array() } } as const
  const incoming = { kind: "proposal", proposal: { proposal, senderLeafIndex: 0 } } as const
  assert.equal(mls.incomingMessageAction.acceptAll(incoming), "reject")

  // A call that forgot its configuration refuses even a good room.
  const info = mls.wire.readGroupInfo(await group.groupInfo())
  const capabilities = {
    versions: ["mls10" as const],
    ciphersuites: [suite.name],
    extensions: [0xf0c1],
    proposals: [],
    credentials: ["basic" as const],
  }
  const { publicPackage, privatePackage } = await mls.keyPackages.generateKeyPackageWithKey(
    credential,
    capabilities,
    { notBefore: 0n, notAfter: 2n ** 40n },
    [],
    { publicKey, signKey: privateKey },
    suite,
  )
  const forgetful = mls.createCommit.joinGroupExternal(info, publicPackage, privatePackage, false, suite)
  await assert.rejects(forgetful, /Could not validate credential/)
})
