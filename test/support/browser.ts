import type { Browser } from "playwright-core"
import { afterAll, afterEach, beforeAll, vi, type TestContext } from "vitest"
import { chromium } from "./engines/chromium.ts"
import { howToInstall, missing, type Feature } from "./engines/engine.ts"
import { firefox } from "./engines/firefox.ts"

/** What tests run in: Chromium, or `$BROWSER`. Playwright drives no WebKit but its own (test/browser/webkit.test.ts). */
export const engine = engineOf(process.env.BROWSER ?? "chromium")

/** True when tests that need a browser cannot run and need not: `REQUIRE_BROWSER` makes them fail instead. */
export const isLeftOut = missing(engine).length > 0 && !process.env.REQUIRE_BROWSER

if (isLeftOut) console.log(`left out: ${howToInstall(engine)}, then npm run test:browser`)

/** Leaves a test out, with the reason, in an engine that lacks what it needs. */
export function needs(feature: Feature, test: TestContext): void {
  const reason = engine.lacks[feature]
  if (reason !== undefined) test.skip(reason)
}

/** For what a test looks at only where there is something to see. */
export function has(feature: Feature): boolean {
  return engine.lacks[feature] === undefined
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
      if (missing(engine).length > 0) throw new Error(howToInstall(engine))
      browser = await engine.launch()
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

function engineOf(name: string) {
  if (name === "chromium") return chromium
  if (name === "firefox") return firefox
  throw new Error("BROWSER must be chromium or firefox")
}
