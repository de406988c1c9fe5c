import { existsSync } from "node:fs"
import { chromium, type Browser } from "playwright-core"

const path = process.env.CHROMIUM ?? "/usr/bin/chromium"

/** Where the browser is: `$CHROMIUM`, or where Debian puts it; undefined when there is none. */
export const chromiumPath: string | undefined = existsSync(path) ? path : undefined

/** True when tests that need a browser cannot run and need not: `REQUIRE_BROWSER` makes them fail instead. */
export const isLeftOut = chromiumPath === undefined && !process.env.REQUIRE_BROWSER

if (isLeftOut) {
  console.log(`left out: no Chromium at ${path}; apt-get install chromium, then npm run test:browser`)
}

/** Starts a headless Chromium with a fresh profile that keeps to itself: no update, no sync, no QUIC. */
export async function launch(): Promise<Browser> {
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
    ],
  })
}
