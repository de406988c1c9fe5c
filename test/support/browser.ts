import { existsSync } from "node:fs"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chromium, type Browser, type BrowserContext, type LaunchOptions } from "playwright-core"
import { afterAll, afterEach, beforeAll, vi } from "vitest"

const path = process.env.CHROMIUM ?? "/usr/bin/chromium"

/** Where the browser is: `$CHROMIUM`, or where Debian puts it; undefined when there is none. */
export const chromiumPath: string | undefined = existsSync(path) ? path : undefined

/** True when tests that need a browser cannot run and need not: `REQUIRE_BROWSER` makes them fail instead. */
export const isLeftOut = chromiumPath === undefined && !process.env.REQUIRE_BROWSER

if (isLeftOut) {
  console.log(`left out: no Chromium at ${path}; apt-get install chromium, then npm run test:browser`)
}

/**
 * One browser for the tests of a file, and a place for what each test opens: it is closed after the test, the latest
 * first.
 */
export function browserForTests() {
  // A journey loads pages ten times and more.
  vi.setConfig({ testTimeout: 60_000 })
  let browser: Browser | undefined
  const closers: (() => Promise<unknown>)[] = []
  if (!isLeftOut) {
    beforeAll(async () => {
      browser = await launch()
    })
  }
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })
  afterAll(() => browser?.close())
  return {
    browser: (): Browser => {
      if (!browser) throw new Error("the browser was not started")
      return browser
    },
    closeAfterTest: (close: () => Promise<unknown>): void => {
      closers.push(close)
    },
  }
}

/** Which cookies the user of a browser allows, as Chromium's preferences say it. */
const preferencesFor = {
  all: { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } },
  none: { profile: { default_content_setting_values: { cookies: 2 } } },
}

export type AllowedCookies = keyof typeof preferencesFor

/**
 * Starts another Chromium, whose user allows all cookies or none. The contexts of `browser()` are private windows, where
 * Chromium blocks third-party cookies, and so denies frames of other sites their sessionStorage.
 */
export async function openBrowserWith(cookies: AllowedCookies): Promise<{
  readonly context: BrowserContext
  readonly close: () => Promise<void>
}> {
  const profile = await mkdtemp(join(tmpdir(), "chromium-"))
  await mkdir(join(profile, "Default"))
  await writeFile(join(profile, "Default", "Preferences"), JSON.stringify(preferencesFor[cookies]))
  const options = { ...launchOptions(), ignoreHTTPSErrors: true }
  const context = await chromium.launchPersistentContext(profile, options)
  const close = async (): Promise<void> => {
    await context.close()
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  return { context, close }
}

/** Starts a headless Chromium with a fresh profile. */
async function launch(): Promise<Browser> {
  return await chromium.launch(launchOptions())
}

/** A Chromium that keeps to itself: no update, no sync, no QUIC. */
function launchOptions(): LaunchOptions {
  if (chromiumPath === undefined) {
    throw new Error(`there is no Chromium at ${path}: apt-get install chromium, or set CHROMIUM to its path`)
  }
  return {
    executablePath: chromiumPath,
    // Playwright lets pages open windows at any time. Users' browsers do not.
    ignoreDefaultArgs: ["--disable-popup-blocking"],
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // Sites that are not one, for tests that need siblings: no name is looked up.
      "--host-resolver-rules=MAP *.example.com 127.0.0.1",
    ],
  }
}
