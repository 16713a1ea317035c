/**
 * The MLS working group's published test vectors (suite 1), which lie beside the repository and are not part of it.
 * Without them a test says so and is skipped; in CI their absence is a failure.
 */
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const FOLDER = fileURLToPath(new URL("../../../shared/mls-vectors/", import.meta.url))

/** undefined when the vectors are there, otherwise the reason for skipping. Throws in CI. */
export function vectorsMissing(): string | undefined {
  if (existsSync(FOLDER)) return undefined
  if (process.env["CI"] === "true") throw new Error("the MLS test vectors are missing: ../shared/mls-vectors")
  return "there are no MLS test vectors in ../shared/mls-vectors"
}

/** The cases of one file. The files are fixed test data, so their shape is stated and not parsed. */
export function readVectors<T>(name: string): T[] {
  return JSON.parse(readFileSync(`${FOLDER}${name}.json`, "utf8"))
}

/** Bytes of a vector's hex text. */
export const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"))

/** Hex text of bytes. */
export const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex")
