/**
 * What test/browser/vault.test.ts bundles for the browser: the vault's rules and the browser's vault, to be run by name. Each
 * rule has databases of its own; two things are alike when they are written alike.
 */
import { openBrowserVault } from "../../src/client/browser/database.ts"
import { type Same, VAULT_RULES } from "./vault-conformance.ts"

const write = (value: unknown): string => JSON.stringify(value) ?? "undefined"

const same: Same = (actual, expected) => {
  if (write(actual) !== write(expected)) throw new Error(`${write(actual)}, but expected was ${write(expected)}`)
}

/** Runs a rule in this page. Rejects with what is wrong. */
async function runVaultRule(name: string): Promise<void> {
  const rule = VAULT_RULES[name]
  if (rule === undefined) throw new Error(`there is no rule "${name}"`)
  await rule((account) => openBrowserVault(`${account} of ${name}`), same)
}

Object.assign(globalThis, { runVaultRule })
