/** Folders of one test, gone when it ends. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import type { TestContext } from "node:test"

/** What a helper needs to clean up after itself: a test's context, or anything else that runs functions at its end. */
export type Owner = Pick<TestContext, "after">

/** Makes an empty folder that is removed after the test. */
export async function temporaryFolder(owner: Owner): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "securechat-test-"))
  owner.after(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}
