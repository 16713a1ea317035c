/**
 * Real browsers for tests: one Chromium process per test file, and in it as many profiles as there are people. A profile
 * has cookies and an IndexedDB of its own, which outlive its pages and end with it. Every page watches for what must
 * never happen: a violation of the content security policy or of Trusted Types, an uncaught error, an error on the console.
 */
import assert from "node:assert/strict"
import { after, before } from "node:test"
import { type Browser, type BrowserContext, type ConsoleMessage, chromium, type Page } from "playwright-core"
import { findChromium } from "./chromium.ts"
import type { Owner } from "./temp.ts"

export interface Profile {
  readonly context: BrowserContext
  /** What must never happen, as text, in order. */
  readonly problems: readonly string[]
  /** Opens a tab at an address of the server. */
  open(url: string): Promise<Page>
  /** Ends the profile before the test ends: its tabs close, what it stored is gone. */
  close(): Promise<void>
}

export interface ProfileOptions {
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly colorScheme?: "light" | "dark"
  /** A screen for fingers. */
  readonly isTouch?: boolean
}

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-sync",
  "--no-first-run",
  "--no-proxy-server",
]

/** How long a locator waits for what it names, unless the call says otherwise. */
const WITHIN = 30_000

/** Starts a browser. Call `close` when the file's tests are over. */
export async function startBrowser(): Promise<TestBrowser> {
  const { executablePath, environment, spareLibraries } = await findChromium()
  const launch = (more: Readonly<Record<string, string>>) =>
    chromium.launch({ executablePath, args: ARGUMENTS, env: { ...process.env, ...environment, ...more } })
  const browser = await launch({}).catch((error: unknown) => {
    if (spareLibraries === undefined) throw error
    return launch({ LD_LIBRARY_PATH: spareLibraries })
  })
  return new TestBrowser(browser)
}

/** The browser of one test file: started before its first test, closed after its last. */
export function browserForFile(): Pick<TestBrowser, "profile"> {
  let browser: TestBrowser | undefined
  before(async () => {
    browser = await startBrowser()
  })
  after(() => browser?.close())
  return {
    profile: async (owner, options) => {
      assert.ok(browser, "profiles are made inside tests")
      return browser.profile(owner, options)
    },
  }
}

export class TestBrowser {
  readonly #browser: Browser

  constructor(browser: Browser) {
    this.#browser = browser
  }

  /** Makes a fresh profile. It ends with the test, and the test fails when the profile has seen a problem. */
  async profile(owner: Owner, options: ProfileOptions = {}): Promise<Profile> {
    const { viewport = { width: 1280, height: 800 }, colorScheme = "light", isTouch = false } = options
    const context = await this.#browser.newContext({
      viewport,
      colorScheme,
      hasTouch: isTouch,
      isMobile: isTouch,
      ignoreHTTPSErrors: true,
      reducedMotion: "reduce",
      locale: "en-GB",
    })
    context.setDefaultTimeout(WITHIN)
    const problems: string[] = []
    await context.addInitScript(reportViolations)
    context.on("console", (message) => {
      if (isProblem(message)) problems.push(`console ${message.type()}: ${message.text()}`)
    })
    context.on("weberror", (event) => problems.push(`uncaught: ${String(event.error().stack ?? event.error())}`))
    owner.after(async () => {
      await context.close()
      assert.deepEqual(problems, [], "the browser saw problems")
    })
    return {
      context,
      problems,
      close: () => context.close(),
      open: async (url) => {
        const page = await context.newPage()
        await page.goto(url)
        return page
      },
    }
  }

  close(): Promise<void> {
    return this.#browser.close()
  }
}

const VIOLATION = "policy violation:"

/** Runs in every page before its own scripts. */
function reportViolations(): void {
  addEventListener("securitypolicyviolation", (event) => {
    console.error("policy violation:", event.effectiveDirective, event.blockedURI, event.sourceFile)
  })
}

/** What Chromium says by itself of answers that are not 2xx and of servers that are away: tests cause both on purpose. */
const EXPECTED = /^(?:Failed to load resource:|WebSocket connection to )/

function isProblem(message: ConsoleMessage): boolean {
  const text = message.text()
  if (text.startsWith(VIOLATION)) return true
  return message.type() === "error" && !EXPECTED.test(text)
}
