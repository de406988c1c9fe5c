import { existsSync } from "node:fs"
import { chromium, type Browser } from "playwright-core"
import { afterAll, afterEach, beforeAll } from "vitest"

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

/** Starts a headless Chromium with a fresh profile that keeps to itself: no update, no sync, no QUIC. */
async function launch(): Promise<Browser> {
  if (chromiumPath === undefined) {
    throw new Error(`there is no Chromium at ${path}: apt-get install chromium, or set CHROMIUM to its path`)
  }
  return await chromium.launch({
    executablePath: chromiumPath,
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
  })
}
