/**
 * The rules of a vault against the one in IndexedDB, in a real browser. The page is blank but for one script, and comes with
 * the product's own headers, so the vault works under the policy that it lives under. No server is needed for that.
 */
import { before, test } from "node:test"
import { build } from "esbuild"
import type { Page } from "playwright-core"
import { SECURITY_HEADERS } from "../../src/server/headers.ts"
import { browserForFile } from "../helpers/browser.ts"
import { ROOT } from "../helpers/chromium.ts"
import type { Owner } from "../helpers/temp.ts"
import { VAULT_RULES } from "../helpers/vault-conformance.ts"

const PAGE = "https://vault.test/"
const SCRIPT = "https://vault.test/vault.js"

const browser = browserForFile()
let script: string
before(async () => {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["test/helpers/vault-entry.ts"],
    ...{ bundle: true, write: false, format: "esm", platform: "browser", target: "es2022", logLevel: "warning" },
  })
  script = outputFiles[0]?.text ?? ""
})

async function openPage(owner: Owner): Promise<Page> {
  const { context, open } = await browser.profile(owner)
  const answer = (contentType: string, body: string) => ({ headers: { ...SECURITY_HEADERS }, contentType, body })
  const html = `<!doctype html><title>Vault</title><script type="module" src="${SCRIPT}"></script>`
  await context.route(PAGE, (route) => route.fulfill(answer("text/html", html)))
  await context.route(SCRIPT, (route) => route.fulfill(answer("text/javascript", script)))
  return open(PAGE)
}

for (const name of Object.keys(VAULT_RULES))
  test(`A vault in IndexedDB ${name}`, { timeout: 20_000 }, async (t) => {
    const page = await openPage(t)
    await page.evaluate((rule) => Reflect.get(globalThis, "runVaultRule")(rule), name)
  })
