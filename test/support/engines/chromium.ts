import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { chromium as playwright, type LaunchOptions } from "playwright-core"
import { chromiumArguments, chromiumPath } from "../../../harness/chromium.ts"
import { inOwnFolder, type AllowedCookies, type Engine } from "./engine.ts"

/** As Chromium's preferences say it. */
const preferencesFor: Record<AllowedCookies, object> = {
  all: { cookie_controls_mode: 0, block_third_party_cookies: false },
  "first-party": { cookie_controls_mode: 1, block_third_party_cookies: true },
  none: { default_content_setting_values: { cookies: 2 } },
}

const options: LaunchOptions = {
  executablePath: chromiumPath,
  // Playwright lets pages open windows at any time. Users' browsers do not.
  ignoreDefaultArgs: ["--disable-popup-blocking"],
  args: chromiumArguments,
}

/**
 * Debian's Chromium. Its contexts are private windows, where Chromium blocks third-party cookies that have no partition, and
 * so denies frames of other sites their sessionStorage.
 */
export const chromium: Engine = {
  name: "Chromium",
  programs: [chromiumPath],
  packages: "chromium",
  refusedFrame: /^chrome-error:/,
  lacks: {
    "partitioned cookies to be blocked with those of other sites":
      "Chromium keeps partitioned cookies where its user blocks those of other sites",
  },
  partitionOf: (site) => ({ partitionKey: site }),
  launch: () => playwright.launch(options),
  launchWith: (cookies) =>
    inOwnFolder(async (folder) => {
      await mkdir(join(folder, "Default"))
      const preferences = { profile: preferencesFor[cookies] }
      await writeFile(join(folder, "Default", "Preferences"), JSON.stringify(preferences))
      return await playwright.launchPersistentContext(folder, { ...options, ignoreHTTPSErrors: true })
    }),
}
